"""Where files go, and that nothing is overwritten unasked."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from rlm.generate.broken_files import gzip_cut_after
from rlm.generate.delivery_files import DeliveryFolder, OutputNotEmptyError
from rlm.generate.destination import deliveries_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class _Bucket:
    """Objects by URI, in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def list(self, prefix: str) -> Iterator[Any]:
        for uri in sorted(self.objects):
            if uri.startswith(prefix):
                yield type("Stored", (), {"uri": uri})()

    def write(self, uri: str, content: bytes) -> None:
        self.objects[uri] = content

    def delete(self, uri: str) -> None:
        del self.objects[uri]


def _deliver(folder: DeliveryFolder, line: bytes = b"1,one") -> None:
    with folder.open("artists", 20_000, "a.csv", b"artist_id,name") as file:
        file.good(line)
    folder.finished(file.key)


def test_folder_with_sources_is_kept_without_force(tmp_path: Path) -> None:
    with deliveries_to(str(tmp_path), force=False) as folder:
        _deliver(folder)
    with (
        pytest.raises(OutputNotEmptyError, match="--force"),
        deliveries_to(str(tmp_path), force=False),
    ):
        pass
    assert len(list(tmp_path.rglob("*.csv"))) == 1


def test_force_replaces_sources_and_nothing_else(tmp_path: Path) -> None:
    with deliveries_to(str(tmp_path), force=False) as folder:
        _deliver(folder)
    (tmp_path / "notes.txt").write_text("mine")
    with deliveries_to(str(tmp_path), force=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_bucket_gets_each_file_as_it_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = _Bucket({"s3://landing/other/x.csv": b""})
    monkeypatch.setattr("rlm.aws.storage.storage_for", lambda _: bucket)
    with deliveries_to("s3://landing", force=False) as folder:
        _deliver(folder)
        key = "s3://landing/artists/delivery_date=2024-10-04/a.csv"
        assert bucket.objects[key] == b"artist_id,name\n1,one\n"
        assert not any(path.is_file() for path in folder.root.rglob("*"))
    with pytest.raises(OutputNotEmptyError), deliveries_to("s3://landing", force=False):
        pass
    with deliveries_to("s3://landing/", force=True) as folder:
        _deliver(folder, b"2,two")
    assert bucket.objects[key] == b"artist_id,name\n2,two\n"
    assert "s3://landing/other/x.csv" in bucket.objects


def test_truth_counts_what_is_written(tmp_path: Path) -> None:
    folder = DeliveryFolder(tmp_path)
    with folder.open("artists", 20_000, "a.csv.gz", b"artist_id,name") as file:
        file.good(b"1,one")
        file.version(b"1,uno")
        file.duplicate(b"1,one")
        file.broken(b",none", "required", "artist_id")
        file.broken(b"2", "malformed", None, ended=False)
    assert gzip.decompress((tmp_path / file.key).read_bytes()) == (
        b"artist_id,name\n1,one\n1,uno\n1,one\n,none\n2"
    )
    assert folder.truth.counts("artists").as_dict() == {
        "files": 1, "files_rejected": 0, "rows_in": 5, "rows_quarantined": 2,
        "rows_duplicate": 1, "rows_superseded": 1, "rows_loaded": 2, "silver_rows": 1,
    }  # fmt: skip
    assert [(b.line, b.rule) for b in folder.truth.broken] == [(5, "required"), (6, "malformed")]


def test_cut_gzip_gives_all_of_its_content_and_then_fails() -> None:
    content = b"fan,plays\n" + b"".join(b"fan-%d,1\n" % i for i in range(10_000)) + b"half"
    with gzip.GzipFile(fileobj=io.BytesIO(gzip_cut_after(content))) as stream:
        assert stream.read(len(content)) == content
        with pytest.raises(EOFError):
            stream.read(1)
