"""Lambda's Python functions run for real: own processes, logs, metrics, time-outs, faults."""

from __future__ import annotations

import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::000000000000:role/functions"
# Telemetry is sent once a second.
PATIENCE_SECONDS = 15.0


def package(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", dedent(source))
    return buffer.getvalue()


def eventually(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


class Functions:
    """Functions of one test, each made of a few lines."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.client = gateway.client("lambda")

    def create(self, source: str, **settings: Any) -> str:
        name = f"function-{uuid4().hex[:8]}"
        self.client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="app.handle",
            Role=ROLE,
            Code={"ZipFile": package(source)},
            **settings,
        )
        self.client.get_waiter("function_active_v2").wait(FunctionName=name)
        return name

    def invoke(self, name: str, event: Any = None, **options: Any) -> tuple[Any, str | None]:
        """What the function answered, and whether it failed."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event), **options)
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def lines(self, name: str) -> list[str]:
        logs = self.gateway.client("logs")
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found]

    def metric(self, namespace: str, metric: str, statistic: str, **by: str) -> float | None:
        now = datetime.now(UTC)
        points = self.gateway.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(point[statistic] for point in points) if points else None


@pytest.fixture(scope="module")
def functions(lambda_gateway: Any) -> Functions:
    return Functions(lambda_gateway)


def test_a_handler_gets_its_event_and_its_context(functions: Functions) -> None:
    name = functions.create(
        """
        def handle(event, context):
            return {
                "event": event,
                "name": context.function_name,
                "arn": context.invoked_function_arn,
                "has_id": len(context.aws_request_id),
                "left": context.get_remaining_time_in_millis(),
            }
        """,
        Timeout=5,
    )
    answer, error = functions.invoke(name, {"a": [1, "ä"]})
    assert error is None
    assert answer["event"] == {"a": [1, "ä"]}
    assert answer["name"] == name
    assert answer["arn"].endswith(f":function:{name}")
    assert answer["has_id"] == 36
    assert 4000 < answer["left"] <= 5000


def test_a_function_sees_its_own_variables_and_not_the_gateways(functions: Functions) -> None:
    name = functions.create(
        """
        import os, sys
        def handle(event, context):
            return {"variables": dict(os.environ), "python": sys.executable}
        """,
        Environment={"Variables": {"COLOUR": "red"}},
    )
    answer, _ = functions.invoke(name)
    variables = answer["variables"]
    assert variables["COLOUR"] == "red"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert variables["AWS_ENDPOINT_URL"] == functions.gateway.endpoint_url
    assert not {"PYTHONPATH", "GATEWAY_PORT", "STATE_DIR"} & variables.keys()
    assert "/lambda/" in answer["python"]


def test_a_function_has_the_runtimes_boto3_and_reaches_the_other_services(
    functions: Functions,
) -> None:
    functions.gateway.client("s3").create_bucket(Bucket="of-the-function")
    name = functions.create(
        """
        import boto3
        def handle(event, context):
            return [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]
        """,
        Timeout=20,
    )
    answer, error = functions.invoke(name)
    assert error is None
    assert "of-the-function" in answer


def test_module_state_lives_on_between_invocations(functions: Functions) -> None:
    name = functions.create(
        """
        seen = []
        def handle(event, context):
            seen.append(event)
            return len(seen)
        """
    )
    assert [functions.invoke(name)[0] for _ in range(3)] == [1, 2, 3]


def test_concurrent_invocations_have_environments_of_their_own(functions: Functions) -> None:
    name = functions.create(
        """
        import os, time
        def handle(event, context):
            time.sleep(0.6)
            return os.getpid()
        """,
        Timeout=20,
    )
    with ThreadPoolExecutor(4) as pool:
        pids = list(pool.map(lambda _: functions.invoke(name)[0], range(4)))
    assert len(set(pids)) > 1


def test_a_function_may_invoke_itself(functions: Functions) -> None:
    name = functions.create(
        """
        import boto3, json
        def handle(event, context):
            if event == 0:
                return "end"
            answer = boto3.client("lambda").invoke(
                FunctionName=context.function_name, Payload=json.dumps(event - 1))
            return [event, json.loads(answer["Payload"].read())]
        """,
        Timeout=30,
    )
    assert functions.invoke(name, 2) == ([2, [1, "end"]], None)


def test_an_exception_is_told_and_the_environment_lives_on(functions: Functions) -> None:
    name = functions.create(
        """
        calls = 0
        def handle(event, context):
            global calls
            calls += 1
            if event == "bad":
                raise KeyError("missing")
            return calls
        """
    )
    answer, error = functions.invoke(name, "bad")
    assert error == "Unhandled"
    assert answer["errorType"] == "KeyError"
    assert answer["errorMessage"] == "'missing'"
    assert "app.py" in answer["stackTrace"][0]
    assert functions.invoke(name, "good") == (2, None)


def test_a_handler_that_takes_too_long_is_ended(functions: Functions) -> None:
    name = functions.create(
        """
        import time
        calls = 0
        def handle(event, context):
            global calls
            calls += 1
            print("begun")
            time.sleep(event)
            return calls
        """,
        Timeout=1,
    )
    assert functions.invoke(name, 0) == (1, None)
    answer, error = functions.invoke(name, 30)
    assert error == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    # A new environment, and what was printed before the end is in the log.
    assert functions.invoke(name, 0) == (1, None)
    assert eventually(lambda: functions.lines(name).count("begun") == 3)


def test_a_process_that_ends_is_an_error_of_the_runtime(functions: Functions) -> None:
    name = functions.create(
        """
        import os
        def handle(event, context):
            os._exit(1)
        """
    )
    answer, error = functions.invoke(name)
    assert (error, answer["errorType"]) == ("Unhandled", "Runtime.ExitError")


def test_code_that_cannot_be_imported_fails_every_invocation(functions: Functions) -> None:
    name = functions.create("import no_such_module\n")
    for _ in range(2):
        answer, error = functions.invoke(name)
        assert (error, answer["errorType"]) == ("Unhandled", "ModuleNotFoundError")


def test_changed_code_runs_with_the_next_invocation(functions: Functions) -> None:
    name = functions.create("def handle(event, context):\n    return 1\n")
    assert functions.invoke(name) == (1, None)
    functions.client.update_function_code(
        FunctionName=name, ZipFile=package("def handle(event, context):\n    return 2\n")
    )
    functions.client.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert functions.invoke(name) == (2, None)


def test_an_alias_runs_the_version_that_it_names(functions: Functions) -> None:
    name = functions.create("def handle(event, context):\n    return context.function_version\n")
    version = functions.client.publish_version(FunctionName=name)["Version"]
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    assert functions.invoke(name, Qualifier="live") == (version, None)
    assert functions.invoke(name) == ("$LATEST", None)


def test_reserved_concurrency_throttles_and_is_counted(functions: Functions) -> None:
    """AWS: what is reserved for a function is shared by its versions."""
    name = functions.create("def handle(event, context):\n    return 1\n")
    version = functions.client.publish_version(FunctionName=name)["Version"]
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    for more in ({}, {"Qualifier": version}):
        with pytest.raises(functions.client.exceptions.TooManyRequestsException):
            functions.invoke(name, **more)
    assert eventually(lambda: functions.metric("AWS/Lambda", "Throttles", "Sum", FunctionName=name))


def test_what_is_printed_is_in_the_log_between_lambdas_own_lines(functions: Functions) -> None:
    name = functions.create(
        """
        import logging, os, sys
        print("imported")
        def handle(event, context):
            print("one\\ntwo")
            print("three", file=sys.stderr)
            os.write(2, b"below Python\\n")
            return None
        """
    )
    functions.invoke(name)
    eventually(lambda: "below Python" in functions.lines(name))
    lines = functions.lines(name)
    own = [line for line in lines if line.partition(" ")[0] not in ("START", "END", "REPORT")]
    assert sorted(own) == ["below Python", "imported", "one", "three", "two"]
    lines.remove("below Python")
    assert lines[0].startswith("START RequestId: ")
    assert lines[-1].startswith("REPORT RequestId: ")


def test_json_logs_may_be_without_lambdas_own_lines(functions: Functions) -> None:
    settings = {"LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO"}
    name = functions.create(
        "def handle(event, context):\n    print('{\"a\": 1}')\n", LoggingConfig=settings
    )
    functions.invoke(name)
    assert eventually(lambda: functions.lines(name)) == ['{"a": 1}']


def test_invocations_are_measured(functions: Functions) -> None:
    name = functions.create("def handle(event, context):\n    return 1 / event\n")
    for event in (1, 2, 0):
        functions.invoke(name, event)
    by = {"FunctionName": name}
    eventually(lambda: functions.metric("AWS/Lambda", "Invocations", "Sum", **by) == 3)
    assert functions.metric("AWS/Lambda", "Invocations", "Sum", **by) == 3
    assert functions.metric("AWS/Lambda", "Errors", "Sum", **by) == 1
    assert functions.metric("AWS/Lambda", "Duration", "SampleCount", **by) == 3


def test_metrics_in_a_line_of_log_reach_cloudwatch_and_an_alarm_sees_them(
    functions: Functions,
) -> None:
    name = functions.create(
        """
        import json
        def handle(event, context):
            print(json.dumps({
                "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
                    "Namespace": "Shop", "Dimensions": [["place"]],
                    "Metrics": [{"Name": "Sales", "Unit": "Count"}]}]},
                "place": event["place"], "Sales": event["sales"]}))
        """
    )
    place = uuid4().hex
    cloudwatch = functions.gateway.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=place,
        Namespace="Shop",
        MetricName="Sales",
        Dimensions=[{"Name": "place", "Value": place}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    functions.invoke(name, {"place": place, "sales": [4, 3]})
    eventually(lambda: functions.metric("Shop", "Sales", "Sum", place=place))
    assert functions.metric("Shop", "Sales", "Sum", place=place) == 7

    def state() -> str:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[place])["MetricAlarms"]
        return str(alarm["StateValue"])

    assert eventually(lambda: state() == "ALARM")


def test_no_process_outlives_the_gateway(functions: Functions, new_gateway: Any) -> None:
    gateway = new_gateway()
    own = Functions(gateway)
    name = own.create("import os\ndef handle(event, context):\n    return os.getpid()\n")
    pid, _ = own.invoke(name)
    gateway.kill()
    assert eventually(lambda: not _is_running(pid))


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - not a file of ours
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False
