"""S3 as Spark's S3A, Iceberg's S3FileIO, boto3 and Airflow use it, with large objects."""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from base64 import b64encode
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def s3(gateway):
    client = gateway.client("s3")
    client.create_bucket(Bucket="objects")
    client.put_bucket_versioning(Bucket="objects", VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture(scope="module")
def large():
    """Larger than what is mapped and than what is sent in pieces."""
    return os.urandom(24 * MIB + 7)


def _read(s3, **asked):
    return s3.get_object(Bucket="objects", **asked)["Body"].read()


@pytest.mark.parametrize("size", [0, 1, 300_000, 9 * MIB])
def test_object_comes_back_as_it_went(s3, size):
    """AWS: the same bytes, length, type and metadata, at every size."""
    body = os.urandom(size)
    s3.put_object(
        Bucket="objects", Key="whole", Body=body, ContentType="text/csv", Metadata={"k": "v"}
    )
    got = s3.get_object(Bucket="objects", Key="whole")
    assert got["Body"].read() == body
    assert (got["ContentLength"], got["ContentType"], got["Metadata"]) == (
        size,
        "text/csv",
        {"k": "v"},
    )


@pytest.mark.parametrize(
    ("asked", "cut"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=1000000-17999999", slice(1_000_000, 18_000_000)),
        ("bytes=25165824-", slice(25_165_824, None)),
        ("bytes=-8", slice(-8, None)),
    ],
)
def test_range_is_what_was_asked(s3, large, asked, cut):
    """AWS: 206 with exactly the range; Parquet's footer is read from the end."""
    s3.put_object(Bucket="objects", Key="ranged", Body=large)
    got = s3.get_object(Bucket="objects", Key="ranged", Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == large[cut]
    assert got["ContentRange"].endswith(f"/{len(large)}")


def test_range_beyond_the_end(s3):
    """AWS: 416 InvalidRange."""
    s3.put_object(Bucket="objects", Key="short", Body=b"abc")
    with pytest.raises(ClientError) as beyond:
        _read(s3, Key="short", Range="bytes=10-20")
    assert beyond.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_every_version_keeps_its_bytes(s3, large):
    """AWS: an overwritten or deleted object is still read by its version."""
    first = s3.put_object(Bucket="objects", Key="versions", Body=large)["VersionId"]
    second = s3.put_object(Bucket="objects", Key="versions", Body=b"new")["VersionId"]
    s3.delete_object(Bucket="objects", Key="versions")
    assert _read(s3, Key="versions", VersionId=first) == large
    assert _read(s3, Key="versions", VersionId=second) == b"new"
    with pytest.raises(ClientError, match="NoSuchKey"):
        _read(s3, Key="versions")


def test_upload_in_parts(gateway, s3, large, tmp_path):
    """AWS: parts are joined in their order; a part sent again replaces the first."""
    source = tmp_path / "large"
    source.write_bytes(large)
    config = TransferConfig(multipart_threshold=MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(str(source), "objects", "parts", Config=config)
    got = s3.get_object(Bucket="objects", Key="parts")
    assert got["Body"].read() == large
    assert got["ETag"].endswith('-5"')

    asked = {"Bucket": "objects", "Key": "again"}
    upload = s3.create_multipart_upload(**asked)["UploadId"]
    s3.upload_part(**asked, UploadId=upload, PartNumber=1, Body=b"a" * 5 * MIB)
    s3.upload_part(**asked, UploadId=upload, PartNumber=1, Body=b"b" * 5 * MIB)
    s3.upload_part(**asked, UploadId=upload, PartNumber=2, Body=b"c")
    parts = [
        {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
        for part in s3.list_parts(**asked, UploadId=upload)["Parts"]
    ]
    s3.complete_multipart_upload(**asked, UploadId=upload, MultipartUpload={"Parts": parts})
    assert _read(s3, Key="again") == b"b" * 5 * MIB + b"c"
    assert not list((gateway.state_dir / "uploads").glob("*")), "parts are gone with the upload"


def test_aborted_upload_leaves_nothing(gateway, s3):
    """AWS: NoSuchUpload afterwards, and no storage is used."""
    asked = {"Bucket": "objects", "Key": "aborted"}
    upload = s3.create_multipart_upload(**asked)["UploadId"]
    s3.upload_part(**asked, UploadId=upload, PartNumber=1, Body=b"a" * MIB)
    s3.abort_multipart_upload(**asked, UploadId=upload)
    with pytest.raises(ClientError, match="NoSuchUpload"):
        s3.list_parts(**asked, UploadId=upload)
    assert not list((gateway.state_dir / "uploads").glob("*"))


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_streamed_body_with_trailing_checksum(gateway, s3, large, algorithm):
    """AWS: aws-chunked bodies are stored without their framing, the trailer is checked."""
    streaming = gateway.client(
        "s3", request_checksum_calculation="when_required", signature_version="s3v4"
    )
    streaming.put_object(Bucket="objects", Key="chunked", Body=large, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket="objects", Key="chunked", ChecksumMode="ENABLED")
    assert got["Body"].read() == large
    expected = {
        "CRC32": zlib.crc32(large).to_bytes(4, "big"),
        "SHA256": hashlib.sha256(large).digest(),
    }[algorithm]
    assert got[f"Checksum{algorithm}"] == b64encode(expected).decode()


def test_wrong_checksum_is_refused(s3):
    """AWS: BadDigest, and nothing is stored."""
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="objects", Key="wrong", Body=b"abc", ChecksumCRC32="AAAAAA==")
    assert refused.value.response["Error"]["Code"] in ("BadDigest", "InvalidRequest")
    with pytest.raises(ClientError, match="NoSuchKey"):
        _read(s3, Key="wrong")


def test_conditional_writes(s3):
    """AWS: PreconditionFailed when the key is there already."""
    s3.put_object(Bucket="objects", Key="once", Body=b"1")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="objects", Key="once", Body=b"2", IfNoneMatch="*")
    assert _read(s3, Key="once") == b"1"


def test_memory_does_not_grow_with_what_is_stored(gateway, s3):
    """Twelve versions of 16 MiB and their reads leave the process no larger than a few requests."""

    def resident_mib():
        status = Path(f"/proc/{gateway.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    body = os.urandom(16 * MIB)
    s3.put_object(Bucket="objects", Key="memory", Body=body)
    before = resident_mib()
    for _ in range(12):
        s3.put_object(Bucket="objects", Key="memory", Body=body)
        assert _read(s3, Key="memory", Range="bytes=5-9") == body[5:10]
    time.sleep(0.5)
    assert resident_mib() - before < 64


def test_parallel_ranges_are_quick(gateway, s3, large):
    """Spark reads a file by many ranges at once; each must not cost the whole file."""
    s3.put_object(Bucket="objects", Key="quick", Body=large)
    started = time.monotonic()
    for number in range(100):
        start = number * 200_000
        assert len(_read(s3, Key="quick", Range=f"bytes={start}-{start + 65_535}")) == 65_536
    # Reading 24 MiB for each would take several times as long.
    assert time.monotonic() - started < 5


def test_torn_overwrite_is_put_right(new_gateway):
    """Killed between bytes and sidecar: what was acknowledged before is what is read after."""
    gateway = new_gateway()
    s3 = gateway.client("s3")
    s3.create_bucket(Bucket="torn")
    s3.create_bucket(Bucket="torn-versioned")
    s3.put_bucket_versioning(Bucket="torn-versioned", VersioningConfiguration={"Status": "Enabled"})
    for bucket in ("torn", "torn-versioned"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"acknowledged")
    first = s3.head_object(Bucket="torn-versioned", Key="k")["VersionId"]
    gateway.kill()
    # What ministack has done when it is killed in the middle of the next overwrite.
    account = gateway.state_dir / "s3" / "000000000000"
    aside = gateway.state_dir / "s3/.versions/000000000000/torn-versioned" / first / "k"
    aside.parent.mkdir(parents=True)
    aside.write_bytes(b"acknowledged")
    time.sleep(0.02)
    for bucket in ("torn", "torn-versioned"):
        (account / bucket / "k").write_bytes(b"half-done")
    gateway.start()
    s3 = gateway.client("s3")
    kept = s3.get_object(Bucket="torn-versioned", Key="k")
    assert (kept["Body"].read(), kept["VersionId"]) == (b"acknowledged", first)
    # Without versions the old bytes are gone: the object must be wholly the new one.
    new = s3.get_object(Bucket="torn", Key="k")
    body = new["Body"].read()
    assert (body, new["ContentLength"]) == (b"half-done", 9)
    assert new["ETag"] == f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def test_object_that_cannot_be_written_is_no_success(new_gateway):
    """As on a full disk: what was acknowledged must be there after a kill."""
    gateway = new_gateway()
    s3 = gateway.client("s3")
    s3.create_bucket(Bucket="full")
    s3.put_object(Bucket="full", Key="before", Body=b"kept")
    (folder,) = gateway.state_dir.glob("s3/*/full")
    # A folder where a file must be written stops whoever writes, root as well.
    (folder / "blocked.tmp").mkdir()
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="full", Key="blocked", Body=b"lost")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    (folder / "blocked.tmp").rmdir()
    s3.put_object(Bucket="full", Key="blocked", Body=b"written")
    gateway.kill()
    gateway.start()
    for key, body in (("before", b"kept"), ("blocked", b"written")):
        assert s3.get_object(Bucket="full", Key=key)["Body"].read() == body


def test_virtual_hosts_and_paths_are_the_same_bucket(gateway, s3):
    """AWS: both address styles read the same object."""
    s3.put_object(Bucket="objects", Key="style", Body=b"same")
    status, body = gateway.get("/style", {"Host": f"objects.s3.localhost:{gateway.port}"})
    assert (status, body) == (200, b"same")
    path_style = gateway.client("s3", s3={"addressing_style": "path"})
    assert path_style.get_object(Bucket="objects", Key="style")["Body"].read() == b"same"
