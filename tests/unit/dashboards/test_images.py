"""Images on sheets are read from S3, and nothing but images."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from rlm.dashboards.images import image_of
from rlm.quicksight.server.source import NotThereError

PNG = b"\x89PNG\r\n\x1a\n rest"


class Bucket:
    def __init__(self, **objects: bytes) -> None:
        self._objects = objects

    def open(self, uri: str) -> BytesIO:
        name = uri.removeprefix("s3://pictures/")
        if name not in self._objects:
            raise FileNotFoundError(uri)
        return BytesIO(self._objects[name])


def definition(source: dict[str, Any]) -> dict[str, Any]:
    return {"StaticFiles": [{"ImageStaticFile": {"StaticFileId": "logo", "Source": source}}]}


def in_s3(key: str) -> dict[str, Any]:
    place = {"BucketName": "pictures", "ObjectKey": key, "Region": "us-east-1"}
    return definition({"S3Options": place})


def test_an_image_comes_from_s3_with_the_type_that_its_bytes_have() -> None:
    bucket = Bucket(logo=PNG, photo=b"\xff\xd8\xff rest")
    assert image_of(in_s3("logo"), "logo", bucket) == (PNG, "image/png")
    assert image_of(in_s3("photo"), "logo", bucket) == (b"\xff\xd8\xff rest", "image/jpeg")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "the dashboard has no image logo"),
        (in_s3("gone"), "should be at s3://pictures/gone, where there is none"),
        (in_s3("page"), "s3://pictures/page is no PNG, JPEG or GIF image"),
        (in_s3("huge"), "has more than 10,485,760 bytes"),
        (definition({"UrlOptions": {"Url": "https://example.org/a.png"}}), "nothing outside"),
        (definition({}), "was uploaded"),
    ],
)
def test_what_is_no_image_here_says_why(told: dict[str, Any], reason: str) -> None:
    bucket = Bucket(page=b"<svg onload='x'/>", huge=PNG + bytes(10 * 1024 * 1024))
    with pytest.raises(NotThereError, match=reason):
        image_of(told, "logo", bucket)
