"""What a statement of a role may say; `complaints` names what it may not.

A wildcard is no action at all, and as a resource only where a name cannot be known: objects below
a named folder, the tables of a database of ours, what begins with a name of ours. What AWS gives no
resource to, and what is shared by an account, is listed here with its reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# AWS checks these against no resource, or against all of an account.
OF_NO_RESOURCE: Final = {
    "athena:ListDataCatalogs": "lists what an account has",
    "athena:ListWorkGroups": "lists what an account has",
    "cloudwatch:PutMetricData": "takes no resource; its namespaces are a condition",
    "dynamodb:ListTables": "lists what an account has",
    "ec2:CreateNetworkInterface": "QuickSight makes interfaces of any name in a VPC",
    "ec2:DeleteNetworkInterface": "QuickSight makes interfaces of any name in a VPC",
    "ec2:DescribeSecurityGroups": "describes take no resource",
    "ec2:DescribeSubnets": "describes take no resource",
    "ec2:ModifyNetworkInterfaceAttribute": "QuickSight makes interfaces of any name in a VPC",
    "ecr:GetAuthorizationToken": "a token of the registry, not of a repository",
    "logs:DescribeLogGroups": "MWAA looks for its own among an account's groups",
    "quicksight:ListDashboards": "lists what an account has",
    "quicksight:ListDataSets": "lists what an account has",
    "quicksight:ListDataSources": "lists what an account has",
    "quicksight:ListFolders": "lists what an account has",
    "quicksight:ListThemes": "lists what an account has",
    "s3:GetAccountPublicAccessBlock": "a setting of the account",
    "sagemaker:ListModelPackages": "lists what an account has",
}
# Shared by an account, or another's: no name of ours is in them.
NOT_OURS: Final = {
    ":log-group:/aws-glue/crawlers:*": "all crawlers of an account write there",
    ":log-group:/aws/sagemaker/NotebookInstances:*": "all notebooks of an account do",
    ":log-group:/aws/sagemaker/ProcessingJobs:*": "all jobs of an account do",
    ":log-group:/aws/sagemaker/TrainingJobs:*": "all jobs of an account do",
    ":*:airflow-celery-*": "MWAA's queue is in an account of Amazon's",
}
# Buckets that are one folder: everything in them is of one kind.
WHOLE_BUCKETS: Final = ("artist-data", "event-reports", "landing")
_METRICS: Final = "cloudwatch:PutMetricData"


def complaints(env: str, statement: Mapping[str, Any]) -> list[str]:
    """What is too wide about one statement; empty for one that is not."""
    found = [
        f"{key} says what is not meant" for key in ("NotAction", "NotResource") if key in statement
    ]
    if found or statement["Effect"] != "Allow":
        return found
    actions = listed(statement["Action"])
    found += [f"action {action}" for action in actions if "*" in action]
    for resource in (arn(one) for one in listed(statement["Resource"])):
        if resource == "*":
            found += [f"{one} on everything" for one in actions if one not in OF_NO_RESOURCE]
            if _METRICS in actions and not _has_namespaces(statement):
                found.append(f"{_METRICS} into any namespace")
        elif "*" in resource and not _is_narrow(env, resource):
            found.append(f"{', '.join(actions)} on {resource}")
    return found


def arn(resource: Any) -> str:
    """A resource as text: what CloudFormation fills in stands in angle brackets."""
    if isinstance(resource, str):
        return re.sub(r"\$\{(.+?)\}", r"<\1>", resource)
    ((function, given),) = resource.items()
    match function:
        case "Fn::Join":
            return str(given[0]).join(arn(part) for part in given[1])
        case "Fn::Sub":
            return arn(given if isinstance(given, str) else given[0])
        case _:
            return f"<{given if isinstance(given, str) else '.'.join(map(str, given))}>"


def role_statements(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(logical id, statement) of every policy that a template gives to anybody."""
    for logical_id, resource in template["Resources"].items():
        made = resource.get("Properties", {})
        documents = []
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            documents.append(made["PolicyDocument"])
        if resource["Type"] == "AWS::IAM::Role":
            documents += [inline["PolicyDocument"] for inline in made.get("Policies", ())]
        for document in documents:
            for statement in document["Statement"]:
                yield logical_id, statement


def _is_narrow(env: str, resource: str) -> bool:
    if any(resource.endswith(known) for known in NOT_OURS):
        return True
    parts = re.fullmatch(r"arn:(?:<[^>]+>|[^:]+):([a-z0-9-]+):(.*)", resource)
    before, _, after = resource.partition("*")
    if parts is None:
        return False
    match parts[1]:
        case "s3" | "glue" if after:
            return False
        case "s3":
            folders = re.fullmatch(r"::([^/]+)/(.*)\*", parts[2])
            if folders is None:
                return False
            whole = {names.bucket(env, purpose) for purpose in WHOLE_BUCKETS}
            return bool(re.fullmatch(r"[\w-]+/.*", folders[2])) or folders[1] in whole
        case "dynamodb" | "kms":
            return False
        case "glue":
            return bool(re.search(rf":table/rlm_{env}_[a-z]+/$", before))
        case _:
            # `...:training-job/rlm-dev-recommender-*`, `...:dataset/rlm-dev-*/ingestion/*`
            return bool(re.search(rf"[:/-]rlm[-_/]{env}[-_/]", before))


def _has_namespaces(statement: Mapping[str, Any]) -> bool:
    equals = (statement.get("Condition") or {}).get("StringEquals") or {}
    return bool(equals.get("cloudwatch:namespace"))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
