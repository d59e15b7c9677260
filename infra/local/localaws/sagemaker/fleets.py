"""The servers of one endpoint configuration, by variant, and which of them takes a request."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from localaws.sagemaker.servers import Server, ServerPlan

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document

# A request has a minute, a program half of that to end.
PATIENCE_SECONDS = 60.0


@dataclass
class Variant:
    """One variant's servers and its share of the requests."""

    definition: Document
    plan: ServerPlan
    folder: Path
    weight: float
    servers: list[Server] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.definition["VariantName"])

    def scale(self, count: int) -> list[Server]:
        """Start servers until there are as many; the ones that are too many, out of traffic."""
        while len(self.servers) < count:
            instance = f"i-{uuid.uuid4().hex[:17]}"
            plan = replace(self.plan, log_stream=f"{self.name}/{instance}")
            server = Server(plan, self.folder / instance)
            server.start()
            self.servers.append(server)
        surplus, self.servers = self.servers[count:], self.servers[:count]
        return surplus

    def pick(self) -> Server | None:
        """A healthy server, as the variant's routing has it; None when there is none."""
        healthy = [server for server in self.servers if server.is_healthy]
        if not healthy:
            return None
        routing = (self.definition.get("RoutingConfig") or {}).get("RoutingStrategy", "RANDOM")
        if routing == "LEAST_OUTSTANDING_REQUESTS":
            fewest = min(server.outstanding for server in healthy)
            healthy = [server for server in healthy if server.outstanding == fewest]
        return random.choice(healthy)  # noqa: S311 - spreads load

    def healthy_count(self) -> int:
        return sum(server.is_healthy for server in self.servers)


class Fleet:
    """All variants of one configuration."""

    def __init__(self, snapshot: Document, variants: list[Variant]) -> None:
        self.snapshot = snapshot
        self.variants = {variant.name: variant for variant in variants}
        self._surplus: list[Server] = []

    def start(self) -> None:
        for variant in self.variants.values():
            self._surplus += variant.scale(variant.definition["DesiredInstanceCount"])

    def is_healthy(self) -> bool:
        return all(
            variant.healthy_count() == len(variant.servers) for variant in self.variants.values()
        )

    def failure(self) -> str:
        """Why the fleet will not become healthy; empty as long as it may."""
        for variant in self.variants.values():
            for server in variant.servers:
                if server.failure:
                    return server.failure.replace(
                        "production variant did", f"production variant {variant.name} did"
                    )
        return ""

    def choose(self, target: str | None) -> Variant | None:
        """The variant that takes a request: the one that it names, or by weight."""
        if target is not None:
            return self.variants.get(target)
        variants = list(self.variants.values())
        weights = [variant.weight for variant in variants]
        if sum(weights) <= 0:
            return None
        return random.choices(variants, weights)[0]  # noqa: S311 - spreads load

    def stop(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Let requests come to their end, then stop every server; blocks until they are gone."""
        servers = [server for variant in self.variants.values() for server in variant.servers]
        stop_servers(servers + self._surplus, patience_seconds)


def stop_servers(servers: list[Server], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Stop servers that get no new requests; each as soon as its last request is answered."""
    # A request that chose its server a moment ago has not been counted yet.
    time.sleep(0.1)
    give_up = time.monotonic() + patience_seconds
    while any(server.outstanding for server in servers) and time.monotonic() < give_up:
        time.sleep(0.02)
    for server in servers:
        server.ask_to_stop(patience_seconds / 2)
    for server in servers:
        server.join()
