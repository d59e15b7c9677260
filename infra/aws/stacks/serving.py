"""The DynamoDB tables that the API reads, with the keys and indexes of `rlm.domain.serving`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from rlm import names
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment, ProvisionedCapacity
    from rlm.domain.serving import Index, ServingTable


class ServingStack(cdk.Stack):
    """On demand, or provisioned with auto scaling where the environment says so."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: DynamoDB serving tables")
        for serving_table in (*SERVING_TABLES, RECOMMENDATIONS):
            self._table(serving_table, environment)

    def _table(self, serving_table: ServingTable, environment: Environment) -> None:
        capacity = environment.serving_capacity
        table = dynamodb.Table(
            self,
            serving_table.entity,
            table_name=names.dynamodb_table(environment.name, serving_table.entity),
            partition_key=_text(serving_table.partition_key),
            sort_key=_text(serving_table.sort_key) if serving_table.sort_key else None,
            billing_mode=(
                dynamodb.BillingMode.PAY_PER_REQUEST
                if capacity is None
                else dynamodb.BillingMode.PROVISIONED
            ),
            read_capacity=capacity.minimum if capacity else None,
            write_capacity=capacity.minimum if capacity else None,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=serving_table.expires_by,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            deletion_protection=environment.keeps_data,
            removal_policy=(
                cdk.RemovalPolicy.RETAIN if environment.keeps_data else cdk.RemovalPolicy.DESTROY
            ),
        )
        for index in serving_table.indexes:
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.partition_key),
                sort_key=_text(index.sort_key),
                read_capacity=capacity.minimum if capacity else None,
                write_capacity=capacity.minimum if capacity else None,
            )
        if capacity is not None:
            _scale(table, serving_table.indexes, capacity)


def _scale(
    table: dynamodb.Table, indexes: tuple[Index, ...], capacity: ProvisionedCapacity
) -> None:
    bounds = {"min_capacity": capacity.minimum, "max_capacity": capacity.maximum}
    scaled = [
        table.auto_scale_read_capacity(**bounds),
        table.auto_scale_write_capacity(**bounds),
    ]
    # An index that cannot keep up throttles writes to its table, so it scales too.
    for index in indexes:
        scaled += [
            table.auto_scale_global_secondary_index_read_capacity(index.name, **bounds),
            table.auto_scale_global_secondary_index_write_capacity(index.name, **bounds),
        ]
    for attribute in scaled:
        attribute.scale_on_utilization(
            target_utilization_percent=capacity.target_utilization_percent
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
