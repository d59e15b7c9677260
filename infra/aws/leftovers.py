"""What an environment has beside its stacks, and what is in them: deleted before they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from rlm import names
from rlm.aws.quicksight_calls import MissingError
from rlm.quicksight.deployment.resources import ENVIRONMENT_TAG, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlm.aws.quicksight import QuickSight

    Say = Callable[[str], None]

# What is used goes after what uses it.
_KINDS: Final = (Kind.FOLDER, Kind.DASHBOARD, Kind.DATA_SET, Kind.THEME, Kind.DATA_SOURCE)
_POLL_SECONDS: Final = 1.0


def delete_dashboards(env: str, quicksight: QuickSight, say: Say) -> None:
    """All that `rlm dashboards` made in QuickSight: it carries the environment as a tag."""
    for kind in _KINDS:
        try:
            found = list(quicksight.found(kind))
        except MissingError:
            say("the account has no QuickSight")
            return
        ours = [
            resource_id
            for resource_id, arn in found
            if resource_id.startswith(names.quicksight_prefix(env))
            and quicksight.tags(arn).get(ENVIRONMENT_TAG) == env
        ]
        for resource_id in ours:
            quicksight.delete(kind, resource_id)
        if ours:
            say(f"deleted in QuickSight: {', '.join(ours)}")


def delete_endpoint(env: str, sagemaker: Any, say: Say) -> None:
    """The endpoint, and the configurations and models of every rollout."""
    name = names.endpoint(env)
    if _is_there(sagemaker, name):
        sagemaker.delete_endpoint(EndpointName=name)
        while _is_there(sagemaker, name):
            time.sleep(_POLL_SECONDS)
        say(f"deleted the endpoint {name}")
    # The name of each is the endpoint's and a time.
    named = {"NameContains": f"{name}-"}
    for one in list(_pages(sagemaker, "list_endpoint_configs", "EndpointConfigs", **named)):
        sagemaker.delete_endpoint_config(EndpointConfigName=one["EndpointConfigName"])
    for one in list(_pages(sagemaker, "list_models", "Models", **named)):
        sagemaker.delete_model(ModelName=one["ModelName"])


def empty_registries(env: str, ecr: Any, sagemaker: Any, say: Say) -> None:
    """Images, and packages of models."""
    group = names.model_package_group(env)
    try:
        packages = list(
            _pages(
                sagemaker,
                "list_model_packages",
                "ModelPackageSummaryList",
                ModelPackageGroupName=group,
            )
        )
    except ClientError as error:
        # There is no group, or one that never had a package.
        if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
            raise
        packages = []
    for package in packages:
        sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    repository = names.recommender_image(env)
    try:
        images = list(_pages(ecr, "list_images", "imageIds", repositoryName=repository))
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryNotFoundException":
            raise
        images = []
    for start in range(0, len(images), 100):
        ecr.batch_delete_image(repositoryName=repository, imageIds=images[start : start + 100])
    say(f"deleted {len(packages)} packages of models and {len(images)} tags of images")


def empty_buckets(env: str, s3: Any, say: Say) -> None:
    """Every version of every object; the bucket of access logs last, since deleting is logged."""
    for purpose in names.BUCKETS:
        bucket = names.bucket(env, purpose)
        deleted = 0
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
                if objects:
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
                    deleted += len(objects)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
            continue
        say(f"emptied {bucket}: {deleted} versions")


def _is_there(sagemaker: Any, endpoint: str) -> bool:
    try:
        sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return False
    return True


def _pages(client: Any, operation: str, key: str, **request: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**request):
        yield from page.get(key, ())
