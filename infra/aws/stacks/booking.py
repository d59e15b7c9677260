"""PostgreSQL for what bookers and finance keep by hand: sales targets, and who sees what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from rlm import names
from stacks.acknowledged import acknowledge

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment

_INSTANCE_CLASS = "db.t4g.micro"
_VERSION = "18"
_STORAGE_GIGABYTES = 20
_MASTER = "booking"
# Nothing that a URL, a shell or a template would take for something else.
_NOT_IN_PASSWORDS = " %+~`#$&*()|[]{}:;<>?!'/@\"\\,=^"


class BookingStack(cdk.Stack):
    """A small instance in the network's subnets, known by the name of their group.

    It names no security group: RDS takes the network's own.
    """

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: PostgreSQL of bookers and finance")
        env = environment.name
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=names.booking_secret(env),
            description="User, password and address of the booking database",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template=json.dumps({"username": _MASTER}),
                generate_string_key="password",
                exclude_characters=_NOT_IN_PASSWORDS,
                password_length=32,
            ),
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Rotation needs a function inside the network; the password changes with a deployment.",
        )
        instance = rds.CfnDBInstance(
            self,
            "Database",
            db_instance_identifier=names.booking_instance(env),
            db_instance_class=_INSTANCE_CLASS,
            engine="postgres",
            engine_version=_VERSION,
            auto_minor_version_upgrade=True,
            allocated_storage=str(_STORAGE_GIGABYTES),
            storage_type="gp3",
            storage_encrypted=True,
            db_name=names.BOOKING_DATABASE,
            master_username=_MASTER,
            master_user_password=(
                f"{{{{resolve:secretsmanager:{secret.attr_id}:SecretString:password::}}}}"
            ),
            db_subnet_group_name=names.booking_network(env),
            publicly_accessible=False,
            multi_az=False,
            backup_retention_period=environment.booking_backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=environment.keeps_data,
        )
        kept = cdk.RemovalPolicy.RETAIN if environment.keeps_data else cdk.RemovalPolicy.DESTROY
        secret.apply_removal_policy(kept)
        instance.apply_removal_policy(kept)
        for rule, reason in (
            (
                "AwsSolutions-RDS3",
                "A morning without targets harms nobody; backups bring them back.",
            ),
            ("AwsSolutions-RDS11", "No route leads to the port from outside of its network."),
        ):
            acknowledge(instance, rule, reason)
        if not environment.keeps_data:
            acknowledge(instance, "AwsSolutions-RDS10", "dev can be made anew at any time.")
        secretsmanager.CfnSecretTargetAttachment(
            self,
            "Attachment",
            secret_id=secret.attr_id,
            target_id=instance.ref,
            target_type="AWS::RDS::DBInstance",
        )
        self.secret_arn = secret.attr_id
