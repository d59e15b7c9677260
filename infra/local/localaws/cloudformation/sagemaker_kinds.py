"""SageMaker's resource types as tables: which properties each has, and which can change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One resource type: its name's property, its operations, and what it answers."""

    type: str
    noun: str  # Create<noun>, Describe<noun>, Delete<noun>
    name: str
    properties: frozenset[str]
    arn: str

    changeable: frozenset[str] = frozenset({"Tags"})

    @property
    def replaced_with(self) -> tuple[str, ...]:
        """The properties that, changed, make it another resource."""
        return tuple(sorted(self.properties - self.changeable))


MODELS = Kind(
    "AWS::SageMaker::Model",
    "Model",
    "ModelName",
    frozenset(
        {
            "ModelName",
            "Containers",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "PrimaryContainer",
            "Tags",
            "VpcConfig",
        }
    ),
    "ModelArn",
)
ENDPOINT_CONFIGS = Kind(
    "AWS::SageMaker::EndpointConfig",
    "EndpointConfig",
    "EndpointConfigName",
    frozenset(
        {
            "EndpointConfigName",
            "DataCaptureConfig",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "KmsKeyId",
            "ProductionVariants",
            "Tags",
            "VpcConfig",
        }
    ),
    "EndpointConfigArn",
)
MODEL_PACKAGE_GROUPS = Kind(
    "AWS::SageMaker::ModelPackageGroup",
    "ModelPackageGroup",
    "ModelPackageGroupName",
    frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription", "Tags"}),
    "ModelPackageGroupArn",
)
ENDPOINTS = Kind(
    "AWS::SageMaker::Endpoint",
    "Endpoint",
    "EndpointName",
    frozenset(
        {
            "EndpointName",
            "EndpointConfigName",
            "DeploymentConfig",
            "ExcludeRetainedVariantProperties",
            "RetainAllVariantProperties",
            "RetainDeploymentConfig",
            "Tags",
        }
    ),
    "EndpointArn",
    changeable=frozenset(
        {
            "EndpointConfigName",
            "DeploymentConfig",
            "ExcludeRetainedVariantProperties",
            "RetainAllVariantProperties",
            "RetainDeploymentConfig",
            "Tags",
        }
    ),
)
NOTEBOOK_INSTANCES = Kind(
    "AWS::SageMaker::NotebookInstance",
    "NotebookInstance",
    "NotebookInstanceName",
    frozenset(
        {
            "NotebookInstanceName",
            "DirectInternetAccess",
            "InstanceMetadataServiceConfiguration",
            "InstanceType",
            "KmsKeyId",
            "LifecycleConfigName",
            "PlatformIdentifier",
            "RoleArn",
            "RootAccess",
            "SecurityGroupIds",
            "SubnetId",
            "Tags",
            "VolumeSizeInGB",
        }
    ),
    "NotebookInstanceArn",
    changeable=frozenset(
        {
            "InstanceMetadataServiceConfiguration",
            "InstanceType",
            "LifecycleConfigName",
            "RoleArn",
            "RootAccess",
            "Tags",
            "VolumeSizeInGB",
        }
    ),
)
LIFECYCLE_CONFIGS = Kind(
    "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    "NotebookInstanceLifecycleConfig",
    "NotebookInstanceLifecycleConfigName",
    frozenset({"NotebookInstanceLifecycleConfigName", "OnCreate", "OnStart", "Tags"}),
    "NotebookInstanceLifecycleConfigArn",
    changeable=frozenset({"OnCreate", "OnStart", "Tags"}),
)
