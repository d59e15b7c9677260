"""A theme as CSS variables, and as the colours that charts take."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from typing import Any

from rlm.quicksight.drawing.markup import hyphened

FONTS = (
    "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', "
    "'Liberation Sans', Arial, sans-serif"
)
# Distinct in hue and in lightness, so that neighbours differ for the colour-blind too.
DATA_COLORS = (
    "#3b6fd4",
    "#ee8a3c",
    "#22a08a",
    "#c9447d",
    "#7b5bd6",
    "#d9b12f",
    "#3fa3cf",
    "#6d7f92",
    "#a8553d",
    "#6aa84f",
    "#a3b8ee",
    "#f4c49b",
    "#8fd3c5",
    "#e6a2bf",
    "#c0b0ee",
    "#efdc97",
    "#a1d4ea",
    "#b7c0ca",
    "#d6aa9c",
    "#b8d8a8",
)
LIGHT = {
    "PrimaryForeground": "#1b2430",
    "PrimaryBackground": "#ffffff",
    "SecondaryForeground": "#596675",
    "SecondaryBackground": "#f4f6f9",
    "Accent": "#2f62c9",
    "AccentForeground": "#ffffff",
    "Danger": "#c62f37",
    "DangerForeground": "#ffffff",
    "Warning": "#b26a00",
    "WarningForeground": "#ffffff",
    "Success": "#1d7f54",
    "SuccessForeground": "#ffffff",
    "Dimension": "#2f62c9",
    "DimensionForeground": "#ffffff",
    "Measure": "#1d7f54",
    "MeasureForeground": "#ffffff",
}
DARK = {
    **LIGHT,
    "PrimaryForeground": "#eef2f7",
    "PrimaryBackground": "#1c2430",
    "SecondaryForeground": "#a9b6c6",
    "SecondaryBackground": "#121822",
    "Accent": "#74a4ff",
    "AccentForeground": "#0b1220",
    "Danger": "#ff7a80",
    "Warning": "#ffb74d",
    "Success": "#5bd29b",
    "Dimension": "#74a4ff",
    "Measure": "#5bd29b",
}
# What AWS manages: known by id alone.
MANAGED = {"CLASSIC": LIGHT, "SEASIDE": LIGHT, "RAINIER": LIGHT, "MIDNIGHT": DARK}
RELATIVE_SIZES = {"EXTRA_SMALL": 10, "SMALL": 12, "MEDIUM": 14, "LARGE": 18, "EXTRA_LARGE": 24}
_HEX = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")
_FAMILY = re.compile(r"[^\w \-]")
_LENGTH = re.compile(r"\d+(\.\d+)?(px|pt|em|rem|%)?$")


@dataclass(frozen=True)
class Theme:
    """What a theme decides, every choice made."""

    ui: Mapping[str, str]
    """The UI palette by its roles: PrimaryForeground, Accent, ..."""
    colors: tuple[str, ...]
    gradient: tuple[str, str]
    empty: str
    """The fill where there is no value."""
    family: str
    has_border: bool = True
    border_color: str | None = None
    border_width: str = "1px"
    radius: str = "10px"
    padding: str = "12px"
    tile_background: str | None = None
    sheet_background: str | None = None
    has_gutter: bool = True
    has_margin: bool = True
    fonts: Mapping[str, Mapping[str, Any]] | None = None
    """Typography: VisualTitle, VisualSubtitle, AxisTitle, AxisLabel, LegendTitle, LegendValue,
    DataLabel, ControlTitle; each a FontConfiguration."""

    @property
    def is_dark(self) -> bool:
        """Whether texts on it have to be light."""
        return luminance(self.ui["PrimaryBackground"]) < 0.35

    @property
    def line(self) -> str:
        """The colour of thin lines: axes, grids, borders of tiles."""
        return mix(self.ui["PrimaryForeground"], self.ui["PrimaryBackground"], 0.88)

    def css(self) -> dict[str, str]:
        """The variables of the page."""
        variables = {f"--{hyphened(role)}": color for role, color in self.ui.items()}
        background = self.sheet_background or self.ui["SecondaryBackground"]
        return {
            **variables,
            "--font": self.family,
            "--line": self.line,
            "--sheet": background,
            "--sheet-foreground": readable_on(background, self.ui["PrimaryForeground"]),
            "--tile": self.tile_background or self.ui["PrimaryBackground"],
            "--tile-border": (
                f"{self.border_width} solid {self.border_color or self.line}"
                if self.has_border
                else "1px solid transparent"
            ),
            "--tile-radius": self.radius,
            "--tile-padding": self.padding,
            "--gutter": "10px" if self.has_gutter else "0px",
            "--margin": "16px" if self.has_margin else "0px",
            "--hover": mix(self.ui["Accent"], self.ui["PrimaryBackground"], 0.9),
            "--zebra": mix(self.ui["PrimaryForeground"], self.ui["PrimaryBackground"], 0.965),
            "--header": mix(self.ui["PrimaryForeground"], self.ui["PrimaryBackground"], 0.94),
            "--scheme": "dark" if self.is_dark else "light",
        }

    def font(self, name: str) -> dict[str, str]:
        """The style of one kind of text that the theme sets."""
        return font_style((self.fonts or {}).get(name))


def read_theme(configuration: Mapping[str, Any] | None, base: str = "CLASSIC") -> Theme:
    """A ThemeConfiguration on the theme that it starts from; without one, that theme itself."""
    given = configuration or {}
    ui = dict(MANAGED.get(base.upper(), LIGHT))
    chosen = {
        role: color
        for role, color in (given.get("UIColorPalette") or {}).items()
        if isinstance(color, str) and _HEX.match(color)
    }
    if not MANAGED.get(base.upper()) or chosen:
        background = chosen.get("PrimaryBackground")
        if background and luminance(background) < 0.35:
            ui = dict(DARK)
    ui.update(chosen)
    data = given.get("DataColorPalette") or {}
    colors = tuple(color for color in data.get("Colors") or () if _HEX.match(color))
    gradient = [color for color in data.get("MinMaxGradient") or () if _HEX.match(color)]
    accent = (colors or DATA_COLORS)[0]
    pale = mix(accent, ui["PrimaryBackground"], 0.82)
    sheet = given.get("Sheet") or {}
    tile = sheet.get("Tile") or {}
    border = tile.get("Border") or {}
    layout = sheet.get("TileLayout") or {}
    typography = given.get("Typography") or {}
    families = [
        _FAMILY.sub("", one.get("FontFamily") or "") for one in typography.get("FontFamilies") or ()
    ]
    return Theme(
        ui=ui,
        colors=colors or DATA_COLORS,
        gradient=(gradient[0], gradient[-1]) if len(gradient) > 1 else (pale, accent),
        empty=data.get("EmptyFillColor")
        or mix(ui["PrimaryForeground"], ui["PrimaryBackground"], 0.9),
        family=", ".join([*(f"'{one}'" for one in families if one), FONTS]),
        has_border=border.get("Show", True),
        border_color=_color(border.get("Color")),
        border_width=_length(border.get("Width"), "1px"),
        radius=_length(tile.get("BorderRadius"), "10px"),
        padding=_length(tile.get("Padding"), "12px"),
        tile_background=_color(tile.get("BackgroundColor")),
        sheet_background=_color((sheet.get("Background") or {}).get("Color")),
        has_gutter=(layout.get("Gutter") or {}).get("Show", True),
        has_margin=(layout.get("Margin") or {}).get("Show", True),
        fonts=_fonts(typography),
    )


def _fonts(typography: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    fonts = {}
    for key, value in typography.items():
        if key.endswith("FontConfiguration") and isinstance(value, dict):
            name = key.removesuffix("FontConfiguration")
            fonts[name] = value.get("FontConfiguration") or value
    return fonts


def font_style(configuration: Mapping[str, Any] | None) -> dict[str, str]:
    """A FontConfiguration as styles of the page."""
    given = configuration or {}
    style = {}
    size = given.get("FontSize") or {}
    if size.get("Absolute"):
        style["fontSize"] = _length(size["Absolute"], "14px")
    elif size.get("Relative") in RELATIVE_SIZES:
        style["fontSize"] = f"{RELATIVE_SIZES[size['Relative']]}px"
    if _color(given.get("FontColor")):
        style["color"] = given["FontColor"]
    weight = (given.get("FontWeight") or {}).get("Name")
    if weight:
        style["fontWeight"] = "700" if weight == "BOLD" else "400"
    if given.get("FontStyle"):
        style["fontStyle"] = given["FontStyle"].lower()
    if given.get("FontDecoration"):
        style["textDecoration"] = given["FontDecoration"].lower()
    if given.get("FontFamily"):
        style["fontFamily"] = f"'{_FAMILY.sub('', given['FontFamily'])}', {FONTS}"
    return style


def _color(value: Any) -> str | None:
    return value if isinstance(value, str) and _HEX.match(value) else None


def _length(value: Any, default: str) -> str:
    """A length that CSS takes; a bare number counts pixels."""
    if value is None:
        return default
    text = str(value).strip()
    if not _LENGTH.match(text):
        return default
    return f"{text}px" if text.replace(".", "").isdigit() else text


def channels(color: str) -> tuple[int, int, int]:
    """Red, green and blue of #rrggbb or #rrggbbaa."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(color: str, other: str, share: float) -> str:
    """Between the two, `share` of the way to the other."""
    share = min(max(share, 0.0), 1.0)
    pairs = zip(channels(color), channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def luminance(color: str) -> float:
    """Relative luminance as WCAG defines it: 0 is black, 1 white."""
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio: 4.5 is enough for text."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: str, preferred: str = "#1b2430") -> str:
    """The preferred colour where it can be read on the background, else a dark or a light one."""
    if contrast(background, preferred) >= 4.5:
        return preferred
    return max(("#ffffff", "#10151d"), key=lambda color: contrast(background, color))
