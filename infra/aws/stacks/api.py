"""The API: one REST API, its three functions and its keys; deployable by itself.

Resources and request parameters are those of `rlm.api.operations`, from which the OpenAPI file is
written too. API Gateway checks the key and the plan, and would ask for required parameters: there
are none. What belongs together, and every value, is the handlers' to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from rlm import names
from rlm.api.correlation import HEADER as CORRELATION_ID
from rlm.api.operations import OPERATIONS
from stacks.acknowledged import acknowledge
from stacks.api_errors import gateway_responses, refuse_other_methods
from stacks.api_functions import api_functions
from stacks.api_plans import api_keys, usage_plans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from environments import Environment
    from rlm.api.operations import Operation

_PREFLIGHT_KEPT = cdk.Duration.hours(1)


class ApiStack(cdk.Stack):
    """Needs the tables of the serving stack by their names only."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        packages: Mapping[str, Path],
    ) -> None:
        super().__init__(scope, construct_id, description="RLM: the API and its functions")
        keys = api_keys(self, environment)
        functions = api_functions(self, environment, packages, keys["staff"].key_id)
        api = self._api(environment)
        validator = api.add_request_validator(
            "Parameters", validate_request_parameters=True, validate_request_body=False
        )
        methods = [
            self._method(api, validator, operation, functions[operation.function])
            for operation in OPERATIONS
        ]
        gateway_responses(api)
        usage_plans(self, environment, api, keys)
        for method in methods:
            acknowledge(
                method, "AwsSolutions-APIG4", "Callers are known by the API key of their plan."
            )
            acknowledge(
                method, "AwsSolutions-COG4", "There are no user accounts: callers are programs."
            )

    def _api(self, environment: Environment) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=names.rest_api(environment.name),
            description="Recommendations, event analytics and trends",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # Its role is the account's affair: one for all APIs of a region.
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name=names.API_STAGE,
                throttling_rate_limit=environment.public_requests_a_second,
                throttling_burst_limit=2 * environment.public_requests_a_second,
            ),
        )
        acknowledge(
            api,
            "AwsSolutions-APIG2",
            "Its validator asks for required parameters, of which there are none; the functions "
            "check values and what goes together.",
        )
        stage = api.deployment_stage
        reason = "Each request is a line of its function's log; refused ones are counted."
        acknowledge(stage, "AwsSolutions-APIG1", reason)
        acknowledge(stage, "AwsSolutions-APIG6", reason)
        acknowledge(
            stage, "AwsSolutions-APIG3", "Every route needs a key, and plans bound each key."
        )
        return api

    def _method(
        self,
        api: apigateway.RestApi,
        validator: apigateway.RequestValidator,
        operation: Operation,
        alias: lambda_.Alias,
    ) -> apigateway.Method:
        resource = api.root.add_resource(operation.path.strip("/"))
        method = resource.add_method(
            "GET",
            apigateway.LambdaIntegration(alias, proxy=True, allow_test_invoke=False),
            operation_name=operation.operation_id,
            api_key_required=True,
            request_validator=validator,
            request_parameters={
                f"method.request.querystring.{parameter.name}": parameter.is_required
                for parameter in operation.parameters
            },
        )
        preflight = resource.add_cors_preflight(
            allow_origins=["*"],
            allow_methods=["GET", "OPTIONS"],
            allow_headers=["X-Api-Key", "If-None-Match", CORRELATION_ID],
            max_age=_PREFLIGHT_KEPT,
        )
        refused = refuse_other_methods(resource)
        for open_method in (preflight, refused):
            for rule in ("AwsSolutions-APIG4", "AwsSolutions-COG4"):
                acknowledge(open_method, rule, "Answered by the gateway itself, from nothing.")
        return method
