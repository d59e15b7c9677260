"""Files of this checkout that pages are made of."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

ROOT: Final = Path(__file__).resolve().parents[3]
PAGES: Final = ROOT / "docs/reference"


def environments() -> Mapping[str, Any]:
    """What differs between dev and prod."""
    return environments_module().ENVIRONMENTS  # type: ignore[no-any-return]


@cache
def environments_module() -> ModuleType:
    """`infra/aws/environments.py`, without the CDK beside it."""
    name = "rlm_environments"
    spec = spec_from_file_location(name, ROOT / "infra/aws/environments.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("infra/aws/environments.py")
    module = module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
