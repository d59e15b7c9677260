"""CloudFormation whose green means something.

ministack runs stacks; here the types that it makes in part or not at all are made by calling
their own services, and a property that nothing read fails its resource instead of vanishing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.cloudformation import rds, serverless
from localaws.cloudformation.apigateway import RequestValidators, RestApis, method_completion
from localaws.cloudformation.athena import DataCatalogs, WorkGroups
from localaws.cloudformation.buckets import bucket_completion
from localaws.cloudformation.glue import Crawlers, Jobs, own_catalog
from localaws.cloudformation.monitoring import serve_monitoring
from localaws.cloudformation.providers import Completed, Named
from localaws.cloudformation.quicksight import serve_quicksight
from localaws.cloudformation.repositories import read_what_deletion_reads
from localaws.cloudformation.sagemaker import serve_sagemaker
from localaws.cloudformation.scaling import ScalableTargets, ScalingPolicies
from localaws.cloudformation.services import Services
from localaws.cloudformation.tables import table_completion
from localaws.cloudformation.unread import refuse_unread_properties
from localaws.connectors import Connectors
from localaws.ministack_cloudformation_seam import CloudFormation
from localaws.ministack_encryption_seam import fall_back_to_the_managed_key

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve our resource types, and watch all others."""
    fall_back_to_the_managed_key()
    engine = CloudFormation()
    services = Services(host.call, engine.scope)
    engine.serve(
        "AWS::S3::Bucket",
        Completed(engine.provider("AWS::S3::Bucket"), bucket_completion(services)),
        replaced_with=("BucketName",),
        blocking=True,
    )
    engine.serve(
        "AWS::DynamoDB::Table",
        Completed(engine.provider("AWS::DynamoDB::Table"), table_completion(services)),
        replaced_with=("TableName",),
        blocking=True,
    )
    for catalog_type in ("AWS::Glue::Database", "AWS::Glue::Table", "AWS::Glue::Partition"):
        engine.serve(
            catalog_type,
            Completed(engine.provider(catalog_type), check=own_catalog(services)),
            replaced_with=("CatalogId",),
        )
    engine.serve(
        "AWS::Glue::Job",
        Named(Jobs(services), engine.generated_name),
        replaced_with=("Name",),
        blocking=True,
    )
    engine.serve(
        "AWS::Glue::Crawler",
        Named(Crawlers(services), engine.generated_name),
        replaced_with=("Name",),
        blocking=True,
    )
    engine.serve(
        "AWS::Athena::WorkGroup",
        Named(WorkGroups(services), engine.generated_name),
        replaced_with=("Name",),
        blocking=True,
    )
    engine.serve(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        ScalableTargets(services),
        replaced_with=("ResourceId", "ScalableDimension", "ServiceNamespace"),
        blocking=True,
    )
    engine.serve(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        ScalingPolicies(services),
        replaced_with=(
            "PolicyName",
            "ResourceId",
            "ScalableDimension",
            "ScalingTargetId",
            "ServiceNamespace",
        ),
        blocking=True,
    )
    engine.serve(
        "AWS::ApiGateway::RestApi",
        RestApis(engine.provider("AWS::ApiGateway::RestApi")),
        replaced_with=(),
    )
    engine.serve(
        "AWS::ApiGateway::RequestValidator",
        RequestValidators(services),
        replaced_with=("Name", "RestApiId"),
        blocking=True,
    )
    engine.serve(
        "AWS::ApiGateway::Method",
        Completed(engine.provider("AWS::ApiGateway::Method"), method_completion(services)),
        replaced_with=("HttpMethod", "ResourceId", "RestApiId"),
        blocking=True,
    )
    engine.serve(
        "AWS::ECR::Repository",
        Completed(engine.provider("AWS::ECR::Repository"), check=read_what_deletion_reads),
        replaced_with=("RepositoryName", "EncryptionConfiguration"),
    )
    engine.serve(
        "AWS::Athena::DataCatalog",
        Named(DataCatalogs(services), engine.generated_name),
        replaced_with=("Name",),
        blocking=True,
    )
    engine.serve(
        serverless.TYPE,
        serverless.Applications(services, Connectors(host.store)),
        replaced_with=(),
    )
    engine.serve_untransformed(frozenset({serverless.TYPE}))
    engine.serve(
        rds.TYPE,
        rds.DBInstances(services, engine.generated_name),
        replaced_with=rds.REPLACED_WITH,
        blocking=True,
    )
    engine.serve(
        rds.ATTACHMENT,
        rds.SecretTargetAttachments(services),
        replaced_with=("SecretId", "TargetId", "TargetType"),
        blocking=True,
    )
    serve_sagemaker(engine, services)
    serve_quicksight(engine, services)
    serve_monitoring(engine, services)
    engine.watch(refuse_unread_properties)
