"""The faults page of the local AWS: rules that disturb calls, and the calls that were made."""

from __future__ import annotations

import http.client
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from bringup.local_aws import OPENER

from .plan import Call

PATH = "/_localaws/faults"
_SECONDS = 10.0


@dataclass(frozen=True)
class GatewayFaults:
    """A client of one gateway that was started with --faults; raises OSError while it is dead."""

    url: str

    def add(self, **rule: Any) -> str:
        """The new rule's id."""
        return str(self._send("POST", PATH, rule)["id"])

    def rules(self) -> dict[str, dict[str, Any]]:
        """Every rule by its id; none after the gateway was started anew."""
        return {str(rule["id"]): rule for rule in self._send("GET", PATH)}

    def forget(self, rule_id: str = "") -> None:
        """Disturb nothing by this rule from now on, or by any."""
        self._send("DELETE", f"{PATH}?id={rule_id}" if rule_id else PATH)

    def calls(self) -> list[Call]:
        """What was called since the start, less what names no operation."""
        return [
            Call(service, operation, times)
            for service, operation, times in self._send("GET", f"{PATH}/calls")
            if service and operation and " " not in operation
        ]

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - http on loopback
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with OPENER.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except (http.client.HTTPException, ValueError) as torn:
            raise ConnectionError(f"{self.url} died while it answered") from torn
