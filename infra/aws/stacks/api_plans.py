"""Who may ask how much: a usage plan and a first key for the public and for the staff.

Every key opens every public route; routes for the staff look for the staff's key themselves, since
a plan of API Gateway covers a whole stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigateway as apigateway

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk

    from environments import Environment


def api_keys(stack: cdk.Stack, environment: Environment) -> dict[str, apigateway.ApiKey]:
    """A key a plan; API Gateway makes up its value and shows it to who may read it."""
    return {
        plan: apigateway.ApiKey(
            stack,
            f"{plan.title()}Key",
            api_key_name=names.api_plan(environment.name, plan),
            description=f"The first key of the {plan} plan",
        )
        for plan in names.API_PLANS
    }


def usage_plans(
    stack: cdk.Stack,
    environment: Environment,
    api: apigateway.RestApi,
    keys: Mapping[str, apigateway.ApiKey],
) -> None:
    """The limits hold for each key of a plan."""
    limits = {
        "public": environment.public_requests_a_second,
        "staff": environment.staff_requests_a_second,
    }
    for plan, requests_a_second in limits.items():
        usage_plan = apigateway.UsagePlan(
            stack,
            f"{plan.title()}Plan",
            name=names.api_plan(environment.name, plan),
            description=f"Keys of the {plan}",
            throttle=apigateway.ThrottleSettings(
                rate_limit=requests_a_second, burst_limit=2 * requests_a_second
            ),
            api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
        )
        usage_plan.add_api_key(keys[plan])
