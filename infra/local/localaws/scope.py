"""Whose resources: names are unique within an account and a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.operations import Call


@dataclass(frozen=True)
class Scope:
    """One account in one region."""

    account: str
    region: str

    @classmethod
    def of(cls, call: Call) -> Scope:
        return cls(call.account, call.region)

    @classmethod
    def of_key(cls, key: str) -> Scope:
        return cls(*key.split("\n")[:2])

    def key(self, *parts: str) -> str:
        """A key of the store; names may hold anything but a line break."""
        return "\n".join((self.account, self.region, *parts))
