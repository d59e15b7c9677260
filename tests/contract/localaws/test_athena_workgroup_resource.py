"""AWS::Athena::WorkGroup: what a template says is what GetWorkGroup shows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ARN = "arn:aws:athena:us-east-1:000000000000:workgroup/of-a-stack"
FULL = {
    "Description": "every query",
    "WorkGroupConfiguration": {
        "EnforceWorkGroupConfiguration": "true",
        "BytesScannedCutoffPerQuery": "10000000",
        "ResultConfiguration": {
            "OutputLocation": "s3://somewhere/results/",
            "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        },
    },
}


class ByClient:
    """The provider's services, through boto3 instead of from inside of the gateway."""

    def __init__(self, athena: Any) -> None:
        self._athena = athena

    def __call__(self, service: str, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        from localaws.errors import AwsError

        assert service == "athena"
        try:
            answer: dict[str, Any] = getattr(self._athena, xform_name(operation))(**payload)
        except ClientError as error:
            found = error.response["Error"]
            raise AwsError(found["Code"], found["Message"]) from error
        return answer

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:us-east-1:000000000000:{resource}"


def test_workgroup_follows_its_template(gateway: Any) -> None:
    from localaws.cloudformation.athena import WorkGroups

    athena = gateway.client("athena")
    provider = WorkGroups(ByClient(athena))  # type: ignore[arg-type]
    provider.create("of-a-stack", FULL, {"team": "music"})
    made = athena.get_work_group(WorkGroup="of-a-stack")["WorkGroup"]
    assert made["Description"] == "every query"
    assert made["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000
    assert made["Configuration"]["ResultConfiguration"] == {
        "OutputLocation": "s3://somewhere/results/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    assert athena.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "team", "Value": "music"}
    ]

    provider.update("of-a-stack", FULL, {"State": "DISABLED"})
    provider.change_tags("of-a-stack", ["team"], {"stage": "dev"})
    changed = athena.get_work_group(WorkGroup="of-a-stack")["WorkGroup"]
    assert changed["State"] == "DISABLED"
    assert changed["Configuration"]["ResultConfiguration"] == {}
    assert "BytesScannedCutoffPerQuery" not in changed["Configuration"]
    assert athena.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "stage", "Value": "dev"}
    ]

    provider.delete("of-a-stack", {})
    provider.delete("of-a-stack", {})
    with pytest.raises(ClientError, match="is not found"):
        athena.get_work_group(WorkGroup="of-a-stack")


def test_property_that_would_be_dropped_is_refused(gateway: Any) -> None:
    from localaws.cloudformation.athena import WorkGroups
    from localaws.cloudformation.services import ResourceError

    provider = WorkGroups(ByClient(gateway.client("athena")))  # type: ignore[arg-type]
    with pytest.raises(ResourceError, match="Unknown"):
        provider.create("never", {"Unknown": 1}, {})
