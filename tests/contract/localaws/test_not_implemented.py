"""What nobody serves is an error in the caller's protocol that names service and operation."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

# One operation a protocol: JSON 1.1, JSON 1.0, query, REST XML, CBOR, REST JSON.
UNSERVED = [
    ("glue", "glue", "list_blueprints", {}, "ListBlueprints"),
    ("dynamodb", "dynamodb", "list_global_tables", {}, "ListGlobalTables"),
    ("iam", "iam", "list_ssh_public_keys", {}, "ListSSHPublicKeys"),
    ("cloudwatch", "monitoring", "list_metric_streams", {}, "ListMetricStreams"),
    ("logs", "logs", "list_anomalies", {}, "ListAnomalies"),
    ("athena", "athena", "list_notebook_metadata", {"WorkGroup": "w"}, "ListNotebookMetadata"),
    ("glue", "glue", "start_trigger", {"Name": "hollow"}, "StartTrigger"),
    ("glue", "glue", "start_workflow_run", {"Name": "hollow"}, "StartWorkflowRun"),
]


@pytest.mark.parametrize(
    ("client", "service", "method", "parameters", "operation"),
    UNSERVED,
    ids=[f"{row[1]}:{row[4]}" for row in UNSERVED],
)
def test_unserved_operation_is_named(gateway, client, service, method, parameters, operation):
    """AWS would serve these; an honest gap is better than a success that did nothing."""
    with pytest.raises(ClientError) as refused:
        getattr(gateway.client(client), method)(**parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == "NotImplementedException"
    assert f"{service}:{operation}" in error["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_service_that_is_not_here_is_named(gateway):
    """AWS would serve it; the local AWS must not take its request for one to S3."""
    with pytest.raises(ClientError) as refused:
        gateway.client("redshift").describe_clusters()
    assert "redshift:DescribeClusters" in refused.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as refused:
        gateway.client("comprehend").list_entity_recognizers()
    assert "comprehend:ListEntityRecognizers" in refused.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as refused:
        gateway.client("mediaconvert").list_jobs()
    assert "mediaconvert" in refused.value.response["Error"]["Message"]


class TestS3Subresources:
    """ministack takes an unknown subresource for the plain request; these must not do harm."""

    @pytest.fixture
    def s3(self, gateway):
        client = gateway.client("s3")
        client.create_bucket(Bucket="subresources")
        client.put_object(Bucket="subresources", Key="a", Body=b"precious")
        yield client
        client.delete_object(Bucket="subresources", Key="a")
        client.delete_bucket(Bucket="subresources")

    def test_deleting_a_configuration_does_not_delete_the_bucket(self, s3):
        """AWS: 204, and the bucket stays."""
        with pytest.raises(ClientError, match="s3:DeleteBucketAnalyticsConfiguration"):
            s3.delete_bucket_analytics_configuration(Bucket="subresources", Id="x")
        s3.head_bucket(Bucket="subresources")

    def test_renaming_does_not_empty_the_object(self, s3):
        """AWS: only directory buckets rename."""
        with pytest.raises(ClientError, match="s3:RenameObject"):
            s3.rename_object(Bucket="subresources", Key="a", RenameSource="subresources/b")
        assert s3.get_object(Bucket="subresources", Key="a")["Body"].read() == b"precious"

    def test_inventory_configuration_is_refused(self, s3):
        """AWS would keep it and write inventories."""
        with pytest.raises(ClientError, match="s3:ListBucketInventoryConfigurations"):
            s3.list_bucket_inventory_configurations(Bucket="subresources")

    def test_presigned_requests_are_served(self, gateway, s3):
        """AWS: a presigned URL reads the object without other credentials."""
        address = s3.generate_presigned_url(
            "get_object", Params={"Bucket": "subresources", "Key": "a"}
        )
        status, body = gateway.get(address.removeprefix(gateway.endpoint_url))
        assert (status, body) == (200, b"precious")


def test_errors_of_served_operations_are_aws_own(gateway):
    """AWS: EntityNotFoundException, not a gap of ours."""
    with pytest.raises(ClientError) as missing:
        gateway.client("glue").get_table(DatabaseName="no", Name="no")
    assert missing.value.response["Error"]["Code"] == "EntityNotFoundException"


def test_other_regions_are_served(gateway):
    """AWS: the same operations in every region."""
    elsewhere = boto3.client(
        "glue",
        endpoint_url=gateway.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert elsewhere.get_databases()["DatabaseList"] == []
