"""Pictures of made-up artists: drawn from the id and the name, so that each has its own."""

from __future__ import annotations

import colorsys
import hashlib
import io
import math
from typing import Final

from PIL import Image, ImageDraw, ImageFont

# Shapes are drawn on a canvas this wide and then scaled: their edges are smooth that way, and a
# large picture costs no more than a small one.
_CANVAS: Final = 800
_SHAPES: Final = ("rings", "sun", "hills", "bars", "tiles")


def cover(artist_id: str, name: str, width: int, height: int, issue: int = 0) -> Image.Image:
    """The picture of an artist; another `issue` is another picture of the same one."""
    bits = hashlib.sha256(f"{artist_id} {issue}".encode()).digest()
    hue = bits[0] / 256
    colors = [_color(hue + step, light) for step, light in ((0, 0.22), (0.08, 0.45), (0.45, 0.72))]
    scale = _CANVAS / max(width, height)
    canvas = _gradient(colors[0], colors[1], round(width * scale), round(height * scale))
    shape = _SHAPES[bits[1] % len(_SHAPES)]
    _draw(shape, ImageDraw.Draw(canvas, "RGBA"), canvas.size, colors[2], bits)
    image = canvas.resize((width, height), Image.Resampling.BICUBIC)
    _sign(image, initials(name))
    return image


def initials(name: str) -> str:
    """Up to two letters; empty for a name in letters that the font does not have."""
    words = [word for word in name.replace('"', " ").split() if word[0].isalpha()]
    letters = "".join(word[0] for word in words if word.lower() not in ("the", "of", "and"))[:2]
    return letters.upper() if letters.isascii() else ""


def jpeg(image: Image.Image, *, turned: bool = False) -> bytes:
    """As a phone saves it: a `turned` one lies on its side and says so, and where it was."""
    if not turned:
        return _saved(image, "JPEG", quality=88)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A phone"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}
    return _saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=88, exif=exif)


def png(image: Image.Image) -> bytes:
    """With round corners: transparent where they are cut off."""
    mask = Image.new("L", image.size, 0)
    corner = min(image.size) // 8
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *image.size), corner, fill=255)
    layered = image.convert("RGBA")
    layered.putalpha(mask)
    return _saved(layered, "PNG", compress_level=3)


def webp(image: Image.Image) -> bytes:
    return _saved(image, "WEBP", quality=80, method=0)


def animation(image: Image.Image, kind: str) -> bytes:
    """The picture and itself mirrored, in turns."""
    small = image.resize((240, 240))
    other = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _saved(small, kind, save_all=True, append_images=[other], duration=400, loop=0)


def black(side: int) -> bytes:
    """A PNG of `side` x `side` black pixels: many pixels, few bytes."""
    return _saved(Image.new("1", (side, side)), "PNG", compress_level=9)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _color(hue: float, lightness: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, 0.62)
    return round(red * 255), round(green * 255), round(blue * 255)


def _gradient(
    top: tuple[int, int, int], bottom: tuple[int, int, int], width: int, height: int
) -> Image.Image:
    mask = Image.linear_gradient("L").resize((width, height))
    return Image.composite(
        Image.new("RGB", (width, height), bottom), Image.new("RGB", (width, height), top), mask
    )


def _draw(
    shape: str,
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    color: tuple[int, int, int],
    bits: bytes,
) -> None:
    width, height = size
    unit = min(size)
    x, y = width * (0.3 + bits[2] / 640), height * (0.25 + bits[3] / 640)
    match shape:
        case "rings":
            for nth in range(9, 0, -1):
                r = unit * nth * 0.055
                draw.ellipse((x - r, y - r, x + r, y + r), outline=(*color, 150), width=unit // 90)
        case "sun":
            r = unit * 0.24
            for nth in range(24):
                angle = 2 * math.pi * (nth + bits[4] / 256) / 24
                end = (x + math.cos(angle) * unit, y + math.sin(angle) * unit)
                draw.line((x, y, *end), fill=(*color, 60), width=unit // 40)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(*color, 235))
        case "hills":
            for nth in range(4):
                base = height * (0.45 + 0.14 * nth)
                wave = [
                    (
                        width * step / 40,
                        base
                        + math.sin(step / (3 + bits[5 + nth] % 5) + bits[9 + nth]) * unit * 0.06,
                    )
                    for step in range(41)
                ]
                draw.polygon([*wave, (width, height), (0, height)], fill=(*color, 70))
        case "bars":
            count = 14
            for nth in range(count):
                tall = height * (0.15 + bits[8 + nth] / 400)
                left = width * (nth + 0.2) / count
                draw.rectangle(
                    (left, height - tall, left + width * 0.6 / count, height), fill=(*color, 170)
                )
        case "tiles":
            for nth in range(16):
                step = unit / 4
                left, top = (nth % 4) * width / 4, (nth // 4) * height / 4
                if bits[10 + nth] % 2:
                    start = 90 * (bits[10 + nth] % 4)
                    draw.pieslice(
                        (left - step, top - step, left + step, top + step),
                        start,
                        start + 90,
                        fill=(*color, 150),
                    )


def _sign(image: Image.Image, letters: str) -> None:
    if letters:
        font = ImageFont.load_default(min(image.size) // 4)
        place = (image.width * 0.06, image.height * 0.94)
        ImageDraw.Draw(image).text(place, letters, font=font, fill="white", anchor="ls")
