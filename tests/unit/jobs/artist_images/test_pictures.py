"""A picture: what is refused before it is decoded, and what is made of the others."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from rlm.jobs.artist_images.pictures import (
    BrokenPictureError,
    Limits,
    Picture,
    picture,
    widths_for,
)

sys.path.insert(0, str(Path(__file__).parent))

from pixels import animated, bomb, drawn, jpeg, saved

LIMITS = Limits()


def taken(content: bytes) -> Picture:
    return picture(content, LIMITS)


def largest(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(taken(content).renditions[-1].content))


def near(pixel: object, expected: tuple[int, int, int]) -> bool:
    """WebP is lossy."""
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 24 for a, b in zip(pixel, expected, strict=True))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (130, [130]),
        (160, [160]),
        (161, [160, 161]),
        (700, [160, 480, 700]),
        (1200, [160, 480, 1200]),
        (5000, [160, 480, 1200]),
    ],
)
def test_pictures_are_scaled_down_and_never_up(width: int, expected: list[int]) -> None:
    assert widths_for(width) == expected


def test_renditions_are_webp_of_the_same_shape() -> None:
    found = taken(jpeg(1600, 1200))
    assert (found.format, found.width, found.height) == ("JPEG", 1600, 1200)
    shapes = [(r.width, r.height) for r in found.renditions]
    assert shapes == [(160, 120), (480, 360), (1200, 900)]
    for rendition in found.renditions:
        image = Image.open(io.BytesIO(rendition.content))
        assert (image.format, image.size) == ("WEBP", (rendition.width, rendition.height))


def test_same_picture_has_the_same_version_and_bytes() -> None:
    one, other = taken(jpeg()), taken(jpeg())
    assert one == other
    assert one.version != taken(jpeg(641)).version


def test_picture_of_a_phone_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "backstage, do not publish"
    content = jpeg(400, 200, exif=exif.tobytes())
    assert (taken(content).width, taken(content).height) == (200, 400)
    shown = largest(content)
    assert near(shown.convert("RGB").getpixel((190, 10)), (255, 0, 0))
    assert not shown.getexif()
    assert not {"exif", "icc_profile", "xmp"} & shown.info.keys()
    assert b"backstage" not in taken(content).renditions[-1].content


def test_transparent_picture_is_laid_on_white() -> None:
    shown = largest(saved(Image.new("RGBA", (200, 200), (255, 0, 0, 0)), "PNG"))
    assert shown.mode == "RGB"
    assert near(shown.getpixel((100, 100)), (255, 255, 255))


def test_palette_with_transparency_is_laid_on_white() -> None:
    image = Image.new("P", (200, 200), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    shown = largest(saved(image, "PNG", transparency=1))
    assert near(shown.getpixel((100, 100)), (255, 255, 255))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (saved(Image.new("L", (200, 200), 128)), (128, 128, 128)),
        (saved(Image.new("CMYK", (200, 200), (0, 255, 255, 0))), (255, 0, 0)),
        (saved(Image.new("I;16", (200, 200), 128 * 257), "PNG"), (128, 128, 128)),
        (saved(Image.new("1", (200, 200), 1), "PNG"), (255, 255, 255)),
        (saved(Image.new("RGB", (200, 200), "teal"), "WEBP"), (0, 128, 128)),
    ],
    ids=["grey", "cmyk", "16 bits", "1 bit", "webp"],
)
def test_every_colour_mode_becomes_rgb(content: bytes, expected: tuple[int, int, int]) -> None:
    shown = largest(content)
    assert shown.mode == "RGB"
    assert near(shown.getpixel((100, 100)), expected)


def test_colours_are_converted_from_the_pictures_profile() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A camera that calls blue what others call red.
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    red = Image.new("RGB", (200, 200), (255, 0, 0))
    assert near(largest(saved(red, icc_profile=swapped)).getpixel((9, 9)), (0, 0, 255))


def test_profile_that_cannot_be_read_is_left_out() -> None:
    red = Image.new("RGB", (200, 200), (255, 0, 0))
    assert near(largest(saved(red, icc_profile=b"no profile")).getpixel((9, 9)), (255, 0, 0))


def test_first_picture_of_a_phones_double_jpeg_is_taken() -> None:
    content = saved(drawn(300, 300), "MPO", save_all=True, append_images=[drawn(300, 300)])
    assert taken(content).format == "JPEG"


BROKEN = {
    "empty": (b"", "empty_file"),
    "text": (b"Sorry, the photographer has not sent it yet.\n" * 20, "not_an_image"),
    "web page": (b"<!DOCTYPE html><title>404</title>", "type"),
    "gif": (animated("GIF"), "type"),
    "pdf": (b"%PDF-1.7 \n" + bytes(300), "type"),
    "header only": (jpeg()[:30], "not_an_image"),
    "cut jpeg": (jpeg()[: len(jpeg()) // 2], "truncated"),
    "cut png": (saved(drawn(), "PNG")[:-200], "truncated"),
    "cut webp": (saved(drawn(), "WEBP")[:-400], "truncated"),
    "animated webp": (animated("WEBP"), "animated"),
    "animated png": (animated("PNG"), "animated"),
    "stamp": (jpeg(100, 400), "too_small"),
    "bomb": (bomb(8_000), "decompression_bomb"),
    "larger bomb": (bomb(20_000), "decompression_bomb"),
    "long and thin": (saved(Image.new("L", (13_000, 130)), "PNG"), "decompression_bomb"),
}


@pytest.mark.parametrize(("content", "rule"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_picture_is_refused_with_its_rule(content: bytes, rule: str) -> None:
    with pytest.raises(BrokenPictureError) as refused:
        taken(content)
    assert (refused.value.rule, str(refused.value)[:1] != "") == (rule, True)


def test_file_that_is_too_large_is_refused_by_its_size() -> None:
    with pytest.raises(BrokenPictureError, match="1,000 are taken") as refused:
        picture(jpeg(), Limits(bytes=1_000))
    assert refused.value.rule == "file_size"


def test_bomb_is_small_as_a_file_and_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bomb(8_000)
    assert len(content) < 20_000

    def decoded(*_: object) -> None:
        raise AssertionError("the bomb was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(BrokenPictureError, match="8000 x 8000"):
        taken(content)
