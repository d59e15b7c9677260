"""What an environment has beside its stacks, made as its DAGs and dashboards make it."""

from __future__ import annotations

import json
from typing import Any

from rlm import names
from rlm.quicksight.deployment.resources import owner_tags

ROLE = "arn:aws:iam::000000000000:role/somebody"
DATA = "s3://somewhere/model.tar.gz"


def make_beside(target: Any, account: str, env: str) -> None:
    """A model, its configuration, its package, its image, a theme and a folder of dashboards."""
    ecr, quicksight, sagemaker = map(target.client, ("ecr", "quicksight", "sagemaker"))
    repository = names.recommender_image(env)
    ecr.put_image(
        repositoryName=repository, imageManifest=json.dumps({"made for": env}), imageTag="current"
    )
    container = {"Image": image(target, account, env), "ModelDataUrl": DATA}
    sagemaker.create_model_package(
        ModelPackageGroupName=names.model_package_group(env),
        ModelApprovalStatus="Rejected",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )
    make_model(target, account, env, f"{names.endpoint(env)}-20260601-050000")
    tags = [{"Key": key, "Value": value} for key, value in owner_tags(env).items()]
    name = f"{names.quicksight_prefix(env)}tried"
    quicksight.create_theme(
        AwsAccountId=account,
        ThemeId=name,
        Name=name,
        BaseThemeId="CLASSIC",
        Configuration={},
        Tags=tags,
    )
    quicksight.create_folder(
        AwsAccountId=account, FolderId=name, Name=name, FolderType="SHARED", Tags=tags
    )


def make_model(target: Any, account: str, env: str, name: str) -> None:
    """A model of the environment's image, and a configuration of an endpoint for it."""
    sagemaker = target.client("sagemaker")
    container = {"Image": image(target, account, env), "ModelDataUrl": DATA}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": names.ENDPOINT_VARIANT, "ModelName": name}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**variant, "InitialInstanceCount": 1, "InstanceType": "ml.t2.large"}],
    )


def image(target: Any, account: str, env: str) -> str:
    registry = f"{account}.dkr.ecr.{target.region}.amazonaws.com"
    return f"{registry}/{names.recommender_image(env)}:current"


def beside(target: Any, account: str) -> set[str]:
    """All that there is beside stacks, of everybody: `model rlm-dev-recommender-...`."""
    ecr, quicksight, sagemaker = map(target.client, ("ecr", "quicksight", "sagemaker"))
    configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    found = {f"config {one['EndpointConfigName']}" for one in configs}
    found |= {f"model {one['ModelName']}" for one in sagemaker.list_models()["Models"]}
    for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        group_name = group["ModelPackageGroupName"]
        packages = sagemaker.list_model_packages(ModelPackageGroupName=group_name)
        if packages["ModelPackageSummaryList"]:
            found.add(f"package {group_name}")
    for repository in ecr.describe_repositories()["repositories"]:
        if ecr.list_images(repositoryName=repository["repositoryName"])["imageIds"]:
            found.add(f"image {repository['repositoryName']}")
    themes = quicksight.list_themes(AwsAccountId=account, Type="CUSTOM")["ThemeSummaryList"]
    folders = quicksight.list_folders(AwsAccountId=account)["FolderSummaryList"]
    found |= {f"theme {one['ThemeId']}" for one in themes}
    return found | {f"folder {one['FolderId']}" for one in folders}
