"""What QuickSight's API accepts, as plain data out of botocore's own model of the service."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import botocore.loaders

_KEPT: Final = ("type", "required", "enum", "min", "max", "pattern", "union")


@cache
def quicksight_shapes() -> dict[str, dict[str, Any]]:
    """Every shape by name: `type`; `members` (name -> shape, in the API's order) of a structure;
    `member` of a list, `key` and `value` of a map; `required`, `enum`, `min`, `max`, `pattern`;
    `union` where the documentation wants one member and no more.
    """
    model = botocore.loaders.Loader().load_service_model("quicksight", "service-2")
    return {name: _plain(shape) for name, shape in model["shapes"].items()}


def _plain(shape: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {key: shape[key] for key in _KEPT if key in shape}
    if "members" in shape:
        plain["members"] = {name: member["shape"] for name, member in shape["members"].items()}
    plain |= {key: shape[key]["shape"] for key in ("member", "key", "value") if key in shape}
    # The service's model says it in prose; only the newest shapes carry the trait.
    said = shape.get("documentation") or ""
    if shape["type"] == "structure" and "union type" in said and len(shape["members"]) > 1:
        plain["union"] = True
    return plain
