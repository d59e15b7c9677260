"""Made-up people: users of the local QuickSight, readers of the alarms' mail."""

from __future__ import annotations

from typing import Any, Self

from bringup.people import register_people, subscribe_people


class QuickSight:
    class exceptions:  # noqa: N801 - as botocore has it
        class ResourceExistsException(Exception):  # noqa: N818
            """There is one of that name."""

    def __init__(self) -> None:
        self.made: set[tuple[str, ...]] = set()

    def _make(self, *what: str) -> None:
        if what in self.made:
            raise self.exceptions.ResourceExistsException
        self.made.add(what)

    def create_group(self, **request: Any) -> None:
        self._make("group", request["GroupName"])

    def register_user(self, **request: Any) -> None:
        self._make("user", request["UserName"], request["UserRole"])

    def create_group_membership(self, **request: Any) -> None:
        self._make("member", request["MemberName"], request["GroupName"])


def test_each_group_has_a_user_and_a_second_run_changes_nothing() -> None:
    quicksight = QuickSight()
    for _ in range(2):
        users = register_people(quicksight, "1", ["booking-de", "booking-leads"])
        assert users == ["booker-de", "booker-leads"]
    assert quicksight.made == {
        ("group", "booking-de"),
        ("user", "booker-de", "READER"),
        ("member", "booker-de", "booking-de"),
        ("group", "booking-leads"),
        ("user", "booker-leads", "READER"),
        ("member", "booker-leads", "booking-leads"),
    }


class Topics:
    """SNS with the topics of two environments, which it tells on two pages."""

    def __init__(self) -> None:
        self.subscribed: list[tuple[str, str]] = []

    def get_paginator(self, _operation: str) -> Self:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [
            {"Topics": [{"TopicArn": f"arn:aws:sns:us-east-1:1:rlm-{env}-{kind}"}]}
            for env in ("prod", "dev")
            for kind in ("page", "ticket")
        ]

    def subscribe(self, **request: str) -> None:
        assert request["Protocol"] == "email"
        self.subscribed.append((request["TopicArn"], request["Endpoint"]))


def test_pages_and_tickets_of_the_environment_reach_somebody() -> None:
    topics = Topics()
    subscribe_people(topics, "dev")
    assert topics.subscribed == [
        ("arn:aws:sns:us-east-1:1:rlm-dev-page", "on-call@example.com"),
        ("arn:aws:sns:us-east-1:1:rlm-dev-ticket", "data-team@example.com"),
    ]
