"""`${...}` in files: what differs between environments, filled in when files are assembled.

Placeholders act where names of AWS stand: everywhere in data sources, folders and themes, in data
sets outside of expressions, in the SQL beside them, and of a dashboard in `DataSets`, `ThemeArn`
and `StaticFiles`. Everywhere else `${Region}` is a parameter of QuickSight and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from rlm import names
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.definitions.paths import Path, path_text

_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]*)\}")
# Formulas of a data set: there `${Region}` is a parameter of the data set.
_FORMULAS: Final = frozenset({"Expression", "ConditionExpression"})


@dataclass(frozen=True)
class Placeholders:
    """What each placeholder stands for."""

    values: Mapping[str, str] = field(default_factory=dict)

    def fill(self, text: str, *, file: str, path: str = "") -> str:
        """The text with every `${name}` replaced; an unknown one raises `DefinitionError`."""

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name in self.values:
                return self.values[name]
            near = get_close_matches(name, self.values, 1)
            hint = f"did you mean `${{{near[0]}}}`? " if near else ""
            known = ", ".join(sorted(self.values)) or "none"
            raise DefinitionError(
                f"nothing is known as `${{{name}}}`; {hint}known are {known}", file=file, path=path
            )

        return _PLACEHOLDER.sub(value, text)

    def fill_tree(self, tree: Any, *, file: str, path: Path = ()) -> Any:
        """The tree with every text of it filled, formulas left as they are."""
        if isinstance(tree, str):
            return self.fill(tree, file=file, path=path_text(path))
        if isinstance(tree, Mapping):
            return {
                key: item
                if key in _FORMULAS
                else self.fill_tree(item, file=file, path=(*path, key))
                for key, item in tree.items()
            }
        if isinstance(tree, list):
            return [self.fill_tree(item, file=file, path=(*path, i)) for i, item in enumerate(tree)]
        return tree


def asset_id(env: str, name: str) -> str:
    """`rlm-<env>-<name with hyphens>`: the id on AWS of whatever a file describes."""
    return f"rlm-{env}-{name.replace('_', '-')}"


def asset_arn(env: str, account: str, region: str, kind: str, name: str) -> str:
    """`kind` as in ARNs: `dataset`, `datasource`, `theme`, `folder`, `dashboard`, `analysis`."""
    return f"arn:aws:quicksight:{region}:{account}:{kind}/{asset_id(env, name)}"


def placeholders(
    env: str,
    account: str,
    region: str,
    *,
    data_sources: Iterable[str] = (),
    data_sets: Iterable[str] = (),
    themes: Iterable[str] = (),
    folders: Iterable[str] = (),
    extra: Mapping[str, str] | None = None,
) -> Placeholders:
    """All that files may name in one environment; `extra` wins.

    `env`, `account`, `region`; `database.<name>`, `bucket.<name>`, `table.<name>` (DynamoDB);
    `catalog.dynamodb` and `database.serving` (the same tables in Athena); `workgroup`,
    `role.quicksight.arn`; `instance.booking`, `secret.booking.arn`, `vpc_connection.booking.arn`;
    `data_source.<name>.arn`, `data_set.<name>.arn`, `theme.<name>.arn`, `folder.<name>.arn` and
    the same with `.id`.
    """
    values = {"env": env, "account": account, "region": region}
    values |= {f"database.{name}": names.database(env, name) for name in names.DATABASES}
    values |= {f"bucket.{name}": names.bucket(env, name) for name in names.BUCKETS}
    values |= {f"table.{name}": names.dynamodb_table(env, name) for name in names.DYNAMODB_TABLES}
    values |= {
        "catalog.dynamodb": names.dynamodb_catalog(env),
        "database.serving": names.serving_database(env),
        "workgroup": names.athena_workgroup(env),
        "role.quicksight.arn": f"arn:aws:iam::{account}:role/{names.quicksight_role(env)}",
        "instance.booking": names.booking_instance(env),
        # Without the six characters that Secrets Manager adds, which it takes for the whole.
        "secret.booking.arn": f"arn:aws:secretsmanager:{region}:{account}:secret:"
        + names.booking_secret(env),
        "vpc_connection.booking.arn": f"arn:aws:quicksight:{region}:{account}:vpcConnection/"
        + names.booking_network(env),
    }
    for kind, of_kind, found in (
        ("datasource", "data_source", data_sources),
        ("dataset", "data_set", data_sets),
        ("theme", "theme", themes),
        ("folder", "folder", folders),
    ):
        for name in found:
            values[f"{of_kind}.{name}.arn"] = asset_arn(env, account, region, kind, name)
            values[f"{of_kind}.{name}.id"] = asset_id(env, name)
    return Placeholders(values | dict(extra or {}))
