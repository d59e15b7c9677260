"""Models as folders: one JSON file and plain arrays, which map from disk and hold no code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rlm.recommend.arrays import Csr

# Raise it when a saved model of before can no longer be read.
FORMAT: Final = 1
DESCRIPTION: Final = "model.json"
_PARTS: Final = ("data", "indices", "indptr")

Arrays = dict[str, npt.NDArray[Any]]


class SavedModelError(ValueError):
    """The folder holds no model that this code can read; the text says what is wrong."""


def write_model(folder: Path, kind: str, settings: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a model; its description comes last, so that a torn one is never taken for whole.

    Raises FileExistsError for a folder that holds anything: models are never mixed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; a model wants a folder of its own")
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(values), allow_pickle=False)
    described = {
        "format": FORMAT,
        "kind": kind,
        "settings": dict(settings),
        "arrays": {name: list(values.shape) for name, values in arrays.items()},
    }
    text = json.dumps(described, indent=1, sort_keys=True) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """What a saved model says of itself. Raises SavedModelError."""
    path = folder / DESCRIPTION
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SavedModelError(f"{path} is not there: is {folder} a saved model?") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise SavedModelError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        was = found.get("format") if isinstance(found, dict) else found
        raise SavedModelError(f"{path} has format {was!r}, expected {FORMAT}; train the model anew")
    return found


def read_arrays(folder: Path, described: Mapping[str, Any]) -> Arrays:
    """The model's arrays, mapped read-only. Raises SavedModelError for what is missing or torn."""
    arrays: Arrays = {}
    for name, shape in described["arrays"].items():
        path = folder / f"{name}.npy"
        try:
            # What is empty cannot be mapped.
            values = np.load(path, mmap_mode="r" if np.prod(shape) else None, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise SavedModelError(f"{path} cannot be read: {error}") from None
        if list(values.shape) != shape:
            raise SavedModelError(f"{path} has shape {list(values.shape)}, expected {shape}")
        # A memory map is an array with costlier slices: the plain view over it is what is used.
        arrays[name] = np.asarray(values)
    return arrays


def matrix_arrays(name: str, matrix: Csr) -> Arrays:
    """A sparse matrix as arrays."""
    parts = {f"{name}.{part}": getattr(matrix, part) for part in _PARTS}
    return parts | {f"{name}.shape": np.array(matrix.shape, dtype=np.int64)}


def matrix_of(name: str, arrays: Arrays) -> Csr:
    """The same matrix, over the arrays and without a copy."""
    rows, columns = arrays[f"{name}.shape"].tolist()
    parts = [arrays[f"{name}.{part}"] for part in _PARTS]
    matrix = sparse.csr_array((parts[0], parts[1], parts[2]), shape=(rows, columns))
    # It was written so; asking would look at every index, and setting it would write.
    matrix.has_canonical_format = True
    return matrix
