"""The API of the template on a local AWS: the real gateway, the real handlers, real tables."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from boto3.dynamodb.types import TypeSerializer

from rlm import names
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REPOSITORY = Path(__file__).parents[3]
ENV = "dev"
STAGE = "v1"
_DEPLOY_SECONDS = 120.0
_SYNTHESIZE = (
    "import sys; from pathlib import Path; from assembly import synthesize;"
    "print(synthesize(sys.argv[1], Path(sys.argv[2])).directory)"
)


def _localaws_conftest() -> Any:
    """`GatewayProcess` of the local AWS's own contract tests."""
    path = Path(__file__).parents[1] / "localaws/conftest.py"
    spec = util.spec_from_file_location("localaws_conftest_of_api", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Answer:
    """What the API answered. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """The deployed API, with the keys of both plans."""

    gateway: Any
    api_id: str
    keys: Mapping[str, str]
    serializer: TypeSerializer = field(default_factory=TypeSerializer)

    @property
    def base_path(self) -> str:
        return f"/_aws/execute-api/{self.api_id}/{STAGE}"

    @property
    def base_url(self) -> str:
        return f"{self.gateway.endpoint_url}{self.base_path}"

    def ask(
        self,
        path: str,
        query: Sequence[tuple[str, str]] | Mapping[str, str] = (),
        *,
        method: str = "GET",
        key: str | None = "public",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
        sent = dict(headers or {})
        if key is not None:
            sent["x-api-key"] = self.keys.get(key, key)
        text = urlencode(list(query.items()) if hasattr(query, "items") else list(query))
        try:
            connection.request(
                method, f"{self.base_path}{path}{'?' + text if text else ''}", headers=sent
            )
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def put(self, entity: str, *items: Mapping[str, Any]) -> None:
        dynamodb = self.gateway.client("dynamodb")
        for item in items:
            plain = json.loads(json.dumps(item), parse_float=Decimal)
            marshalled = {name: self.serializer.serialize(value) for name, value in plain.items()}
            dynamodb.put_item(TableName=names.dynamodb_table(ENV, entity), Item=marshalled)


def assembly_directory() -> Path:
    """The synthesized templates: those of the deployment, made anew when a source changed."""
    python = REPOSITORY / ".venv" / "infra" / "bin" / "python"
    made = subprocess.run(
        [str(python), "-c", _SYNTHESIZE, ENV, str(REPOSITORY)],
        cwd=REPOSITORY / "infra" / "aws",
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return Path(made.stdout.strip())


def deploy(gateway: Any, directory: Path, stack: str) -> None:
    """Put the stack's assets where the template looks for them, and make the stack of it."""
    assets = json.loads((directory / f"{stack}.assets.json").read_text())["files"]
    s3 = gateway.client("s3")
    bucket = "cdk-hnb659fds-assets-000000000000-us-east-1"
    s3.create_bucket(Bucket=bucket)
    for asset in assets.values():
        (destination,) = asset["destinations"].values()
        path = directory / asset["source"]["path"]
        s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=path.read_bytes())
    template = (directory / f"{stack}.template.json").read_bytes()
    s3.put_object(Bucket=bucket, Key=f"{stack}.json", Body=template)
    cloudformation = gateway.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"{gateway.endpoint_url}/{bucket}/{stack}.json",
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while (status := _status(cloudformation, stack)).endswith("_IN_PROGRESS"):
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
    reasons = [
        (event["LogicalResourceId"], event.get("ResourceStatusReason"))
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    assert status == "CREATE_COMPLETE", reasons


def _status(cloudformation: Any, stack: str) -> str:
    return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


def make_tables(gateway: Any) -> None:
    """The tables of the serving stack, without all that holds their data safe."""
    dynamodb = gateway.client("dynamodb")
    for table in (*SERVING_TABLES, RECOMMENDATIONS):
        keys = {*table.key} | {k for i in table.indexes for k in (i.partition_key, i.sort_key)}
        indexes = [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema((index.partition_key, index.sort_key)),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in table.indexes
        ]
        dynamodb.create_table(
            TableName=names.dynamodb_table(ENV, table.entity),
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)
            ],
            KeySchema=_key_schema(table.key),
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )


def _key_schema(key: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(key, ("HASH", "RANGE"), strict=False)
    ]


def deployed_api(gateway: Any) -> Api:
    """The API that the stack made."""
    apigateway = gateway.client("apigateway")
    (api,) = apigateway.get_rest_apis()["items"]
    found = {
        key["name"]: apigateway.get_api_key(apiKey=key["id"], includeValue=True)["value"]
        for key in apigateway.get_api_keys()["items"]
    }
    keys = {plan: found[names.api_plan(ENV, plan)] for plan in names.API_PLANS}
    return Api(gateway, api["id"], keys)


def ranking(trend: str, count: int = 3) -> dict[str, Any]:
    window, dimension, value = trend.split("#")
    artists = [f"artist-{number}" for number in range(1, count + 1)]
    return {
        "trend": trend,
        "part": "top",
        "dimension": dimension,
        "dimension_value": value,
        "window_days": int(window.removesuffix("d")),
        "as_of_date": "2026-06-07",
        "ranks": list(range(1, count + 1)),
        "artist_ids": artists,
        "artist_names": [name.title() for name in artists],
        "scores": [0.5 / rank for rank in range(1, count + 1)],
        "score_deviations": [0.1] * count,
        "are_reliable": [rank < 3 for rank in range(1, count + 1)],
        "changes": [None] + [0.25] * (count - 1),
        "signals": ["streams"] * count,
        "measured_days": [7] * count,
        "streams": [1000] * count,
        "plays": [10] * count,
        "fans": [5] * count,
        "orders": [None] * count,
        "are_simulated": [False] * count,
    }


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One API for all tests; each writes items of its own."""
    localaws = _localaws_conftest()
    options = (
        *("--lambda-python", str(localaws.interpreter("LAMBDA_PYTHON", "lambda"))),
        *("--pages", str(REPOSITORY / "docs" / "api")),
        *("--pages", f"atlas={REPOSITORY / 'infra/web/node_modules/world-atlas'}"),
    )
    gateway = localaws.GatewayProcess(tmp_path_factory.mktemp("api") / "state", options=options)
    directory = assembly_directory()
    gateway.start()
    try:
        make_tables(gateway)
        gateway.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String"
        )
        deploy(gateway, directory, names.stack(ENV, "api"))
        made = deployed_api(gateway)
        # Before anybody asks: that there is no ranking is kept for a minute too.
        made.put("Trends", ranking("7d#all#all"), ranking("28d#all#all"))
        yield made
    finally:
        gateway.stop()
