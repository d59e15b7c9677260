"""Nothing is open to whoever asks, and nothing lies in the clear; in dev and in prod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from templates import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assembly import Assembly

pytestmark = pytest.mark.slow  # synthesis starts Node

# How each kind that holds data at rest says that it is encrypted, and with whose key
# (docs/decisions/encryption-keys.md).
ENCRYPTED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "AWS::S3::Bucket": lambda made: (
        [
            rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
            for rule in made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        == ["AES256"]
    ),
    "AWS::DynamoDB::Table": lambda made: made["SSESpecification"] == {"SSEEnabled": True},
    "AWS::RDS::DBInstance": lambda made: made["StorageEncrypted"] is True,
    "AWS::SNS::Topic": lambda made: "Fn::GetAtt" in made["KmsMasterKeyId"],
    "AWS::Athena::WorkGroup": lambda made: (
        made["WorkGroupConfiguration"]["EnforceWorkGroupConfiguration"] is True
        and made["WorkGroupConfiguration"]["ResultConfiguration"]["EncryptionConfiguration"]
        == {"EncryptionOption": "SSE_S3"}
    ),
    # Its own key, or that of the service where none is named: never none.
    "AWS::ECR::Repository": lambda made: (
        made.get("EncryptionConfiguration", {"EncryptionType": "AES256"})["EncryptionType"]
        in ("AES256", "KMS")
    ),
    "AWS::Logs::LogGroup": lambda made: "RetentionInDays" in made,
    "AWS::SecretsManager::Secret": lambda made: "SecretString" not in made,
    "AWS::KMS::Key": lambda made: made["EnableKeyRotation"] is True,
}
# What may be open in a policy of a resource, by what narrows it.
_NARROWING = {"aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_what_lies_anywhere_is_encrypted(assembly: Assembly, kind: str) -> None:
    for logical_id, made in resources(assembly, kind):
        assert ENCRYPTED[kind](made), logical_id


def _policies(assembly: Assembly) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(kind, logical id, statement) of every policy that stands at a resource."""
    for stack in assembly.stacks:
        for logical_id, resource in assembly.template(stack)["Resources"].items():
            made, kind = resource.get("Properties", {}), resource["Type"]
            for name in ("PolicyDocument", "KeyPolicy", "ResourcePolicy", "RepositoryPolicyText"):
                if kind not in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") and name in made:
                    for statement in made[name]["Statement"]:
                        yield kind, logical_id, statement


def test_no_resource_lets_in_whoever_asks(assembly: Assembly) -> None:
    """A service is let in for this account only; people and programs by their roles alone."""
    kinds = set()
    for kind, logical_id, statement in _policies(assembly):
        kinds.add(kind)
        if statement["Effect"] == "Deny":
            continue
        principal = statement["Principal"]
        assert principal not in ("*", {"AWS": "*"}), logical_id
        if "Service" in principal and kind != "AWS::KMS::Key":
            conditions = (statement.get("Condition") or {}).values()
            named = {key for condition in conditions for key in condition}
            assert named & _NARROWING, f"{logical_id}: {statement.get('Sid')}"
    assert kinds >= {"AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"}


def test_topics_refuse_messages_without_tls(assembly: Assembly) -> None:
    for logical_id, policy in resources(assembly, "AWS::SNS::TopicPolicy"):
        refused = [
            statement["Action"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert refused == ["sns:Publish"], logical_id


def test_functions_are_called_by_this_accounts_gateway_alone(assembly: Assembly) -> None:
    for logical_id, permission in resources(assembly, "AWS::Lambda::Permission"):
        assert permission["Principal"] == "apigateway.amazonaws.com", logical_id
        assert {"Ref": "AWS::AccountId"} in permission["SourceArn"]["Fn::Join"][1], logical_id


def test_every_route_that_answers_with_data_wants_a_key(assembly: Assembly) -> None:
    keyed = 0
    for logical_id, method in resources(assembly, "AWS::ApiGateway::Method"):
        if method["Integration"]["Type"] == "MOCK":
            continue
        assert method["ApiKeyRequired"] is True, logical_id
        keyed += 1
    assert keyed == 3


def test_the_booking_database_is_reached_from_its_network_only(assembly: Assembly) -> None:
    for logical_id, database in resources(assembly, "AWS::RDS::DBInstance"):
        assert database["PubliclyAccessible"] is False, logical_id
        assert "{{resolve:secretsmanager:" in str(database["MasterUserPassword"]), logical_id
    for stack in assembly.stacks:
        for logical_id, resource in assembly.template(stack)["Resources"].items():
            for rule in resource.get("Properties", {}).get("SecurityGroupIngress", ()):
                open_to = rule.get("CidrIp"), rule.get("CidrIpv6")
                assert not {"0.0.0.0/0", "::/0"} & set(open_to), logical_id
