"""What a deployment would change, read from the CDK's own diff, and what of it would lose data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# What holds something that a deployment cannot make again, and what that is.
HOLDS_DATA: Final = {
    "AWS::ApiGateway::ApiKey": "its value, which callers have",
    "AWS::DynamoDB::Table": "its items",
    "AWS::ECR::Repository": "its images",
    "AWS::Glue::Database": "its tables' entries in the catalog",
    "AWS::Glue::Table": "its columns in the catalog",
    "AWS::KMS::Key": "all that was encrypted by it",
    "AWS::Logs::LogGroup": "its logs",
    "AWS::MWAA::Environment": "the history of runs, and what people set in Airflow",
    "AWS::RDS::DBInstance": "its database",
    "AWS::S3::Bucket": "its objects",
    "AWS::SNS::Topic": "its subscriptions, which people confirmed",
    "AWS::SageMaker::ModelPackageGroup": "the registry of models",
    "AWS::SageMaker::NotebookInstance": "its notebooks",
    "AWS::SecretsManager::Secret": "its value",
}
# `[~] AWS::S3::Bucket Lake LakeE4B2 replace`: the path is left out where there is none.
_LINE: Final = re.compile(
    r"^\[[-~+]\] (?P<type>\w+(?:::\w+)+)(?: \S+)?? (?P<id>\w+)"
    r"(?: (?P<fate>replace|may be replaced|destroy|orphan|import))?$"
)
# Every line that is about a resource: one that cannot be read must not pass for harmless.
_ANY_RESOURCE: Final = re.compile(r"^\[[-~+]\] \w+::")
_STACK: Final = re.compile(r"^Stack (?P<stack>[\w-]+)(?: |$)")
_FATES: Final = {
    "replace": "is replaced",
    "may be replaced": "may be replaced",
    "destroy": "is deleted",
    "orphan": "is left behind",
}


@dataclass(frozen=True)
class Change:
    """One resource. `fate` is empty for what is made, or changed where it stands."""

    stack: str
    resource_type: str
    logical_id: str
    fate: str

    @property
    def is_destructive(self) -> bool:
        """Whether what it holds would be gone, or be there and used by nobody."""
        return self.fate in _FATES and self.resource_type in HOLDS_DATA

    def sentence(self, physical_name: str) -> str:
        """`rlm-dev-storage: AWS::S3::Bucket rlm-dev-lake is replaced: its objects`."""
        held = HOLDS_DATA[self.resource_type]
        return f"{self.stack}: {self.resource_type} {physical_name} {_FATES[self.fate]}: {held}"


def shown(lines: Sequence[str]) -> list[str]:
    """The diff itself: what Node and the CDK say about themselves left out."""
    starts = [number for number, line in enumerate(lines) if _STACK.match(line)]
    return [line for line in lines[starts[0] :] if not line.startswith("✨")] if starts else []


class DiffError(ValueError):
    """The CDK says of a resource what nobody here understands; the message is its line."""


def read_changes(lines: Sequence[str]) -> list[Change]:
    """Every resource that the diff names; raises DiffError for a line that makes no sense."""
    found = []
    stack = ""
    for line in lines:
        if of_stack := _STACK.match(line):
            stack = of_stack["stack"]
        elif resource := _LINE.match(line.strip()):
            found.append(Change(stack, resource["type"], resource["id"], resource["fate"] or ""))
        elif _ANY_RESOURCE.match(line.strip()):
            raise DiffError(f"cannot read what becomes of a resource of {stack}: {line.strip()}")
    return found
