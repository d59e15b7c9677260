"""What the recommender is made with, and what it may touch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from rights import arn, listed
from templates import environment, resources

from environments import ENVIRONMENTS
from rlm import names

if TYPE_CHECKING:
    from templates import Resource

    from assembly import Assembly

pytestmark = pytest.mark.slow  # synthesis starts Node


def of_the_role(assembly: Assembly) -> list[Resource]:
    env = environment(assembly)
    made = list(assembly.template(names.stack(env, "recommender"))["Resources"].values())
    (role,) = (one["Properties"] for one in made if one["Type"] == "AWS::IAM::Role")
    assert role["RoleName"] == names.sagemaker_role(env)
    (policy,) = (one["Properties"] for one in made if one["Type"] == "AWS::IAM::Policy")
    found: list[Resource] = policy["PolicyDocument"]["Statement"]
    assert found
    return found


def folders(assembly: Assembly, action: str) -> set[str]:
    """The lake's folders in which the role may do something with objects."""
    lake = names.bucket(environment(assembly), "lake")
    return {
        folder
        for statement in of_the_role(assembly)
        if action in statement["Action"]
        for folder in re.findall(rf":::{lake}/([\w-]+)/\*", json.dumps(statement["Resource"]))
    }


def test_image_is_scanned_and_old_ones_go(assembly):
    ((_, repository),) = resources(assembly, "AWS::ECR::Repository")
    assert repository["RepositoryName"] == names.recommender_image(environment(assembly))
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    policy = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])
    assert [rule["selection"]["tagStatus"] for rule in policy["rules"]] == ["untagged", "any"]


def test_role_reads_training_and_writes_what_training_and_serving_make(assembly):
    assert folders(assembly, "s3:PutObject") == {
        "endpoint-capture",
        "models",
        "monitoring",
        "recommendations",
    }
    assert folders(assembly, "s3:GetObject") == {
        "endpoint-capture",
        "models",
        "monitoring",
        "recommendations",
        "training",
    }
    assert folders(assembly, "s3:DeleteObject") == set()


def test_role_sees_no_other_bucket_and_no_other_image(assembly):
    lake = names.bucket(environment(assembly), "lake")
    seen = set()
    for statement in of_the_role(assembly):
        text = json.dumps(statement["Resource"])
        seen |= set(re.findall(r"s3:::([\w-]+)", text))
        if "ecr:BatchGetImage" in statement["Action"]:
            assert statement["Resource"]["Fn::GetAtt"][0].startswith("Image")
            seen.add("image")
    assert seen == {lake, "image"}


def test_role_lists_only_its_folders(assembly):
    (listing,) = (s for s in of_the_role(assembly) if "s3:ListBucket" in s["Action"])
    assert sorted(listing["Condition"]["StringLike"]["s3:prefix"]) == [
        "endpoint-capture/*",
        "models/*",
        "monitoring/*",
        "recommendations/*",
        "training/*",
    ]


def test_role_may_not_change_what_is_deployed(assembly):
    actions = {
        action
        for statement in of_the_role(assembly)
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    assert actions
    assert {action.partition(":")[0] for action in actions} == {"cloudwatch", "ecr", "logs", "s3"}
    assert not [action for action in actions if "Delete" in action]


def test_role_reads_the_alarms_that_take_a_rollout_back(assembly):
    env = environment(assembly)
    (reading,) = (s for s in of_the_role(assembly) if "cloudwatch:DescribeAlarms" in s["Action"])
    assert [arn(one).rpartition(":alarm:")[2] for one in listed(reading["Resource"])] == [
        names.endpoint_alarm(env, alarm) for alarm in names.ENDPOINT_ALARMS
    ]


def test_rollout_has_an_alarm_for_errors_and_one_for_latency(assembly):
    env = environment(assembly)
    alarms = {
        alarm["AlarmName"]: alarm
        for _, alarm in resources(assembly, "AWS::CloudWatch::Alarm")
        if alarm["AlarmName"] in {names.endpoint_alarm(env, one) for one in names.ENDPOINT_ALARMS}
    }
    assert len(alarms) == len(names.ENDPOINT_ALARMS)
    for alarm in alarms.values():
        assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {
            "EndpointName": names.endpoint(env),
            "VariantName": names.ENDPOINT_VARIANT,
        }
        assert (alarm["Namespace"], alarm["Period"]) == ("AWS/SageMaker", 60)
        # Nobody asks at night: that is no reason to roll back.
        assert alarm["TreatMissingData"] == "notBreaching"
    errors, latency = (alarms[names.endpoint_alarm(env, m)] for m in ("5xx", "latency"))
    assert (errors["MetricName"], errors["Statistic"]) == ("Invocation5XXErrors", "Average")
    assert errors["Threshold"] == 0.01
    assert (latency["MetricName"], latency["ExtendedStatistic"]) == ("ModelLatency", "p99")
    # SageMaker counts microseconds.
    milliseconds = ENVIRONMENTS[env].endpoint_latency_p99_milliseconds
    assert latency["Threshold"] == milliseconds * 1000


def test_models_are_registered_in_one_group(assembly):
    ((_, group),) = resources(assembly, "AWS::SageMaker::ModelPackageGroup")
    assert group["ModelPackageGroupName"] == names.model_package_group(environment(assembly))


def test_prod_keeps_images_and_the_registry_when_the_stack_is_deleted(assemblies):
    kept = {
        env: {
            resource["DeletionPolicy"]
            for resource in assembly.template(f"rlm-{env}-recommender")["Resources"].values()
            if resource["Type"] in ("AWS::ECR::Repository", "AWS::SageMaker::ModelPackageGroup")
        }
        for env, assembly in assemblies.items()
    }
    assert kept == {"dev": {"Delete"}, "prod": {"Retain"}}
