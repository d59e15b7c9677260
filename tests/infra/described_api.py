"""What Lambda and API Gateway say of deployed resources, in the words of their templates."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from described import Deployed

Properties = dict[str, Any]


def function(here: Deployed, name: str) -> Properties:
    client = here.client("lambda")
    found = client.get_function_configuration(FunctionName=name)
    arn = found["FunctionArn"]
    return found | {
        "Code": _asset_with_digest(here, found["CodeSha256"]),
        "Tags": _tag_list(client.list_tags(Resource=arn)["Tags"]),
    }


def _asset_with_digest(here: Deployed, digest: str) -> Properties:
    """Where the very bytes lie that the function has."""
    s3 = here.client("s3")
    bucket = f"cdk-hnb659fds-assets-{here.account}-{here.region}"
    for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        content = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        if base64.b64encode(hashlib.sha256(content).digest()).decode() == digest:
            return {"S3Bucket": bucket, "S3Key": entry["Key"]}
    return {}


def version(here: Deployed, arn: str) -> Properties:
    name, _, qualifier = arn.rpartition(":")
    found: Properties = here.client("lambda").get_function_configuration(
        FunctionName=name, Qualifier=qualifier
    )
    return found


def alias(here: Deployed, arn: str) -> Properties:
    *_, name, qualifier = arn.split(":")
    found = here.client("lambda").get_alias(FunctionName=name, Name=qualifier)
    return found | {"FunctionName": name}


def permission(here: Deployed, statement_id: str) -> Properties:
    client = here.client("lambda")
    for arn in here.physical_ids.values():
        if ":function:" not in arn:
            continue
        name, _, qualifier = arn.rpartition(":")
        try:
            policy = client.get_policy(FunctionName=name, Qualifier=qualifier)["Policy"]
        except client.exceptions.ResourceNotFoundException:
            continue
        for statement in json.loads(policy)["Statement"]:
            if statement["Sid"] == statement_id:
                return {
                    "Action": statement["Action"],
                    "FunctionName": statement["Resource"],
                    "Principal": statement["Principal"]["Service"],
                    "SourceArn": statement["Condition"]["ArnLike"]["AWS:SourceArn"],
                }
    return {}


def rest_api(here: Deployed, api_id: str) -> Properties:
    return _in_words(here.client("apigateway").get_rest_api(restApiId=api_id))


def resource(here: Deployed, resource_id: str) -> Properties:
    api_id = _api_id(here)
    found = here.client("apigateway").get_resource(restApiId=api_id, resourceId=resource_id)
    return _in_words(found) | {"RestApiId": api_id}


def method(here: Deployed, physical_id: str) -> Properties:
    api_id, resource_id, http_method = physical_id.split("-")
    found = here.client("apigateway").get_method(
        restApiId=api_id, resourceId=resource_id, httpMethod=http_method
    )
    integration = found.get("methodIntegration", {})
    described = _in_words(integration) | {
        "IntegrationHttpMethod": integration.get("httpMethod"),
        "IntegrationResponses": [
            _in_words(one) for one in integration.get("integrationResponses", {}).values()
        ],
    }
    return _in_words(found) | {
        "RestApiId": api_id,
        "ResourceId": resource_id,
        "Integration": described,
        "MethodResponses": [_in_words(one) for one in found.get("methodResponses", {}).values()],
    }


def deployment(here: Deployed, deployment_id: str) -> Properties:
    api_id = _api_id(here)
    found = here.client("apigateway").get_deployment(restApiId=api_id, deploymentId=deployment_id)
    return _in_words(found) | {"RestApiId": api_id}


def stage(here: Deployed, name: str) -> Properties:
    api_id = _api_id(here)
    found = here.client("apigateway").get_stage(restApiId=api_id, stageName=name)
    settings = []
    for key, one in found["methodSettings"].items():
        path, _, http_method = key.rpartition("/")
        where = {"HttpMethod": http_method, "ResourcePath": f"/{path}" if path == "*" else path}
        settings.append(_in_words(one) | where)
    return _in_words(found) | {"RestApiId": api_id, "MethodSettings": settings}


def gateway_response(here: Deployed, physical_id: str) -> Properties:
    api_id, response_type = physical_id.split("/")
    found = here.client("apigateway").get_gateway_response(
        restApiId=api_id, responseType=response_type
    )
    return _in_words(found) | {"RestApiId": api_id}


def request_validator(here: Deployed, validator_id: str) -> Properties:
    api_id = _api_id(here)
    found = here.client("apigateway").get_request_validator(
        restApiId=api_id, requestValidatorId=validator_id
    )
    return _in_words(found) | {"RestApiId": api_id}


def api_key(here: Deployed, key_id: str) -> Properties:
    return _in_words(here.client("apigateway").get_api_key(apiKey=key_id))


def usage_plan(here: Deployed, plan_id: str) -> Properties:
    found = here.client("apigateway").get_usage_plan(usagePlanId=plan_id)
    stages = [_in_words(one) for one in found["apiStages"]]
    throttle = _in_words(found["throttle"])
    return _in_words(found) | {
        "UsagePlanName": found["name"],
        "ApiStages": stages,
        "Throttle": throttle,
    }


def usage_plan_key(here: Deployed, physical_id: str) -> Properties:
    key_id, plan_id = physical_id.split(":")
    found = here.client("apigateway").get_usage_plan_key(usagePlanId=plan_id, keyId=key_id)
    return {"KeyId": found["id"], "KeyType": found["type"], "UsagePlanId": plan_id}


def root_resource_id(here: Deployed, api_id: str) -> str:
    items = here.client("apigateway").get_resources(restApiId=api_id)["items"]
    (root,) = (item["id"] for item in items if item["path"] == "/")
    return str(root)


def _api_id(here: Deployed) -> str:
    """Of the one API of the stack."""
    apis = here.client("apigateway").get_rest_apis()["items"]
    (api_id,) = {api["id"] for api in apis} & set(here.physical_ids.values())
    return str(api_id)


def _in_words(found: Properties) -> Properties:
    """Members as templates name theirs: with a capital, and some by another name."""
    described = {key[:1].upper() + key[1:]: value for key, value in found.items()}
    if "EndpointConfiguration" in described:
        types = described["EndpointConfiguration"]["types"]
        described["EndpointConfiguration"] = {"Types": types}
    if "Tags" in described:
        described["Tags"] = _tag_list(described["Tags"])
    return described


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


API_DESCRIBERS: dict[str, Callable[[Deployed, str], Properties]] = {
    "AWS::ApiGateway::ApiKey": api_key,
    "AWS::ApiGateway::Deployment": deployment,
    "AWS::ApiGateway::GatewayResponse": gateway_response,
    "AWS::ApiGateway::Method": method,
    "AWS::ApiGateway::RequestValidator": request_validator,
    "AWS::ApiGateway::Resource": resource,
    "AWS::ApiGateway::RestApi": rest_api,
    "AWS::ApiGateway::Stage": stage,
    "AWS::ApiGateway::UsagePlan": usage_plan,
    "AWS::ApiGateway::UsagePlanKey": usage_plan_key,
    "AWS::Lambda::Alias": alias,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::Lambda::Version": version,
}
