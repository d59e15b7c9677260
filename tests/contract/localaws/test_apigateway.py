"""REST APIs: the way from a request to a function, and what stacks make of validators."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow

SOURCE = """
import json
def handle(event, context):
    if event["path"] == "/nothing":
        return {"statusCode": 204, "body": None}
    if event["path"] == "/raises":
        raise ValueError("no")
    return {
        "statusCode": 200,
        "headers": {"X-Own": "yes"},
        "multiValueHeaders": {"Vary": ["Origin", "Accept"]},
        "body": json.dumps(event),
    }
"""


class RestApi:
    """One API whose every path answers with the event that its function got."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.apis = gateway.client("apigateway")
        self.name = f"api-{uuid4().hex[:8]}"
        self.id = self.apis.create_rest_api(name=self.name)["id"]
        root = self.apis.get_resources(restApiId=self.id)["items"][0]["id"]
        arn = self._function()
        for path, needs_key in (("{proxy+}", False), ("closed", True)):
            resource = self.apis.create_resource(restApiId=self.id, parentId=root, pathPart=path)[
                "id"
            ]
            of = {"restApiId": self.id, "resourceId": resource, "httpMethod": "ANY"}
            self.apis.put_method(**of, authorizationType="NONE", apiKeyRequired=needs_key)
            self.apis.put_integration(
                **of,
                type="AWS_PROXY",
                integrationHttpMethod="POST",
                uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                f"{arn}/invocations",
            )
        self.apis.create_deployment(restApiId=self.id, stageName="v1")

    def _function(self) -> str:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", SOURCE)
        client = self.gateway.client("lambda")
        made = client.create_function(
            FunctionName=self.name,
            Runtime="python3.12",
            Handler="app.handle",
            Role="arn:aws:iam::000000000000:role/x",
            Code={"ZipFile": package.getvalue()},
        )
        client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        return str(made["FunctionArn"])

    def key(self) -> tuple[str, str]:
        """The id and value of a key whose plan covers the stage."""
        key = self.apis.create_api_key(name=self.name, enabled=True)
        stages = [{"apiId": self.id, "stage": "v1"}]
        plan = self.apis.create_usage_plan(name=self.name, apiStages=stages)["id"]
        self.apis.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        return key["id"], key["value"]

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        api: str | None = None,
    ) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=20)
        try:
            url = f"/_aws/execute-api/{api or self.id}/v1{path}"
            connection.request(method, url, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            text = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            return response.status, found, json.loads(text) if text else None
        finally:
            connection.close()


@pytest.fixture(scope="module")
def rest_api(lambda_gateway: Any) -> RestApi:
    return RestApi(lambda_gateway)


def test_a_function_gets_the_request_and_answers_it(rest_api: RestApi) -> None:
    sent = {"X-Mine": "1", "Content-Type": "text/plain"}
    status, headers, event = rest_api.ask("/a/b?q=1&q=2&e=", "POST", sent, "ä".encode())
    assert status == 200
    assert event["path"] == "/a/b"
    assert (event["httpMethod"], event["body"]) == ("POST", "ä")
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "e": [""]}
    assert event["headers"]["x-mine"] == "1"
    assert event["requestContext"]["stage"] == "v1"
    assert (headers["x-own"], headers["vary"]) == ("yes", "Origin, Accept")


def test_the_request_has_one_id_outside_and_inside(rest_api: RestApi) -> None:
    _, headers, event = rest_api.ask("/a")
    assert headers["x-amzn-requestid"] == event["requestContext"]["requestId"]
    assert rest_api.ask("/a")[1]["x-amzn-requestid"] != headers["x-amzn-requestid"]


def test_a_function_learns_which_key_was_sent(rest_api: RestApi) -> None:
    key_id, value = rest_api.key()
    status, _, event = rest_api.ask("/closed", headers={"x-api-key": value})
    assert status == 200
    assert event["requestContext"]["identity"]["apiKeyId"] == key_id
    assert rest_api.ask("/closed")[0] == 403
    assert "apiKeyId" not in rest_api.ask("/open")[2]["requestContext"]["identity"]


def test_an_answer_without_a_body_is_one(rest_api: RestApi) -> None:
    assert rest_api.ask("/nothing")[0::2] == (204, None)


def test_a_function_that_raises_is_a_bad_gateway(rest_api: RestApi) -> None:
    assert rest_api.ask("/raises")[0] == 502


def test_a_body_above_the_limit_of_api_gateway_is_refused(rest_api: RestApi) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", rest_api.gateway.port, timeout=20)
    path = f"/_aws/execute-api/{rest_api.id}/v1/anything"
    connection.request("POST", path, b"x" * 10_485_761)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.load(answer) == {"message": "HTTP content length exceeded 10485760 bytes."}
    connection.close()


def test_an_api_that_is_not_there_is_not_found(rest_api: RestApi) -> None:
    assert rest_api.ask("/a", api="0123456789")[0] == 404


def test_a_signed_request_takes_the_same_way(rest_api: RestApi) -> None:
    signature = (
        "AWS4-HMAC-SHA256 Credential=test/20260601/us-east-1/execute-api/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    assert rest_api.ask("/a", headers={"Authorization": signature})[0] == 200


def test_requests_are_measured(rest_api: RestApi) -> None:
    rest_api.ask("/a")
    rest_api.ask("/raises")
    cloudwatch = rest_api.gateway.client("cloudwatch")

    def total(metric: str) -> float:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": "ApiName", "Value": rest_api.name}],
            StartTime=time.time() - 3600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    deadline = time.monotonic() + 15
    while total("5XXError") == 0 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert total("5XXError") >= 1
    assert total("Count") >= 2


def stack_template(*, needs: bool) -> str:
    """A method that answers by itself and wants `q`."""
    return json.dumps(
        {
            "Resources": {
                "Api": {
                    "Type": "AWS::ApiGateway::RestApi",
                    "Properties": {
                        "Name": "checked",
                        "EndpointConfiguration": {"Types": ["REGIONAL"]},
                    },
                },
                "Checks": {
                    "Type": "AWS::ApiGateway::RequestValidator",
                    "Properties": {
                        "RestApiId": {"Ref": "Api"},
                        "ValidateRequestParameters": needs,
                        "ValidateRequestBody": False,
                    },
                },
                "Method": {
                    "Type": "AWS::ApiGateway::Method",
                    "Properties": {
                        "RestApiId": {"Ref": "Api"},
                        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                        "HttpMethod": "GET",
                        "AuthorizationType": "NONE",
                        "RequestValidatorId": {"Ref": "Checks"},
                        "RequestParameters": {"method.request.querystring.q": True},
                        "Integration": {
                            "Type": "MOCK",
                            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
                            "IntegrationResponses": [{"StatusCode": "200"}],
                        },
                    },
                },
                "Deployed": {
                    "Type": "AWS::ApiGateway::Deployment",
                    "DependsOn": ["Method"],
                    "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "v1"},
                },
            },
            "Outputs": {"Id": {"Value": {"Ref": "Api"}}},
        }
    )


def test_a_stacks_validator_is_made_changed_and_deleted(rest_api: RestApi) -> None:
    cloudformation = rest_api.gateway.client("cloudformation")
    wait = {"Delay": 1, "MaxAttempts": 60}
    cloudformation.create_stack(StackName="checked", TemplateBody=stack_template(needs=True))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="checked", WaiterConfig=wait)
    (output,) = cloudformation.describe_stacks(StackName="checked")["Stacks"][0]["Outputs"]
    api = output["OutputValue"]
    assert rest_api.ask("/", api=api)[0] == 400
    assert rest_api.ask("/?q=1", api=api)[0] == 200
    described = rest_api.apis.get_rest_api(restApiId=api)
    assert described["endpointConfiguration"]["types"] == ["REGIONAL"]

    cloudformation.update_stack(StackName="checked", TemplateBody=stack_template(needs=False))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="checked", WaiterConfig=wait)
    (validator,) = rest_api.apis.get_request_validators(restApiId=api)["items"]
    assert str(validator["validateRequestParameters"]).lower() == "false"
    assert rest_api.ask("/", api=api)[0] == 200

    cloudformation.delete_stack(StackName="checked")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="checked", WaiterConfig=wait)
    assert rest_api.ask("/", api=api)[0] == 404
