"""`python -m reference [--write] PAGE...`: pages of docs/reference, each in its own runtime."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from . import checkout

if TYPE_CHECKING:
    from collections.abc import Callable

# Where a page is made: `dags` needs Airflow, the others what the `dev` environment has.
NAMES: Final = ("dags", "tables", "settings", "metrics", "alarms")


def maker(name: str) -> Callable[[], str]:
    """What makes a page; imported only then, because not every runtime can import all."""
    if name == "dags":
        from .dags import dags_page, load_dags

        return lambda: dags_page(load_dags())
    if name == "tables":
        from .tables import tables_page

        return tables_page
    if name == "settings":
        from .settings import settings_page

        return settings_page
    if name == "metrics":
        from .metrics import metrics_page

        return metrics_page
    from .alarms import alarms_page

    return alarms_page


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m reference", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/reference")
    parser.add_argument("pages", nargs="+", choices=NAMES)
    told = parser.parse_args(arguments)
    for name in told.pages:
        text = maker(name)()
        if told.write:
            checkout.PAGES.mkdir(exist_ok=True)
            (checkout.PAGES / f"{name}.md").write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
