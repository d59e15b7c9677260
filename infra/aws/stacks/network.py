"""The network: where the booking database stands, and QuickSight's way to it.

It is left out locally, so nothing refers to its resources: others know its names alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_quicksight as quicksight
from aws_cdk import aws_rds as rds

from rlm import names
from stacks.grants import allow_any, service_role
from stacks.log_retention import retention

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment

_ADDRESSES = "10.60.0.0/24"
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)


class NetworkStack(cdk.Stack):
    """Two subnets that no route leads out of.

    Who stands in them is in the network's own security group, whose members reach one another and
    nobody else reaches them: the database, and the interfaces through which QuickSight asks it.
    """

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: network of the booking database")
        env = environment.name
        name = names.booking_network(env)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=name,
            ip_addresses=ec2.IpAddresses.cidr(_ADDRESSES),
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=27
                )
            ],
            # The CDK would empty the group by a function of its own.
            restrict_default_security_group=False,
        )
        log_group = logs.LogGroup(
            self,
            "FlowLog",
            log_group_name=names.network_log_group(env),
            retention=retention(environment.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        writer = service_role(self, "FlowRole", "vpc-flow-logs", "Writes down what was refused")
        vpc.add_flow_log(
            "Flows",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, writer),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        subnets = [subnet.subnet_id for subnet in vpc.isolated_subnets]
        rds.CfnDBSubnetGroup(
            self,
            "SubnetGroup",
            db_subnet_group_name=name,
            db_subnet_group_description="Isolated subnets of the booking database",
            subnet_ids=subnets,
        )
        role = service_role(
            self, "ConnectionRole", "quicksight", "Puts QuickSight's interfaces into the network"
        )
        allow_any(
            role, _INTERFACES, ["*"], "QuickSight's interfaces have no names before they are made."
        )
        connection = quicksight.CfnVPCConnection(
            self,
            "Connection",
            aws_account_id=self.account,
            vpc_connection_id=name,
            name=name,
            role_arn=role.role_arn,
            subnet_ids=subnets,
            security_group_ids=[vpc.vpc_default_security_group],
        )
        # It makes its interfaces as soon as it is made.
        connection.node.add_dependency(role.node.find_child("DefaultPolicy"))
