"""Calls that go wrong on request, as clients see them; and a load that survives them."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PATH = "/_localaws/faults"
ITEMS = 60
# The kinds of fault that a caller sees as a failure.
FAILURES = ("throttle", "error", "torn", "timeout")


@pytest.fixture(scope="module")
def faulty(gateway: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway that can be disturbed, with a bucket and a table; the other one cannot."""
    folder = tmp_path_factory.mktemp("faults") / "state"
    gateway = type(gateway)(folder, options=("--faults",)).start()
    gateway.client("s3").create_bucket(Bucket="faults")
    gateway.client("dynamodb").create_table(
        TableName="faults",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield gateway
    gateway.stop()


@pytest.fixture(autouse=True)
def _nothing_is_left(faulty: Any) -> Iterator[None]:
    yield
    send(faulty, "DELETE")


def send(gateway: Any, method: str, rule: dict[str, Any] | None = None, more: str = "") -> Any:
    request = urllib.request.Request(  # noqa: S310 - http on loopback
        f"{gateway.endpoint_url}{PATH}{more}",
        method=method,
        data=None if rule is None else json.dumps(rule).encode(),
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        return json.load(answer)


def disturb(gateway: Any, service: str, operation: str, kind: str, **more: Any) -> None:
    rule = {"service": service, "operation": operation, "kind": kind, "count": 1, "seconds": 0.3}
    send(gateway, "POST", rule | more)


@pytest.mark.parametrize(
    ("service", "operation", "call", "code"),
    [
        ("s3", "ListObjects", lambda c: c.list_objects_v2(Bucket="faults"), "SlowDown"),
        (
            *("dynamodb", "Scan", lambda c: c.scan(TableName="faults")),
            "ProvisionedThroughputExceededException",
        ),
        ("sts", "GetCallerIdentity", lambda c: c.get_caller_identity(), "Throttling"),
        ("glue", "GetDatabases", lambda c: c.get_databases(), "ThrottlingException"),
        (
            *("quicksight", "ListUsers"),
            lambda c: c.list_users(AwsAccountId="000000000000", Namespace="default"),
            "ThrottlingException",
        ),
    ],
)
def test_throttled_call_is_refused_once_in_its_own_words(
    faulty: Any, service: str, operation: str, call: Any, code: str
) -> None:
    client = faulty.client(service)
    disturb(faulty, service, operation, "throttle")
    with pytest.raises(ClientError) as refused:
        call(client)
    assert refused.value.response["Error"]["Code"] == code
    call(client)
    (rule,) = send(faulty, "GET")
    assert (rule["hits"], rule["is_over"], rule["answered_at"] > 0) == (1, True, True)


def test_torn_call_was_done_and_a_timed_out_one_was_not(faulty: Any) -> None:
    s3 = faulty.client("s3")
    for kind in ("torn", "timeout", "error", "slow"):
        disturb(faulty, "s3", "PutObject", kind)
        began = time.monotonic()
        if kind == "slow":
            s3.put_object(Bucket="faults", Key=kind, Body=b"x")
            assert time.monotonic() - began >= 0.3
            continue
        with pytest.raises(ClientError if kind == "error" else ConnectionClosedError):
            s3.put_object(Bucket="faults", Key=kind, Body=b"x")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="faults")["Contents"]]
    assert keys == ["slow", "torn"]


def test_calls_are_counted_and_rules_forgotten_one_by_one(faulty: Any) -> None:
    disturb(faulty, "s3", "GetObject", "error")
    disturb(faulty, "s3", "HeadObject", "error")
    first, _ = send(faulty, "GET")
    (left,) = send(faulty, "DELETE", more=f"?id={first['id']}")
    assert left["operation"] == "HeadObject"
    faulty.client("dynamodb").describe_table(TableName="faults")
    calls = {(service, operation) for service, operation, _ in send(faulty, "GET", more="/calls")}
    assert ("dynamodb", "DescribeTable") in calls


def test_rule_that_makes_no_sense_is_refused(faulty: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        send(faulty, "POST", {"service": "s3", "kind": "explode"})


def test_gateway_started_without_the_flag_has_no_such_path(gateway: Any) -> None:
    status, _ = gateway.get(PATH)
    assert status >= 400


def test_unsigned_requests_are_never_disturbed(faulty: Any) -> None:
    disturb(faulty, "*", "*", "error", count=0)
    assert faulty.get("/_localaws/health")[0] == 200
    assert faulty.get("/faults")[0] == 200


def test_load_under_faults_ends_as_one_without(faulty: Any) -> None:
    """A writer that tries again meets every kind of failure and two kills; nothing is lost."""
    client = faulty.client("dynamodb")
    hits: Counter[str] = Counter()
    failures = 0
    for number in range(ITEMS):
        if number in (ITEMS // 3, 2 * ITEMS // 3):
            hits += hits_by_kind(faulty)  # a kill forgets them
            faulty.kill()
            faulty.start()
        disturb(faulty, "dynamodb", "PutItem", FAILURES[number % len(FAILURES)], seconds=0.1)
        item = {"id": {"S": f"{number:03d}"}, "square": {"N": str(number**2)}}
        failures += put_until_done(client, item)
    hits += hits_by_kind(faulty)
    assert hits == dict.fromkeys(FAILURES, ITEMS // len(FAILURES))
    assert failures >= ITEMS
    send(faulty, "DELETE")
    items = client.scan(TableName="faults", ConsistentRead=True)["Items"]
    assert sorted((item["id"]["S"], int(item["square"]["N"])) for item in items) == [
        (f"{number:03d}", number**2) for number in range(ITEMS)
    ]


def hits_by_kind(gateway: Any) -> Counter[str]:
    """How many calls each kind of fault hit since the gateway's start."""
    found: Counter[str] = Counter()
    for rule in send(gateway, "GET"):
        found[rule["kind"]] += rule["hits"]
    return found


def put_until_done(client: Any, item: dict[str, Any]) -> int:
    """How often it failed before."""
    deadline = time.monotonic() + 60
    failures = 0
    while True:
        try:
            client.put_item(TableName="faults", Item=item)
        except (BotoCoreError, ClientError):
            failures += 1
            assert time.monotonic() < deadline, f"{item} is not written after {failures} attempts"
        else:
            return failures


def test_a_throttled_table_is_told_to_cloudwatch(faulty: Any) -> None:
    """AWS: events of an index are its own; a batch is counted for each of its tables."""
    dynamodb, cloudwatch = faulty.client("dynamodb"), faulty.client("cloudwatch")
    disturb(faulty, "dynamodb", "*", "throttle", count=3)
    for call in (
        lambda: dynamodb.get_item(TableName="faults", Key={"id": {"S": "1"}}),
        lambda: dynamodb.query(
            TableName="faults", IndexName="by_name", KeyConditionExpression="a = :a"
        ),
        lambda: dynamodb.batch_write_item(
            RequestItems={"faults": [{"DeleteRequest": {"Key": {"id": {"S": "1"}}}}]}
        ),
    ):
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            call()
    metrics = cloudwatch.list_metrics(Namespace="AWS/DynamoDB")["Metrics"]
    assert sorted(
        (one["MetricName"], sorted(each["Value"] for each in one["Dimensions"])) for one in metrics
    ) == [
        ("ReadThrottleEvents", ["by_name", "faults"]),
        ("ReadThrottleEvents", ["faults"]),
        ("WriteThrottleEvents", ["faults"]),
    ]
