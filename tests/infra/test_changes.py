"""What is read from the CDK's diff, and what of it is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from changes import HOLDS_DATA, DiffError, read_changes, shown

if TYPE_CHECKING:
    from assembly import Assembly

# As the CDK prints it.
DIFF = """\
(node:972) Warning: NodeVersionSupportWarning: The AWS SDK for JavaScript (v3)

Stack rlm-dev-storage (aws://000000000000/us-east-1)
Resources
[~] AWS::S3::Bucket Landing LandingF95672E9 replace
 └─ [~] BucketName (requires replacement)
     ├─ [-] rlm-dev-landing
     └─ [+] rlm-dev-landing2
[~] AWS::S3::Bucket Lake Lake07F0A7D2
 └─ [~] Tags
[~] AWS::S3::BucketPolicy Landing/Policy LandingPolicy45FDC4C6 replace
[+] AWS::S3::Bucket Other Other1A2B3C4D

Stack rlm-dev-serving
Resources
[-] AWS::DynamoDB::Table ArtistsAF1BB04E destroy
[-] AWS::DynamoDB::Table Venues/Resource VenuesAF1BB04E orphan
[~] AWS::RDS::DBInstance Database Database may be replaced


✨  Number of stacks with differences: 2
""".splitlines()


def test_every_resource_is_read_with_its_fate():
    assert [(c.stack, c.resource_type, c.logical_id, c.fate) for c in read_changes(DIFF)] == [
        ("rlm-dev-storage", "AWS::S3::Bucket", "LandingF95672E9", "replace"),
        ("rlm-dev-storage", "AWS::S3::Bucket", "Lake07F0A7D2", ""),
        ("rlm-dev-storage", "AWS::S3::BucketPolicy", "LandingPolicy45FDC4C6", "replace"),
        ("rlm-dev-storage", "AWS::S3::Bucket", "Other1A2B3C4D", ""),
        ("rlm-dev-serving", "AWS::DynamoDB::Table", "ArtistsAF1BB04E", "destroy"),
        ("rlm-dev-serving", "AWS::DynamoDB::Table", "VenuesAF1BB04E", "orphan"),
        ("rlm-dev-serving", "AWS::RDS::DBInstance", "Database", "may be replaced"),
    ]


def test_only_what_holds_data_and_goes_is_asked_about():
    at_stake = [
        change.sentence("its-name") for change in read_changes(DIFF) if change.is_destructive
    ]
    assert at_stake == [
        "rlm-dev-storage: AWS::S3::Bucket its-name is replaced: its objects",
        "rlm-dev-serving: AWS::DynamoDB::Table its-name is deleted: its items",
        "rlm-dev-serving: AWS::DynamoDB::Table its-name is left behind: its items",
        "rlm-dev-serving: AWS::RDS::DBInstance its-name may be replaced: its database",
    ]


def test_a_line_that_nobody_understands_is_no_green_light():
    with pytest.raises(DiffError, match=r"rlm-dev-serving: .* to be recreated"):
        read_changes([*DIFF, "[~] AWS::DynamoDB::Table Events Events1A to be recreated"])
    read_changes(["[~] Description Description: something", '[+] Parameter X X: {"Type":"String"}'])


def test_diff_is_shown_without_what_the_tools_say_of_themselves():
    lines = shown(DIFF)
    assert lines[0].startswith("Stack rlm-dev-storage")
    assert "     └─ [+] rlm-dev-landing2" in lines
    assert not [line for line in lines if "Warning" in line or "✨" in line]
    assert shown(["nothing", "here"]) == []


@pytest.mark.slow
def test_everything_that_is_kept_in_prod_is_asked_about(assemblies):
    """What a stack retains when it is deleted holds data; the list must not forget a kind."""
    prod = assemblies["prod"]
    retained = {
        resource["Type"]
        for stack in prod.stacks
        for resource in prod.template(stack)["Resources"].values()
        if resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate", "Snapshot")
    }
    assert {"AWS::S3::Bucket", "AWS::DynamoDB::Table"} <= retained
    # An old version of a function stays for its alias's sake, and holds nothing.
    assert retained - {"AWS::Lambda::Version"} <= HOLDS_DATA.keys()


# Names that are unique within something else only, or that nobody looks anything up by.
WITHIN = {
    ("AWS::ApiGateway::Method", "OperationName"),
    ("AWS::ApiGateway::Stage", "StageName"),
    ("AWS::CloudWatch::Alarm", "MetricName"),
    ("AWS::IAM::Policy", "PolicyName"),
    ("AWS::Lambda::Alias", "Name"),
    ("AWS::QuickSight::DataSource", "Name"),
    ("AWS::RDS::DBInstance", "DBName"),
    ("AWS::RDS::DBInstance", "MasterUsername"),
    ("AWS::SNS::Topic", "DisplayName"),
    ("AWS::SageMaker::NotebookInstance", "PlatformIdentifier"),
}


@pytest.mark.slow
def test_two_environments_share_no_physical_name(assemblies):
    """Both stand in one account: here also what no local AWS can show it for."""
    named = {env: physical_names(assembly) for env, assembly in assemblies.items()}
    for env, found in named.items():
        assert [one for one in found if env not in one[-1]] == []
        assert {one[0] for one in found} >= {"AWS::MWAA::Environment", "AWS::EC2::SecurityGroup"}
    assert len(named["dev"]) > 100
    assert named["dev"] & named["prod"] == set()


def physical_names(assembly: Assembly) -> set[tuple[str, str, str]]:
    """(type, property, value) of what a template calls its resources."""
    return {
        (resource["Type"], key, value)
        for stack in assembly.stacks
        for resource in assembly.template(stack)["Resources"].values()
        for key, value in resource.get("Properties", {}).items()
        if key.endswith(("Name", "Identifier"))
        and isinstance(value, str)
        and (resource["Type"], key) not in WITHIN
    }
