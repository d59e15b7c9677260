"""Pictures of every kind, drawn for a test."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw


def drawn(width: int = 640, height: int = 480, mode: str = "RGB", color: Any = None) -> Image.Image:
    """A plain picture with one red corner, upper left, to see which way it is turned."""
    image = Image.new(mode, (width, height), color if color is not None else "navy")
    if mode in ("RGB", "RGBA"):
        ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red")
    return image


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return saved(drawn(width, height), **options)


def animated(kind: str) -> bytes:
    frames = [drawn(200, 200, color=c) for c in ("navy", "green", "black")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def bomb(side: int) -> bytes:
    """A PNG of some kilobytes that claims, and has, side x side black pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    squeeze = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    rows = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
