"""People of the local platform: users of QuickSight, one for each group that the access rules
name, and those whom alarms reach.

On AWS people sign in, somebody puts them into groups, and settings name who gets mail. Here they
are made up, so that pages can show what each of them sees.
"""

from __future__ import annotations

import contextlib
import tempfile
import urllib.error
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlm import names

from .local_aws import OPENER

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "default"
RULES = "booker-access"
# By what their alarms are: both read the local inbox.
READERS = {"page": "on-call@example.com", "ticket": "data-team@example.com"}


def subscribe_people(sns: Any, env: str) -> None:
    """Let somebody get the mail of each topic of alarms; twice is once."""
    topics = {
        topic["TopicArn"].rpartition(":")[2]: topic["TopicArn"]
        for page in sns.get_paginator("list_topics").paginate()
        for topic in page["Topics"]
    }
    for severity, address in READERS.items():
        arn = topics[names.alarm_topic(env, severity)]
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=address)


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
