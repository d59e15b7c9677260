"""RDS: an instance is a PostgreSQL server that programs connect to."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

MASTER = {"MasterUsername": "booking", "MasterUserPassword": "kept-by-nobody"}
WAIT_SECONDS = 60.0


def create(gateway: Any, name: str, **given: Any) -> dict[str, Any]:
    """A new instance, as soon as it is available."""
    gateway.client("rds").create_db_instance(
        **{
            "DBInstanceIdentifier": name,
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "DBName": "sales",
            **MASTER,
            **given,
        }
    )
    return wait_for(gateway, name, "available")


def wait_for(gateway: Any, name: str, status: str) -> dict[str, Any]:
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        found = described(gateway, name)
        if found["DBInstanceStatus"] == status:
            return found
        if time.monotonic() > give_up:
            pytest.fail(f"{name} is {found['DBInstanceStatus']}, not {status}:\n{gateway.log()}")
        time.sleep(0.05)


def described(gateway: Any, name: str) -> dict[str, Any]:
    answer = gateway.client("rds").describe_db_instances(DBInstanceIdentifier=name)
    found: dict[str, Any] = answer["DBInstances"][0]
    return found


def connect(instance: dict[str, Any], password: str = "", **given: Any) -> psycopg.Connection:
    return psycopg.connect(
        host=instance["Endpoint"]["Address"],
        port=instance["Endpoint"]["Port"],
        user=instance["MasterUsername"],
        password=password or MASTER["MasterUserPassword"],
        **{"dbname": "sales", "autocommit": True, "connect_timeout": 5, **given},
    )


@pytest.fixture(scope="module")
def instance(gateway: Any) -> dict[str, Any]:
    """One instance for the tests that only look."""
    return create(
        gateway,
        "Looked-At",
        BackupRetentionPeriod=7,
        StorageEncrypted=True,
        DBSubnetGroupName="of-a-network",
        Tags=[{"Key": "team", "Value": "booking"}],
    )


def test_instance_is_a_postgresql_server(instance: dict[str, Any]) -> None:
    with connect(instance) as connection:
        connection.execute("CREATE SCHEMA booking")
        connection.execute("CREATE TABLE booking.kept (word text)")
        connection.execute("INSERT INTO booking.kept VALUES ('Ærø & Ω')")
        assert connection.execute("SELECT upper(word) FROM booking.kept").fetchall() == [
            ("ÆRØ & Ω",)
        ]
        version = connection.execute("SHOW server_version").fetchone()
    assert version == (instance["EngineVersion"],)


def test_master_is_no_superuser(instance: dict[str, Any]) -> None:
    """AWS: its members of rds_superuser may make roles and databases, and read no files."""
    with connect(instance) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('/etc/passwd')")


def test_description_says_what_was_asked_for(instance: dict[str, Any]) -> None:
    assert instance["DBInstanceIdentifier"] == "looked-at"
    assert instance["DBInstanceArn"] == "arn:aws:rds:us-east-1:000000000000:db:looked-at"
    assert instance["DBInstanceClass"] == "db.t4g.micro"
    assert instance["AllocatedStorage"] == 20
    assert instance["BackupRetentionPeriod"] == 7
    assert instance["StorageEncrypted"] is True
    assert instance["PubliclyAccessible"] is False
    assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == "of-a-network"
    assert instance["TagList"] == [{"Key": "team", "Value": "booking"}]
    assert instance["InstanceCreateTime"].utcoffset().total_seconds() == 0
    assert "MasterUserPassword" not in str(instance)


def test_server_is_reached_from_this_machine_only(instance: dict[str, Any]) -> None:
    port = instance["Endpoint"]["Port"]
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    assert [one for one in listening if one.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_wrong_password_is_refused(instance: dict[str, Any]) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(instance, "a-guess-of-mine")


def test_tags_are_added_and_removed(gateway: Any, instance: dict[str, Any]) -> None:
    rds = gateway.client("rds")
    arn = instance["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "1 < 2 & 3"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [
        {"Key": "a", "Value": "1 < 2 & 3"}
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Engine": "mysql"}, "NotImplementedException"),
        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
        ({"DBInstanceIdentifier": "ends-with-"}, "InvalidParameterValue"),
        ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "looked-at"}, "DBInstanceAlreadyExists"),
        # What could only be pretended.
        ({"EnableIAMDatabaseAuthentication": True}, "NotImplementedException"),
        ({"DBParameterGroupName": "my-own"}, "NotImplementedException"),
        ({"Port": 5432}, "NotImplementedException"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_instance_is_refused(
    gateway: Any, instance: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        create(gateway, "refused", **given)
    assert refused.value.response["Error"]["Code"] == code


def test_unknown_instance_is_not_found(gateway: Any) -> None:
    with pytest.raises(ClientError) as refused:
        described(gateway, "nobody")
    assert refused.value.response["Error"]["Code"] == "DBInstanceNotFound"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_other_operations_are_refused_by_name(gateway: Any) -> None:
    with pytest.raises(ClientError, match="does not implement rds:DescribeDBSnapshots"):
        gateway.client("rds").describe_db_snapshots()


def test_older_version_runs_when_asked_for(gateway: Any) -> None:
    found = create(gateway, "older", EngineVersion="16")
    with connect(found) as connection:
        assert connection.execute("SHOW server_version").fetchone() == (found["EngineVersion"],)
    assert found["EngineVersion"].startswith("16.")


def test_password_is_changed_while_it_runs(gateway: Any) -> None:
    found = create(gateway, "changed")
    changed = gateway.client("rds").modify_db_instance(
        DBInstanceIdentifier="changed",
        MasterUserPassword="another-one-now",
        AllocatedStorage=30,
        ApplyImmediately=True,
    )["DBInstance"]
    assert changed["AllocatedStorage"] == 30
    with connect(found, "another-one-now"):
        pass
    with pytest.raises(psycopg.OperationalError):
        connect(found)


def test_stopped_instance_answers_nobody_and_keeps_its_rows(gateway: Any) -> None:
    found = create(gateway, "stopped")
    with connect(found) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    rds = gateway.client("rds")
    rds.stop_db_instance(DBInstanceIdentifier="stopped")
    wait_for(gateway, "stopped", "stopped")
    with pytest.raises(psycopg.OperationalError):
        connect(found)
    with pytest.raises(ClientError, match="InvalidDBInstanceState"):
        rds.stop_db_instance(DBInstanceIdentifier="stopped")
    rds.start_db_instance(DBInstanceIdentifier="stopped")
    with connect(wait_for(gateway, "stopped", "available")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_server_that_is_killed_is_started_again(gateway: Any) -> None:
    found = create(gateway, "revived")
    with connect(found) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    (postmaster,) = (gateway.state_dir / "rds").glob(
        f"{found['DbiResourceId']}/data/postmaster.pid"
    )
    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
    assert numbers_when_back(found) == [(7,)]


def test_agent_that_is_killed_is_replaced(gateway: Any) -> None:
    found = create(gateway, "replaced")
    with connect(found) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        if f"server_agent\0{gateway.state_dir}/rds/{found['DbiResourceId']}" in read(process):
            os.kill(int(process.parent.name), signal.SIGKILL)
            break
    else:
        pytest.fail("no agent found")
    time.sleep(1.0)
    assert numbers_when_back(found) == [(7,)]


def test_deleted_instance_leaves_nothing(gateway: Any) -> None:
    found = create(gateway, "deleted", DeletionProtection=True)
    folder = gateway.state_dir / "rds" / found["DbiResourceId"]
    assert folder.is_dir()
    rds = gateway.client("rds")
    with pytest.raises(ClientError, match="disable deletion protection"):
        rds.delete_db_instance(DBInstanceIdentifier="deleted", SkipFinalSnapshot=True)
    rds.modify_db_instance(DBInstanceIdentifier="deleted", DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier="deleted", SkipFinalSnapshot=True)
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        wait_for(gateway, "deleted", "gone")
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        connect(found)


def test_rows_survive_kill_and_stop_of_the_gateway(kill_gateway: Any) -> None:
    gateway = kill_gateway
    found = create(gateway, "survivor")
    with connect(found) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    gateway.kill()
    gateway.start()
    again = wait_for(gateway, "survivor", "available")
    assert again["Endpoint"] == found["Endpoint"]
    assert numbers_when_back(again) == [(7,)]
    gateway.stop()
    with pytest.raises(psycopg.OperationalError):
        connect(found)
    gateway.start()
    assert numbers_when_back(wait_for(gateway, "survivor", "available")) == [(7,)]


def test_server_does_not_outlive_its_gateway(kill_gateway: Any) -> None:
    gateway = kill_gateway
    found = create(gateway, "orphan")
    gateway.kill()
    with pytest.raises(psycopg.OperationalError):
        stay_connected(found, seconds=30)


@pytest.fixture
def kill_gateway(tmp_path: Path, gateway: Any) -> Iterator[Any]:
    """A gateway of a test's own, to be killed."""
    process = type(gateway)(tmp_path / "state").start()
    yield process
    process.stop()


def numbers_when_back(instance: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of `kept`, as soon as the server answers."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with connect(instance) as connection:
                return connection.execute("SELECT number FROM kept").fetchall()
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def stay_connected(instance: dict[str, Any], seconds: float) -> None:
    """Connect again and again."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        connect(instance).close()
        time.sleep(0.5)


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
