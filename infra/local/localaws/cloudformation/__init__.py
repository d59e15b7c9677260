"""CloudFormation whose green means something.

ministack runs stacks; here the types that it makes in part or not at all are made by calling
their own services, and a property that nothing read fails its resource instead of vanishing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.cloudformation.buckets import Buckets
from localaws.cloudformation.glue import Crawlers, Jobs, OwnCatalog
from localaws.cloudformation.scaling import ScalableTargets, ScalingPolicies
from localaws.cloudformation.services import Services
from localaws.cloudformation.tables import Tables
from localaws.cloudformation.unread import refuse_unread_properties
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
        Buckets(engine.provider("AWS::S3::Bucket"), services),
        replaced_with=("BucketName",),
        blocking=True,
    )
    engine.serve(
        "AWS::DynamoDB::Table",
        Tables(engine.provider("AWS::DynamoDB::Table"), services),
        replaced_with=("TableName",),
        blocking=True,
    )
    for catalog_type in ("AWS::Glue::Database", "AWS::Glue::Table", "AWS::Glue::Partition"):
        engine.serve(
            catalog_type,
            OwnCatalog(engine.provider(catalog_type), services),
            replaced_with=("CatalogId",),
        )
    engine.serve(
        "AWS::Glue::Job",
        Jobs(services, engine.generated_name),
        replaced_with=("Name",),
        blocking=True,
    )
    engine.serve(
        "AWS::Glue::Crawler",
        Crawlers(services, engine.generated_name),
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
    engine.watch(refuse_unread_properties)
