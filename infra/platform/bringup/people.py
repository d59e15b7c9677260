"""Users of the local QuickSight: one for each group that the access rules name.

On AWS people sign in, and somebody puts them into groups. Here they are made up, so that the page
can show what each of them may see.
"""

from __future__ import annotations

import contextlib
import tempfile
import urllib.error
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .local_aws import OPENER

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "default"
RULES = "booker-access"


def groups_of_rules(aws_url: str, account: str, env: str) -> list[str]:
    """The groups that the rules in SPICE name; none where there are no rules."""
    import duckdb

    url = f"{aws_url}/_localaws/quicksight/spice/{account}/rlm-{env}-{RULES}"
    try:
        with OPENER.open(url, timeout=30) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return []
        raise
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.parquet"
        file.write_bytes(content)
        rows = duckdb.read_parquet(str(file)).project('"GroupName"').distinct().fetchall()
    return sorted(str(row[0]) for row in rows if row[0])


def register_people(quicksight: Any, account: str, groups: Iterable[str]) -> list[str]:
    """Make each group and a user in it, `booker-de` of `booking-de`; returns the users' names."""
    users = []
    for group in groups:
        user = group.replace("booking-", "booker-", 1)
        common = {"AwsAccountId": account, "Namespace": NAMESPACE}
        _once(quicksight.create_group, quicksight, GroupName=group, **common)
        _once(
            quicksight.register_user,
            quicksight,
            IdentityType="QUICKSIGHT",
            Email=f"{user}@example.com",
            UserName=user,
            UserRole="READER",
            **common,
        )
        _once(
            quicksight.create_group_membership,
            quicksight,
            MemberName=user,
            GroupName=group,
            **common,
        )
        users.append(user)
    return users


def _once(create: Any, quicksight: Any, **request: str) -> None:
    """Make what a run before may have made."""
    with contextlib.suppress(quicksight.exceptions.ResourceExistsException):
        create(**request)
