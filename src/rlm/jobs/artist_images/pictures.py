"""One picture: checked before it is decoded, then made small, upright, sRGB and anonymous.

Everything here is bytes in, bytes out.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

# Change it with whatever changes the bytes that are made of a picture: what is delivered from then
# on gets new versions, and no object that a profile names changes under its key.
RECIPE: Final = "webp-82-1"
WIDTHS: Final = (160, 480, 1200)
CONTENT_TYPE: Final = "image/webp"
SUFFIX: Final = "webp"
# At 82 nobody has seen a difference on photographs; below 75 skin shows blocks.
_QUALITY: Final = 82
_PAPER: Final = (255, 255, 255)
# What Pillow tells as MPO is a JPEG of a phone with a second picture behind the first.
_FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP")
# First bytes of what people send by mistake, so that the reason can name it.
_SIGNATURES: Final = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"PK\3\4", "a ZIP archive"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<svg", "an SVG"),
    (b"<?xml", "an XML document"),
)


@dataclass(frozen=True)
class Limits:
    """What a picture may be. Decoded, a pixel takes 4 bytes, and two copies are held."""

    bytes: int = 20_000_000
    pixels: int = 40_000_000
    side: int = 12_000
    smallest_side: int = 120
    """Shorter than the smallest width that is shown: it would be blurred everywhere."""


class BrokenPictureError(Exception):
    """The picture goes to quarantine; `rule` is the kind of fault, the text is for people."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


@dataclass(frozen=True)
class Rendition:
    """One size of a picture, ready to be stored."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Picture:
    """What was delivered, and what is made of it."""

    version: str
    """Names the content and the recipe: the same picture has the same version."""
    format: str
    width: int
    """Upright, as it is shown."""
    height: int
    sha256: str
    """Of the delivered bytes."""
    renditions: tuple[Rendition, ...]


def version_of(sha256: str) -> str:
    """The version of a picture with that content."""
    return hashlib.sha256(f"{RECIPE} {sha256}".encode()).hexdigest()[:16]


def picture(content: bytes, limits: Limits) -> Picture:
    """The picture in `content`, in all widths that it is large enough for.

    A narrower picture than the widest one is also kept in its own width; none is enlarged.
    Raises `BrokenPictureError`. No pixel is decoded before the size that the file claims is
    checked, and no decoder but those of the allowed formats is asked.
    """
    check_size(len(content), limits)
    with _opened(content) as found:
        _check_header(found, limits)
        shown = _decoded(found, content)
    sha256 = hashlib.sha256(content).hexdigest()
    return Picture(
        version=version_of(sha256),
        format="JPEG" if found.format == "MPO" else str(found.format),
        width=shown.width,
        height=shown.height,
        sha256=sha256,
        renditions=tuple(_scaled(shown, width) for width in widths_for(shown.width)),
    )


def check_size(size: int, limits: Limits) -> None:
    """Raises `BrokenPictureError` for a file that need not even be read."""
    if size == 0:
        raise BrokenPictureError("empty_file", "the file is empty")
    if size > limits.bytes:
        raise BrokenPictureError(
            "file_size", f"the file has {size:,} bytes, at most {limits.bytes:,} are taken"
        )


def widths_for(width: int) -> list[int]:
    """The widths in which a picture that is `width` pixels wide is kept."""
    largest = min(width, WIDTHS[-1])
    return [*(w for w in WIDTHS if w < largest), largest]


def _opened(content: bytes) -> Image.Image:
    """Reads the header only."""
    if _is_cut_webp(content):
        raise BrokenPictureError("truncated", f"the WebP ends early, after {len(content):,} bytes")
    try:
        return Image.open(io.BytesIO(content), formats=[f for f in _FORMATS if f != "MPO"])
    except UnidentifiedImageError:
        known = next((name for start, name in _SIGNATURES if content.startswith(start)), None)
        if known:
            reason = f"the file is {known}, expected a JPEG, PNG or WebP"
            raise BrokenPictureError("type", reason) from None
        reason = "the file is no image that can be read, expected a JPEG, PNG or WebP"
        raise BrokenPictureError("not_an_image", reason) from None
    except Image.DecompressionBombError as error:
        raise BrokenPictureError("decompression_bomb", str(error)) from error
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        raise BrokenPictureError("not_an_image", f"its header cannot be read: {error}") from error


def _is_cut_webp(content: bytes) -> bool:
    """Its decoder says nothing before it has the whole file; the header tells how long that is."""
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp and len(content) < 8 + int.from_bytes(content[4:8], "little")


def _check_header(found: Image.Image, limits: Limits) -> None:
    width, height = found.size
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise BrokenPictureError(
            "decompression_bomb",
            f"{width} x {height} pixels, at most {limits.pixels:,} in all and {limits.side:,} "
            "a side are decoded",
        )
    if min(width, height) < limits.smallest_side:
        raise BrokenPictureError(
            "too_small",
            f"{width} x {height} pixels, expected at least {limits.smallest_side} a side",
        )
    if found.format != "MPO" and getattr(found, "is_animated", False):
        frames = getattr(found, "n_frames", 0)
        raise BrokenPictureError("animated", f"the picture is animated, {frames} frames")


def _decoded(found: Image.Image, content: bytes) -> Image.Image:
    """The picture upright, in sRGB, without transparency, with nothing but its pixels."""
    try:
        found.load()
    except (OSError, SyntaxError, ValueError, IndexError, struct.error, zlib.error) as error:
        raise BrokenPictureError(
            "truncated",
            f"the {found.format} ends early or is damaged, after {len(content):,} bytes: {error}",
        ) from error
    upright = ImageOps.exif_transpose(found)
    return _flattened(_srgb(upright))


def _srgb(image: Image.Image) -> Image.Image:
    """In the colours that browsers assume; a profile that cannot be used is left out."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "L", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGBA" if image.mode == "RGBA" else "RGB",
            )
            if converted is not None:
                return converted
    if image.mode.startswith("I"):
        # 16 bits of grey: the upper 8 are what a screen shows.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return image


def _flattened(image: Image.Image) -> Image.Image:
    """On white paper where it is transparent; a copy, so that no metadata comes along."""
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        paper = Image.new("RGB", image.size, _PAPER)
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _scaled(image: Image.Image, width: int) -> Rendition:
    height = max(1, round(image.height * width / image.width))
    same = (width, height) == image.size
    small = image if same else image.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=_QUALITY, method=4)
    return Rendition(width, height, out.getvalue())
