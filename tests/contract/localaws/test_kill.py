"""What was acknowledged is there after kill -9 of the gateway, service by service."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROUNDS = 3
ROLE_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "glue.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)

INLINE_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


class S3Objects:
    def prepare(self, gateway):
        s3 = gateway.client("s3")
        s3.create_bucket(Bucket="kept")
        s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})

    def write(self, gateway, number):
        gateway.client("s3").put_object(
            Bucket="kept", Key=f"a/{number % 3}", Body=b"x" * number, Metadata={"n": str(number)}
        )

    def check(self, gateway, numbers):
        s3 = gateway.client("s3")
        assert s3.get_bucket_versioning(Bucket="kept")["Status"] == "Enabled"
        versions = s3.list_object_versions(Bucket="kept")["Versions"]
        found = {}
        for version in versions:
            got = s3.get_object(Bucket="kept", Key=version["Key"], VersionId=version["VersionId"])
            found[int(got["Metadata"]["n"])] = len(got["Body"].read())
        assert {n: found.get(n) for n in numbers} == {n: n for n in numbers}


class MultipartUploads:
    def prepare(self, gateway):
        gateway.client("s3").create_bucket(Bucket="parts")

    def write(self, gateway, number):
        s3 = gateway.client("s3")
        upload = s3.create_multipart_upload(Bucket="parts", Key=str(number))["UploadId"]
        s3.upload_part(
            Bucket="parts", Key=str(number), UploadId=upload, PartNumber=1, Body=b"p" * number
        )

    def check(self, gateway, numbers):
        s3 = gateway.client("s3")
        uploads = {
            int(upload["Key"]): upload["UploadId"]
            for upload in s3.list_multipart_uploads(Bucket="parts")["Uploads"]
        }
        assert numbers <= uploads.keys()
        for number in numbers:
            asked = {"Bucket": "parts", "Key": str(number), "UploadId": uploads[number]}
            parts = s3.list_parts(**asked)["Parts"]
            assert [part["Size"] for part in parts] == [number]
        first = min(numbers)
        s3.complete_multipart_upload(
            Bucket="parts",
            Key=str(first),
            UploadId=uploads[first],
            MultipartUpload={
                "Parts": [
                    {
                        "PartNumber": 1,
                        "ETag": s3.list_parts(
                            Bucket="parts", Key=str(first), UploadId=uploads[first]
                        )["Parts"][0]["ETag"],
                    }
                ]
            },
        )
        assert s3.get_object(Bucket="parts", Key=str(first))["Body"].read() == b"p" * first
        numbers.discard(first)


class DynamoItems:
    def prepare(self, gateway):
        gateway.client("dynamodb").create_table(
            TableName="kept",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def write(self, gateway, number):
        dynamodb = gateway.client("dynamodb")
        dynamodb.put_item(TableName="kept", Item={"id": {"S": str(number)}, "n": {"N": "0"}})
        dynamodb.update_item(
            TableName="kept",
            Key={"id": {"S": str(number)}},
            UpdateExpression="ADD n :n",
            ExpressionAttributeValues={":n": {"N": str(number)}},
        )

    def check(self, gateway, numbers):
        items = gateway.client("dynamodb").scan(TableName="kept")["Items"]
        found = {int(item["id"]["S"]): int(item["n"]["N"]) for item in items}
        # Added once each: a replayed update must not count twice.
        assert {n: found.get(n) for n in numbers} == {n: n for n in numbers}


class GlueCatalog:
    def prepare(self, gateway):
        gateway.client("glue").create_database(DatabaseInput={"Name": "kept"})

    def write(self, gateway, number):
        gateway.client("glue").create_table(
            DatabaseName="kept",
            TableInput={"Name": f"t{number}", "Parameters": {"n": str(number)}},
        )

    def check(self, gateway, numbers):
        tables = gateway.client("glue").get_tables(DatabaseName="kept")["TableList"]
        assert {f"t{n}" for n in numbers} <= {table["Name"] for table in tables}


class IamRoles:
    def prepare(self, gateway):
        pass

    def write(self, gateway, number):
        iam = gateway.client("iam")
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=ROLE_POLICY)
        iam.put_role_policy(RoleName=f"r{number}", PolicyName="p", PolicyDocument=INLINE_POLICY)

    def check(self, gateway, numbers):
        iam = gateway.client("iam")
        for number in numbers:
            assert iam.list_role_policies(RoleName=f"r{number}")["PolicyNames"] == ["p"]


class Parameters:
    def prepare(self, gateway):
        pass

    def write(self, gateway, number):
        gateway.client("ssm").put_parameter(Name=f"/p/{number}", Value=str(number), Type="String")

    def check(self, gateway, numbers):
        ssm = gateway.client("ssm")
        for number in numbers:
            assert ssm.get_parameter(Name=f"/p/{number}")["Parameter"]["Value"] == str(number)


class LogEvents:
    def prepare(self, gateway):
        gateway.client("logs").create_log_group(logGroupName="/kept")

    def write(self, gateway, number):
        logs = gateway.client("logs")
        logs.create_log_stream(logGroupName="/kept", logStreamName=str(number))
        logs.put_log_events(
            logGroupName="/kept",
            logStreamName=str(number),
            logEvents=[{"timestamp": int(time.time() * 1000), "message": f"line {number}"}],
        )

    def check(self, gateway, numbers):
        logs = gateway.client("logs")
        for number in numbers:
            events = logs.get_log_events(logGroupName="/kept", logStreamName=str(number))["events"]
            assert [event["message"] for event in events] == [f"line {number}"]


class Metrics:
    def prepare(self, gateway):
        pass

    def write(self, gateway, number):
        gateway.client("cloudwatch").put_metric_data(
            Namespace="Kept", MetricData=[{"MetricName": f"m{number}", "Value": number}]
        )

    def check(self, gateway, numbers):
        pages = gateway.client("cloudwatch").get_paginator("list_metrics")
        found = {
            metric["MetricName"]
            for page in pages.paginate(Namespace="Kept")
            for metric in page["Metrics"]
        }
        assert {f"m{n}" for n in numbers} <= found


class Stacks:
    """AWS: a stack that reads CREATE_COMPLETE has its resources."""

    def prepare(self, gateway):
        pass

    def write(self, gateway, number):
        cloudformation = gateway.client("cloudformation")
        template = {
            "Resources": {
                "Parameter": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Name": f"/stack/{number}", "Type": "String", "Value": "v"},
                },
                "Group": {
                    "Type": "AWS::Logs::LogGroup",
                    "Properties": {"LogGroupName": f"/stack/{number}", "RetentionInDays": 7},
                },
            }
        }
        cloudformation.create_stack(StackName=f"s{number}", TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=f"s{number}", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )

    def check(self, gateway, numbers):
        cloudformation, ssm = gateway.client("cloudformation"), gateway.client("ssm")
        logs = gateway.client("logs")
        for number in numbers:
            stack = cloudformation.describe_stacks(StackName=f"s{number}")["Stacks"][0]
            assert stack["StackStatus"] == "CREATE_COMPLETE"
            assert ssm.get_parameter(Name=f"/stack/{number}")["Parameter"]["Value"] == "v"
            groups = logs.describe_log_groups(logGroupNamePrefix=f"/stack/{number}")["logGroups"]
            kept = {group["logGroupName"]: group["retentionInDays"] for group in groups}
            assert kept[f"/stack/{number}"] == 7


class Functions:
    def prepare(self, gateway):
        gateway.client("iam").create_role(RoleName="fn", AssumeRolePolicyDocument=ROLE_POLICY)

    def write(self, gateway, number):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("main.py", f"def handler(event, context): return {number}")
        gateway.client("lambda").create_function(
            FunctionName=f"f{number}",
            Runtime="python3.12",
            Role="arn:aws:iam::000000000000:role/fn",
            Handler="main.handler",
            Code={"ZipFile": archive.getvalue()},
        )

    def check(self, gateway, numbers):
        functions = gateway.client("lambda")
        for number in numbers:
            functions.get_waiter("function_active_v2").wait(
                FunctionName=f"f{number}", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
            )
        answer = functions.invoke(FunctionName=f"f{max(numbers)}")
        assert json.load(answer["Payload"]) == max(numbers)


SERVICES = [
    S3Objects, MultipartUploads, DynamoItems, GlueCatalog, IamRoles, Parameters, LogEvents,
    Metrics, Stacks, Functions,
]  # fmt: skip


class Writer:
    """Writes to one service until the gateway dies, and remembers what was acknowledged."""

    def __init__(self, gateway: Any, subject: Any) -> None:
        self._gateway = gateway
        self._subject = subject
        self._thread = threading.Thread()
        self.acknowledged: set[int] = set()
        self.failure: Exception | None = None

    @property
    def last(self) -> int:
        return max(self.acknowledged, default=0)

    def begin(self, all_are_ready: threading.Event, writes: int) -> None:
        """Write at least `writes` times; then slowly, until the others are ready as well."""
        number = self.last + 10
        self.stop_at = number + writes
        self._thread = threading.Thread(target=self._write, args=(number, all_are_ready))
        self._thread.start()

    def has_enough(self) -> bool:
        """Whether it has acknowledged enough, or will not get there."""
        return self.last >= self.stop_at or not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()
        assert self.last >= self.stop_at, (self._subject, self.failure, self._gateway.log())

    def check(self) -> None:
        self._subject.check(self._gateway, self.acknowledged)

    def _write(self, number: int, all_are_ready: threading.Event) -> None:
        while True:
            number += 1
            try:
                self._subject.write(self._gateway, number)
            except Exception as error:  # noqa: BLE001 - the gateway is being killed
                self.failure = error
                return
            self.acknowledged.add(number)
            if number >= self.stop_at:
                all_are_ready.wait(0.1)


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Exception]]]:
    """What each service had lost after kills under the writes of all of them at once."""
    gateway = GatewayProcess(tmp_path_factory.mktemp("killed") / "state").start()
    writers = {service.__name__: Writer(gateway, service()) for service in SERVICES}
    for service in SERVICES:
        service().prepare(gateway)
    found: dict[str, list[Exception]] = {name: [] for name in writers}
    for round_number in range(ROUNDS):
        all_are_ready = threading.Event()
        for writer in writers.values():
            writer.begin(all_are_ready, 2 + 3 * round_number)
        deadline = time.monotonic() + 60
        while not all(writer.has_enough() for writer in writers.values()):
            assert time.monotonic() < deadline, gateway.log()
            time.sleep(0.002)
        # Every service has a write in flight when the kill comes, as from busy clients.
        all_are_ready.set()
        time.sleep(0.05 * round_number)
        gateway.kill()
        for writer in writers.values():
            writer.join()
        gateway.start()
        for name, writer in writers.items():
            try:
                writer.check()
            except Exception as problem:  # noqa: BLE001 - each service has a test that raises it
                found[name].append(problem)
    yield found
    gateway.stop()


@pytest.mark.parametrize("service", [service.__name__ for service in SERVICES])
def test_acknowledged_writes_survive_kill(
    problems: dict[str, list[Exception]], service: str
) -> None:
    for problem in problems[service]:
        raise problem


def test_settled_states_are_kept_too(new_gateway):
    """A clean stop folds the journal; the next kill finds state and journal in order."""
    gateway = new_gateway()
    subject = DynamoItems()
    subject.prepare(gateway)
    for number in range(1, 6):
        subject.write(gateway, number)
        if number % 2:
            gateway.kill()
        else:
            assert gateway.stop() == 0
        gateway.start()
        subject.check(gateway, set(range(1, number + 1)))


def test_log_events_expire(new_gateway):
    """AWS deletes events that are older than the group's retention; the others stay."""
    gateway = new_gateway()
    logs = gateway.client("logs")
    now = int(time.time() * 1000)
    for name, days in (("/short", 1), ("/long", 7)):
        logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        logs.put_log_events(
            logGroupName=name,
            logStreamName="s",
            logEvents=[
                {"timestamp": now - 2 * 86_400_000, "message": "old"},
                {"timestamp": now, "message": "new"},
            ],
        )
    gateway.kill()
    gateway.start()
    logs = gateway.client("logs")
    left = {
        name: [
            event["message"]
            for event in logs.get_log_events(
                logGroupName=name, logStreamName="s", startFromHead=True
            )["events"]
        ]
        for name in ("/short", "/long")
    }
    assert left == {"/short": ["new"], "/long": ["old", "new"]}
