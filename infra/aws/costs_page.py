"""Write docs/costs.md: `python infra/aws/costs_page.py`, or `make costs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import prices
from costs import monthly_costs
from environments import ENVIRONMENTS
from tenants import LARGE, SMALL, TENANTS

if TYPE_CHECKING:
    from costs import Line
    from environments import Environment
    from tenants import Tenant

PAGE = Path(__file__).resolve().parents[2] / "docs" / "costs.md"
# What people run: a dev environment for a large business holds a sample.
SHOWN = (("dev", SMALL), ("prod", SMALL), ("prod", LARGE))


def costs_page() -> str:
    """The page whole."""
    columns = [(ENVIRONMENTS[env], tenant) for env, tenant in SHOWN]
    bills = [monthly_costs(environment, tenant) for environment, tenant in columns]
    parts = [
        "# What it costs",
        "",
        "Computed by `make costs` from `infra/aws/environments.py`, the sizes below and the prices"
        " in `infra/aws/prices.py`; do not edit.",
        f"Prices are those of {prices.REGION}, {prices.AS_OF}: {prices.SOURCE}.",
        "They were not read from AWS: compare before a decision hangs on them.",
        "No bill of a real account was there to check the quantities against.",
        "",
        "## By service, dollars a month",
        _table(
            ["service", *(f"{env.name}, {tenant.name}" for env, tenant in columns)],
            _by_service(bills),
        ),
        "",
        "*When nothing happens* is what stands there day and night: the price of an environment"
        " that nobody uses.",
        "",
        "## Sizes",
        _table(
            ["", *(f"{tenant.name}: {tenant.about}" for tenant in TENANTS)],
            [
                [field.replace("_", " "), *(f"{getattr(tenant, field):,}" for tenant in TENANTS)]
                for field in SMALL.__dataclass_fields__
                if field not in ("name", "about")
            ],
        ),
    ]
    for (environment, tenant), bill in zip(columns, bills, strict=True):
        parts += ["", *_bill(environment, tenant, bill)]
    return "\n".join(parts) + "\n"


def total(bill: list[Line]) -> float:
    return sum(line.dollars for line in bill)


def _by_service(bills: list[list[Line]]) -> list[list[str]]:
    services = list(dict.fromkeys(line.service for bill in bills for line in bill))
    rows = [
        [service, *(_dollars(sum(x.dollars for x in b if x.service == service)) for b in bills)]
        for service in services
    ]
    rows.append(["**together**", *(f"**{_dollars(total(bill))}**" for bill in bills)])
    idle = [sum(line.dollars for line in bill if line.stands) for bill in bills]
    rows.append(["when nothing happens", *map(_dollars, idle)])
    return rows


def _bill(environment: Environment, tenant: Tenant, bill: list[Line]) -> list[str]:
    budget = environment.monthly_budget_dollars
    return [
        f"## {environment.name}, {tenant.name}",
        f"${total(bill):,.0f} of a budget of ${budget:,}; a ticket comes at four fifths of it.",
        "The budget counts what carries the environment's tag: QuickSight's seats carry none.",
        "",
        _table(
            ["service", "what", "dollars"],
            [[line.service, line.what, _dollars(line.dollars)] for line in bill],
        ),
    ]


def _dollars(dollars: float) -> str:
    return f"{dollars:,.2f}" if dollars < 10 else f"{dollars:,.0f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    if head[1:2] == ["what"]:
        lines[1][1] = "---"
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    PAGE.write_text(costs_page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(PAGE.parents[1])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
