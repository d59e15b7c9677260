"""Where source files go: a folder, or the landing bucket."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rlm.generate.delivery_files import (
    GENERATED,
    TRUTH_FOLDER,
    DeliveryFolder,
    OutputNotEmptyError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.aws.storage import Storage


@contextmanager
def deliveries_to(out: str, *, force: bool) -> Iterator[DeliveryFolder]:
    """The prepared folder to write deliveries to; `out` is a folder or `s3://bucket[/prefix]`.

    For S3 each file is sent as soon as it is finished and then removed from this machine's disk,
    so that a world larger than the disk can be sent.
    Raises `OutputNotEmptyError` where `out` holds source files already and `force` is not given.
    """
    if not out.startswith("s3://"):
        folder = DeliveryFolder(Path(out))
        folder.prepare(force=force)
        yield folder
        return
    # boto3 only where S3 is asked for: writing to a folder needs no AWS at all.
    from rlm.aws.storage import storage_for

    storage = storage_for(out)
    root = out.rstrip("/")
    _make_room(storage, root, force=force)
    with tempfile.TemporaryDirectory(prefix="rlm-deliveries-") as temporary:
        local = Path(temporary)

        def send(key: str) -> None:
            path = local / key
            storage.write(f"{root}/{key}", path.read_bytes())
            path.unlink()

        yield DeliveryFolder(local, send)


def _make_room(storage: Storage, root: str, *, force: bool) -> None:
    for part in (*GENERATED, TRUTH_FOLDER):
        for found in storage.list(f"{root}/{part}/"):
            if not force:
                raise OutputNotEmptyError(
                    f"{found.uri} is there already: choose another place, or --force to replace "
                    "the source files"
                )
            storage.delete(found.uri)
