"""A notebook instance with the lake and the recommender's library at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sagemaker as sagemaker

from rlm import names
from stacks.acknowledged import acknowledge
from stacks.notebook_role import notebook_role

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from environments import Environment

_PLATFORM = "notebook-al2023-v1"
_VOLUME_GIGABYTES = 20


class ExplorationStack(cdk.Stack):
    """`on_start` is its lifecycle script, `requirements` what its kernel holds beside `library`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        instance_type: str,
        on_start: Path,
        requirements: Path,
        library: Path,
    ) -> None:
        super().__init__(scope, construct_id, description="RLM: notebook instance")
        env = environment.name
        files = {
            "LibraryUrl": assets.Asset(self, "Library", path=str(library)),
            "RequirementsUrl": assets.Asset(self, "Requirements", path=str(requirements)),
        }
        script = on_start.read_text(encoding="utf-8")
        for name, asset in files.items():
            script = script.replace(f"${{{name}}}", asset.s3_object_url)
        lifecycle = sagemaker.CfnNotebookInstanceLifecycleConfig(
            self,
            "Lifecycle",
            notebook_instance_lifecycle_config_name=names.notebook(env),
            on_start=[
                sagemaker.CfnNotebookInstanceLifecycleConfig.NotebookInstanceLifecycleHookProperty(
                    content=cdk.Fn.base64(script)
                )
            ],
        )
        role = notebook_role(self, environment, list(files.values()))
        instance = sagemaker.CfnNotebookInstance(
            self,
            "Notebook",
            notebook_instance_name=names.notebook(env),
            instance_type=instance_type,
            role_arn=role.role_arn,
            lifecycle_config_name=lifecycle.attr_notebook_instance_lifecycle_config_name,
            platform_identifier=_PLATFORM,
            volume_size_in_gb=_VOLUME_GIGABYTES,
            root_access="Disabled",
            direct_internet_access="Enabled",
            instance_metadata_service_configuration=(
                sagemaker.CfnNotebookInstance.InstanceMetadataServiceConfigurationProperty(
                    minimum_instance_metadata_service_version="2"
                )
            ),
        )
        # Its script reads from S3 as soon as it is made.
        instance.node.add_dependency(role.node.find_child("DefaultPolicy"))
        acknowledge(instance, "AwsSolutions-SM1", "Only dev has one, and dev has no network yet.")
        acknowledge(
            instance, "AwsSolutions-SM2", "SageMaker encrypts its volume with a key of its own."
        )
        acknowledge(
            instance, "AwsSolutions-SM3", "Its kernel is installed from the public package index."
        )
