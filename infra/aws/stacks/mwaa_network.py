"""Where Airflow stands: private subnets in two zones, whose only way out is a NAT gateway.

A network of its own: no route leads out of that of the booking database, and none shall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from rlm import names
from stacks.grants import service_role
from stacks.log_retention import retention

if TYPE_CHECKING:
    from constructs import IDependable

    from environments import Environment

_ADDRESSES = "10.61.0.0/24"
# A worker, a scheduler and the way to the database take an address each: 59 are in a subnet.
_PRIVATE_MASK = 26
_PUBLIC_MASK = 28


@dataclass(frozen=True)
class MwaaNetwork:
    """What MWAA wants to know: two private subnets, and the group of all that stands there."""

    subnet_ids: list[str]
    security_group_id: str
    ways: list[IDependable]
    """What MWAA tries when it is made: the ways out, and from one component to another."""


def mwaa_network(stack: cdk.Stack, environment: Environment) -> MwaaNetwork:
    """As many NAT gateways as the environment pays for; S3 and DynamoDB are reached without them.

    Why not an endpoint for each other service: docs/decisions/airflow-on-mwaa.md.
    """
    name = names.airflow(environment.name)
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        vpc_name=name,
        ip_addresses=ec2.IpAddresses.cidr(_ADDRESSES),
        max_azs=2,
        nat_gateways=environment.airflow_nat_gateways,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name="private",
                subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS,
                cidr_mask=_PRIVATE_MASK,
            ),
            ec2.SubnetConfiguration(
                name="nat",
                subnet_type=ec2.SubnetType.PUBLIC,
                cidr_mask=_PUBLIC_MASK,
                map_public_ip_on_launch=False,
            ),
        ],
        # Files and items go past the NAT gateway, which would charge for each gigabyte.
        gateway_endpoints={
            "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
            "DynamoDb": ec2.GatewayVpcEndpointOptions(
                service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
            ),
        },
        # The CDK would empty the group by a function of its own; nothing stands in it.
        restrict_default_security_group=False,
    )
    _log_refusals(stack, environment, vpc)
    group = ec2.SecurityGroup(
        stack,
        "SecurityGroup",
        vpc=vpc,
        security_group_name=name,
        description="Components of Airflow: they reach one another, nobody else them",
    )
    group.add_ingress_rule(group, ec2.Port.all_traffic(), "Components of Airflow among themselves")
    subnets = vpc.private_subnets
    return MwaaNetwork(
        [subnet.subnet_id for subnet in subnets],
        group.security_group_id,
        [*(subnet.internet_connectivity_established for subnet in subnets), group],
    )


def _log_refusals(stack: cdk.Stack, environment: Environment, vpc: ec2.Vpc) -> None:
    log_group = logs.LogGroup(
        stack,
        "FlowLog",
        log_group_name=names.airflow_network_log_group(environment.name),
        retention=retention(environment.log_retention_days),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    writer = service_role(stack, "FlowRole", "vpc-flow-logs", "Writes down what was refused")
    vpc.add_flow_log(
        "Flows",
        destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, writer),
        traffic_type=ec2.FlowLogTrafficType.REJECT,
    )
