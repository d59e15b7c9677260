"""The inbox keeps the last mails, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.ministack_sns_seam import Message
from localaws.sns.inbox import Inbox
from localaws.state import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_thousand_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept.sqlite")
    inbox = Inbox(store)
    with store.transaction():  # one commit, not a thousand
        for number in range(1003):
            inbox.add(Message(f"{number}", "topic", "", f"{number}", {}), "a@example.org", "email")
    kept = [mail["message"] for mail in inbox.newest(2000)]
    assert kept == [f"{number}" for number in range(1002, 2, -1)]
