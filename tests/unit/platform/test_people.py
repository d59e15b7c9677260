"""Made-up users of the local QuickSight, one a group of the access rules."""

from __future__ import annotations

from typing import Any

from bringup.people import register_people


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
