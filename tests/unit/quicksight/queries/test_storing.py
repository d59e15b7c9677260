from typing import Any

from rlm.quicksight.queries.storing import drop, few_values, store, whole_days


def test_stored_rows_answer_as_they_did(world: Any) -> None:
    before = world.cities()
    store(world.connection, "sales", "kept")
    world.connection.execute("DROP TABLE sales")
    world.connection.execute("CREATE VIEW sales AS SELECT * FROM kept")
    kinds = dict(row[:2] for row in world.connection.execute("DESCRIBE kept").fetchall())
    assert kinds["city"].startswith("ENUM('Bergen', 'Kiel', 'Oslo')")
    assert world.cities() == before
    for operator, value, left in [
        ("CONTAINS", "e", {"Bergen": 9, "Kiel": 8}),
        ("EQUALS", "nowhere", {}),
        ("DOES_NOT_EQUAL", "Oslo", {"Bergen": 9, "Kiel": 8}),
    ]:
        told = {"MatchOperator": operator, "CategoryValue": value, "NullOption": "NON_NULLS_ONLY"}
        world.filters = [world.group(world.category({"CustomFilterConfiguration": told}))]
        assert world.cities() == left


def test_storing_again_replaces_the_rows(world: Any) -> None:
    for _ in range(2):
        store(world.connection, "sales", "kept")
    assert world.connection.execute("SELECT count(*) FROM kept").fetchone() == (7,)


def test_texts_of_many_values_stay_texts(world: Any) -> None:
    store(world.connection, "sales", "kept", most_values=2)
    kinds = dict(row[:2] for row in world.connection.execute("DESCRIBE kept").fetchall())
    assert kinds["city"] == "VARCHAR"
    assert kinds["channel"].startswith("ENUM")


def test_no_rows(world: Any) -> None:
    world.connection.execute("DELETE FROM sales")
    store(world.connection, "sales", "kept")
    assert world.connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_rows_stand_by_their_first_date(world: Any) -> None:
    store(world.connection, "sales", "kept")
    found = world.connection.execute("SELECT sold FROM kept").fetchall()
    assert len(found) == 7
    assert found == sorted(found)
    assert found != world.connection.execute("SELECT sold FROM sales").fetchall()


def test_what_is_dropped_leaves_nothing(world: Any) -> None:
    types = "SELECT count(*) FROM duckdb_types() WHERE logical_type = 'ENUM'"
    before = world.connection.execute(types).fetchone()
    store(world.connection, "sales", "kept")
    assert world.connection.execute(types).fetchone() > before
    for _ in range(2):
        drop(world.connection, "kept")
    assert world.connection.execute(types).fetchone() == before
    assert (
        world.connection.execute("FROM duckdb_tables() WHERE table_name = 'kept'").fetchall() == []
    )


def test_what_is_known_of_stored_rows(world: Any) -> None:
    store(world.connection, "(SELECT *, date_trunc('day', sold) AS day FROM sales)", "kept")
    assert whole_days(world.connection, "kept") == {"day"}
    assert few_values(world.connection, "kept") == {"city", "channel"}
    store(world.connection, "sales", "kept", most_values=2)
    assert few_values(world.connection, "kept") == {"channel"}


def test_decimals_are_read_as_doubles(world: Any) -> None:
    store(world.connection, "(SELECT 12.3400::DECIMAL(18, 4) AS price)", "kept")
    found = world.connection.execute("SELECT price, typeof(price) FROM kept").fetchone()
    assert found == (12.34, "DOUBLE")
