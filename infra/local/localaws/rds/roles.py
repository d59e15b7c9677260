"""The users and the database that RDS makes in a new server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the master user is made of on RDS, where nobody but RDS is a superuser.
_MASTER_OF = "rds_superuser"
_GRANTED = ("pg_monitor", "pg_signal_backend", "pg_checkpoint")


def prepare(
    port: int, superuser: str, superuser_password: str, master: str, password: str, database: str
) -> None:
    """Make what is missing; run again it changes the password and nothing else."""
    with _connection(port, superuser, superuser_password) as connection:
        if not _has_role(connection, _MASTER_OF):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(_MASTER_OF)))
            for role in _GRANTED:
                connection.execute(
                    sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(
                        sql.Identifier(role), sql.Identifier(_MASTER_OF)
                    )
                )
        if not _has_role(connection, master):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE IN ROLE {}").format(
                    sql.Identifier(master), sql.Identifier(_MASTER_OF)
                )
            )
        _set_password(connection, master, password)
        for name in filter(None, ("postgres", database)):
            if not _has_database(connection, name):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                    sql.Identifier(name), sql.Identifier(master)
                )
            )


def change_password(
    port: int, superuser: str, superuser_password: str, master: str, password: str
) -> None:
    """Who is connected stays connected."""
    with _connection(port, superuser, superuser_password) as connection:
        _set_password(connection, master, password)


def _connection(port: int, user: str, password: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        dbname="postgres",
        autocommit=True,
        connect_timeout=10,
    )


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    )


def _has_role(connection: psycopg.Connection, name: str) -> bool:
    return any(_rows(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name))


def _has_database(connection: psycopg.Connection, name: str) -> bool:
    return any(_rows(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name))


def _rows(connection: psycopg.Connection, query: str, name: str) -> Iterator[tuple[object, ...]]:
    yield from connection.execute(query, (name,)).fetchall()  # type: ignore[arg-type]
