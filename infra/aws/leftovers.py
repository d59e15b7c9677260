"""What an environment has beside its stacks, and what is in them: deleted before they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from rlm import names
from rlm.aws.quicksight_calls import MissingError
from rlm.quicksight.deployment.resources import Kind, owner_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlm.aws.quicksight import QuickSight

    Say = Callable[[str], None]

# What is used goes after what uses it.
_KINDS: Final = (Kind.FOLDER, Kind.DASHBOARD, Kind.DATA_SET, Kind.THEME, Kind.DATA_SOURCE)
_POLL_SECONDS: Final = 1.0
# SageMaker deletes no endpoint meanwhile. A rollout with its canary takes half an hour, and a way
# back as long.
_BUSY: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
_PATIENCE_SECONDS: Final = 2 * 3600.0


class LeftoverError(Exception):
    """Something could not be deleted; the message says what and why."""


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
            and owner_tags(env).items() <= quicksight.tags(arn).items()
        ]
        for resource_id in ours:
            quicksight.delete(kind, resource_id)
        if ours:
            say(f"deleted in QuickSight: {', '.join(ours)}")


def delete_endpoint(env: str, sagemaker: Any, say: Say) -> None:
    """The endpoint, and the configurations and models of every rollout."""
    name = names.endpoint(env)
    if status := _endpoint_status(sagemaker, name):
        if status in _BUSY:
            say(f"the endpoint {name} is {status}, and can be deleted when that is over")
        if _wait_while(sagemaker, name, lambda now: now in _BUSY) not in (None, "Deleting"):
            sagemaker.delete_endpoint(EndpointName=name)
        _wait_while(sagemaker, name, lambda now: now is not None)
        say(f"deleted the endpoint {name}")
    # The name of each is the endpoint's and a time. SageMaker finds it in the middle too.
    named = {"NameContains": f"{name}-"}
    configs = list(_pages(sagemaker, "list_endpoint_configs", "EndpointConfigs", **named))
    models = list(_pages(sagemaker, "list_models", "Models", **named))
    for config in (one["EndpointConfigName"] for one in configs):
        if config.startswith(f"{name}-"):
            sagemaker.delete_endpoint_config(EndpointConfigName=config)
    for model in (one["ModelName"] for one in models):
        if model.startswith(f"{name}-"):
            sagemaker.delete_model(ModelName=model)


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
        answer = ecr.batch_delete_image(
            repositoryName=repository, imageIds=images[start : start + 100]
        )
        if failures := answer.get("failures"):
            raise LeftoverError(f"{repository}: an image is not deleted: {failures[0]}")
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
                    answer = s3.delete_objects(
                        Bucket=bucket, Delete={"Objects": objects, "Quiet": True}
                    )
                    if errors := answer.get("Errors"):
                        raise LeftoverError(f"{bucket}: an object is not deleted: {errors[0]}")
                    deleted += len(objects)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
            continue
        say(f"emptied {bucket}: {deleted} versions")


def is_there(sagemaker: Any, endpoint: str) -> bool:
    """Whether SageMaker has this endpoint, in whatever state."""
    return _endpoint_status(sagemaker, endpoint) is not None


def _endpoint_status(sagemaker: Any, endpoint: str) -> str | None:
    """None where there is none."""
    try:
        return str(sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"])
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None


def _wait_while(sagemaker: Any, endpoint: str, is_so: Callable[[str | None], bool]) -> str | None:
    """The endpoint's status when it is so no longer."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while is_so(status := _endpoint_status(sagemaker, endpoint)):
        if time.monotonic() > give_up_at:
            raise LeftoverError(
                f"the endpoint {endpoint} is {status} after {_PATIENCE_SECONDS / 3600:.0f} h"
            )
        time.sleep(_POLL_SECONDS)
    return status


def _pages(client: Any, operation: str, key: str, **request: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**request):
        yield from page.get(key, ())
