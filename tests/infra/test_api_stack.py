"""What the API's template promises beside what every template does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from rights import arn, listed, role_statements
from templates import environment, resources

from environments import ENVIRONMENTS
from rlm import names
from rlm.api.problems import KINDS
from stacks.api_functions import READS, api_functions

if TYPE_CHECKING:
    from assembly import Assembly

pytestmark = pytest.mark.slow  # synthesis starts Node


def test_whatever_the_gateway_refuses_by_itself_is_a_problem_document(assembly: Assembly) -> None:
    status_of = {kind.type: str(kind.status) for kind in KINDS}
    types = set()
    for _, response in resources(assembly, "AWS::ApiGateway::GatewayResponse"):
        types.add(response["ResponseType"])
        template = response["ResponseTemplates"]["application/json"]
        document = json.loads(template.replace("$context.error.messageString", '"why"'))
        assert status_of[document["type"]] == response["StatusCode"] == str(document["status"])
        headers = response["ResponseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        exposed = headers["gatewayresponse.header.Access-Control-Expose-Headers"]
        assert "Retry-After" in exposed
    # The rest are told by these two.
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"} <= types


# What each function was seen to ask of DynamoDB: `table`, or `table/index/name`.
ASKS = {
    "RecommendArtist": {
        "dynamodb:GetItem": {"Recommendations", "Trends"},
        "dynamodb:BatchGetItem": {"Artists"},
        "dynamodb:Query": {"Events/index/by_headliner", "Events/index/by_place"},
        "dynamodb:Scan": {"Venues"},
    },
    "FetchEventAnalytics": {
        "dynamodb:GetItem": {"EventAnalytics"},
        "dynamodb:Query": {"EventAnalytics", "Events/index/by_headliner", "Events/index/by_venue"},
    },
    "FetchTrends": {"dynamodb:GetItem": {"Trends"}},
}


@pytest.mark.parametrize("function", ASKS)
def test_a_function_may_read_what_it_reads_and_no_more(assembly: Assembly, function: str) -> None:
    prefix = names.dynamodb_table(environment(assembly), "Artists").removesuffix("Artists")
    granted: dict[str, set[str]] = {}
    template = assembly.template(names.stack(environment(assembly), "api"))
    for logical_id, statement in role_statements(template):
        if logical_id.startswith(f"{function}Role"):
            for action in listed(statement["Action"]):
                if action.startswith("dynamodb:"):
                    tables = (
                        arn(one).partition(prefix)[2] for one in listed(statement["Resource"])
                    )
                    granted.setdefault(action, set()).update(tables)
    assert granted == ASKS[function]


def test_every_key_of_the_staff_opens_their_route(assembly: Assembly) -> None:
    settings = ENVIRONMENTS[environment(assembly)]
    more = replace(settings, staff_key_ids=("second", "third"))
    app = cdk.App()
    stack = cdk.Stack(app, "Api")
    package = Path(__file__).parents[2] / "lambdas"
    folders = {reads.package: package / reads.package for reads in READS.values()}
    api_functions(stack, more, folders, "first")
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    for function in functions:
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["RLM_STAFF_KEY_IDS"] == "first,second,third"
    assert len(functions) == len(READS)
