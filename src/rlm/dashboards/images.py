"""Images on sheets: static files of a dashboard, which QuickSight reads from S3 too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.server.source import NotThereError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any, Protocol

    class Opening(Protocol):
        """As much of a storage as images need."""

        def open(self, uri: str) -> IO[bytes]: ...


# As QuickSight takes them. No SVG: served by itself it is a page that may run programs.
_KINDS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_MOST_BYTES: Final = 10 * 1024 * 1024


def image_of(definition: Mapping[str, Any], file_id: str, storage: Opening) -> tuple[bytes, str]:
    """Bytes and media type of a dashboard's static file; raises NotThereError with the reason."""
    uri = _uri(definition, file_id)
    try:
        with storage.open(uri) as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotThereError(
            f"the image {file_id} should be at {uri}, where there is none"
        ) from None
    if len(content) > _MOST_BYTES:
        raise NotThereError(f"the image {uri} has more than {_MOST_BYTES:,} bytes")
    for beginning, media_type in _KINDS.items():
        if content.startswith(beginning):
            return content, media_type
    raise NotThereError(f"{uri} is no PNG, JPEG or GIF image")


def _uri(definition: Mapping[str, Any], file_id: str) -> str:
    for one in definition.get("StaticFiles") or ():
        file = one.get("ImageStaticFile") or {}
        if file.get("StaticFileId") != file_id:
            continue
        source = file.get("Source") or {}
        place = source.get("S3Options")
        if place:
            return f"s3://{place['BucketName']}/{place['ObjectKey']}"
        address = (source.get("UrlOptions") or {}).get("Url")
        if address:
            raise NotThereError(f"the image {file_id} is at {address}; nothing outside is loaded")
        raise NotThereError(f"the image {file_id} was uploaded; QuickSight does not give it back")
    raise NotThereError(f"the dashboard has no image {file_id}")
