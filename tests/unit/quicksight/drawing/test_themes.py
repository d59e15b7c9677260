"""A theme is every choice of it made, readable whatever was chosen."""

from __future__ import annotations

from rlm.quicksight.drawing.themes import (
    DARK,
    DATA_COLORS,
    LIGHT,
    contrast,
    font_style,
    mix,
    read_theme,
    readable_on,
)


def test_without_a_configuration_the_base_theme_counts() -> None:
    assert read_theme(None).colors == DATA_COLORS
    assert read_theme(None, "MIDNIGHT").is_dark
    assert not read_theme(None, "CLASSIC").is_dark


def test_palette_gradient_tiles_and_fonts_are_taken() -> None:
    theme = read_theme(
        {
            "UIColorPalette": {"PrimaryBackground": "#101820", "Accent": "#FF0000"},
            "DataColorPalette": {
                "Colors": ["#111111", "#222222"],
                "MinMaxGradient": ["#000000", "#FFFFFF"],
                "EmptyFillColor": "#CCCCCC",
            },
            "Sheet": {
                "Tile": {"Border": {"Show": False}, "BorderRadius": "4", "Padding": "6px"},
                "TileLayout": {"Gutter": {"Show": False}, "Margin": {"Show": False}},
            },
            "Typography": {
                "FontFamilies": [{"FontFamily": "Roboto; }"}],
                "AxisLabelFontConfiguration": {"FontSize": {"Absolute": "9px"}},
                "VisualTitleFontConfiguration": {
                    "FontConfiguration": {"FontWeight": {"Name": "BOLD"}}
                },
            },
        }
    )
    css = theme.css()
    assert theme.colors == ("#111111", "#222222")
    assert theme.gradient == ("#000000", "#FFFFFF")
    assert theme.empty == "#CCCCCC"
    assert theme.is_dark
    assert css["--accent"] == "#FF0000"
    assert css["--primary-foreground"] == DARK["PrimaryForeground"]
    assert css["--tile-border"] == "1px solid transparent"
    assert (css["--tile-radius"], css["--tile-padding"]) == ("4px", "6px")
    assert (css["--gutter"], css["--margin"]) == ("0px", "0px")
    assert css["--font"].startswith("'Roboto ', Inter")
    assert css["--scheme"] == "dark"
    assert theme.font("AxisLabel") == {"fontSize": "9px"}
    assert theme.font("VisualTitle") == {"fontWeight": "700"}


def test_what_is_no_colour_and_no_length_is_not_taken() -> None:
    theme = read_theme(
        {
            "UIColorPalette": {"Accent": "red; }"},
            "Sheet": {"Tile": {"BorderRadius": "1px; color: red"}},
        }
    )
    assert theme.css()["--accent"] == LIGHT["Accent"]
    assert theme.css()["--tile-radius"] == "10px"


def test_own_themes_can_be_read() -> None:
    for palette in (LIGHT, DARK):
        for text, ground in (
            ("PrimaryForeground", "PrimaryBackground"),
            ("SecondaryForeground", "PrimaryBackground"),
            ("Accent", "PrimaryBackground"),
            ("Danger", "PrimaryBackground"),
            ("Success", "PrimaryBackground"),
            ("AccentForeground", "Accent"),
        ):
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)


def test_readable_colour() -> None:
    assert readable_on("#ffffff", "#111111") == "#111111"
    assert readable_on("#14363D", "#111111") == "#ffffff"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_font_configuration() -> None:
    assert font_style(
        {
            "FontSize": {"Relative": "LARGE"},
            "FontColor": "#FF8700",
            "FontWeight": {"Name": "BOLD"},
            "FontStyle": "ITALIC",
            "FontDecoration": "UNDERLINE",
        }
    ) == {
        "fontSize": "18px",
        "color": "#FF8700",
        "fontWeight": "700",
        "fontStyle": "italic",
        "textDecoration": "underline",
    }
    assert font_style({"FontSize": {"Absolute": "14"}}) == {"fontSize": "14px"}
