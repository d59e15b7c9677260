"""One definition with everything in it: each kind of visual, filter and control, each option.

Made from the API's own model, so that a new option is in it as soon as the model has it. It shows
what is read, and that nothing falls over an option that no dashboard of ours has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions.shapes import CHOICES, Shapes
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA_SET: Final = "sales"
COLUMNS: Final[Mapping[str, ColumnType]] = {
    "city": ColumnType.STRING,
    "country": ColumnType.STRING,
    "kind": ColumnType.STRING,
    "sold_on": ColumnType.DATETIME,
    "size": ColumnType.INTEGER,
    "gross": ColumnType.DECIMAL,
    "latitude": ColumnType.DECIMAL,
    "longitude": ColumnType.DECIMAL,
}
# Each visual so often: of members that exclude each other, one each time.
VARIANTS: Final = 4

_EVERY_VALUE: Final = frozenset(("SelectAllOptions",))
_NO_PARAMETER: Final = _EVERY_VALUE | {"ParameterName", "Parameter"}
_TITLES: Final = frozenset(("ControlTitleFormatText", "TitleOptions"))
# Of filters more: what lets everything through, or comes from a parameter, hides all else.
_FILTER_VARIANTS: Final[tuple[frozenset[str], ...]] = (
    frozenset(),
    _EVERY_VALUE,
    _EVERY_VALUE,
    _NO_PARAMETER | {"RollingDate"},
    _NO_PARAMETER | {"Value", "Type"},
    _NO_PARAMETER,
)
_DIMENSIONS: Final = ("city", "country", "kind")
# The wanted value of an enumeration, where its first one would switch something off.
_WORDS: Final = ("VISIBLE", "ENABLED", "DESC", "MONTH", "SUM", "CONTAINS", "ALL_VISUALS")
_TEXTS: Final = {
    "CurrencyCode": "EUR",
    "UnicodeIcon": "\u2605",
    "ParameterName": "Words",
    "DataSetIdentifier": DATA_SET,
    "URLOperationTemplate": "https://example.org/<<$Words>>",
    "VisualMessageLinkUrl": "https://example.org",
    "Arn": "arn:aws:quicksight:eu-central-1:123456789012:dataset/sales",
}
# Members that need something outside of the definition, or make it another one.
_LEFT_OUT: Final = frozenset(
    ("TopicIdentifier", "HierarchyId", "ContributionAnalysisDefaults", "DrillDownFilters")
)


def _column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": DATA_SET, "ColumnName": name}


# Parts of the names of structures whose column is a number.
_OF_NUMBERS: Final = ("Numeric", "Measure", "AggregationSort")
# Members that want a date, whatever the variant.
_MOMENTS: Final = ("Time", "TrendGroups")
_MONTHS: Final = {"Column": _column("sold_on"), "DateGranularity": "MONTH"}
_HIERARCHIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "ExplicitHierarchy": {
            "HierarchyId": "hierarchy",
            "Columns": [_column("city"), _column("country")],
        }
    },
    {"DateTimeHierarchy": {"HierarchyId": "hierarchy"}},
    {"PredefinedHierarchy": {"HierarchyId": "places", "Columns": [_column("country")]}},
)
# Kinds of which a list holds one that fits the variant, and not one of each.
_ONE_OF_THEM: Final = ("DimensionField", "MeasureField", "ColumnHierarchy")


@dataclass
class _Maker:
    """Makes values of the API's shapes for one visual, filter or control."""

    shapes: Shapes
    variant: int
    names: Mapping[str, str]
    """Texts by the name of their member: ids of what is there."""
    has_hierarchies: bool = False
    left_out: frozenset[str] = frozenset()
    """Members that hide others, as names."""
    fields: list[str] = field(default_factory=list)
    """Ids of the fields in the wells so far."""
    used: int = 0
    _made: int = 0

    def make(self, shape: str, member: str = "", above: tuple[str, ...] = ()) -> Any:
        """A value of the shape; None where it would lie within one of its own kind."""
        model = self.shapes.by_name[shape]
        if shape in above:
            return None
        special = self._special(shape, member, above)
        if special is not None:
            return special
        match model["type"]:
            case "structure":
                return self._structure(shape, (*above, shape))
            case "list":
                return self._list(model, member, above)
            case "string":
                return self._text(shape, member, model)
            case "boolean":
                return True
            case "timestamp":
                return "2026-01-31T00:00:00"
            case _:
                return min(max(2, model.get("min", 2)), model.get("max", 2))

    def _structure(self, shape: str, above: tuple[str, ...]) -> dict[str, Any] | None:
        members = self.shapes.members(shape)
        chosen = [name for name in members if name not in _LEFT_OUT | self.left_out]
        if self._is_choice(shape):
            chosen = [chosen[self.variant % len(chosen)]]
        # Wells first: everything else may name a field of them.
        chosen.sort(key=lambda name: name != "FieldWells")
        made = {}
        for name in chosen:
            value = self.make(members[name], name, above)
            if value is not None:
                made[name] = value
        if any(name not in made for name in self.shapes.by_name[shape].get("required", ())):
            # Of what is not there, as fields of a visual without wells.
            return None
        return {name: made[name] for name in members if name in made}

    def _is_choice(self, shape: str) -> bool:
        return shape in CHOICES or bool(self.shapes.by_name[shape].get("union"))

    def _list(
        self, model: Mapping[str, Any], member: str, above: tuple[str, ...]
    ) -> list[Any] | None:
        """One item, or one of each kind."""
        inner = model["member"]
        members = self.shapes.members(inner)
        if (self._is_choice(inner) and inner not in _ONE_OF_THEM) or inner.endswith(
            "ConditionalFormattingOption"
        ):
            parts = ((name, self.make(members[name], name, (*above, inner))) for name in members)
            items = [{name: value} for name, value in parts if value is not None]
        else:
            items = [self.make(inner, member, above)]
        items = [one for one in items if one is not None]
        if len(items) < model.get("min", 0):
            return None
        # Where not all may stand together, each variant has others.
        turn = self.variant * model.get("max", 0) % max(len(items), 1)
        return [*items[turn:], *items[:turn]][: model.get("max", len(items))]

    def _special(self, shape: str, member: str, above: tuple[str, ...]) -> Any:
        if shape == "DimensionField":
            return self._dimension(above, is_moment=member in _MOMENTS)
        if shape == "ColumnHierarchy":
            return _HIERARCHIES[self.variant % len(_HIERARCHIES)]
        if shape == "MeasureField":
            return self._measure(above)
        if shape == "UnaggregatedField":
            return {"FieldId": self._field(above), "Column": _column(self._next())}
        if shape == "ColumnIdentifier":
            is_number = any(word in one for one in above for word in _OF_NUMBERS)
            is_moment = any("Date" in one or "Time" in one for one in above[-2:])
            return _column("gross" if is_number else "sold_on" if is_moment else "city")
        if shape == "RollingDateConfiguration":
            return {"DataSetIdentifier": DATA_SET, "Expression": "truncDate('DD', now())"}
        if shape == "AggregationFunction":
            return {"NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}}
        if shape == "NumericalAggregationFunction":
            return {"SimpleNumericalAggregation": "SUM"}
        return None

    def _dimension(self, above: tuple[str, ...], *, is_moment: bool) -> dict[str, Any]:
        told = {"FieldId": self._field(above)}
        if is_moment:
            return {"DateDimensionField": told | _MONTHS}
        is_first = self.used == 0 and any(one.endswith("FieldWells") for one in above)
        hierarchy = {"HierarchyId": "hierarchy"} if is_first and self.has_hierarchies else {}
        match self.variant % len(_HIERARCHIES):
            case 1 if is_first:
                self.used += 1
                return {"DateDimensionField": told | hierarchy | _MONTHS}
            case 2 if is_first:
                self.used += 1
                return {"NumericalDimensionField": told | {"Column": _column("size")}}
            case _:
                return {
                    "CategoricalDimensionField": told
                    | hierarchy
                    | {"Column": _column(self._next())}
                }

    def _measure(self, above: tuple[str, ...]) -> dict[str, Any]:
        told = {"FieldId": self._field(above)}
        if any("Scatter" in one for one in above) or self.variant % 4 < 2:
            function = {"SimpleNumericalAggregation": "SUM"}
            named = {**told, "Column": _column("gross"), "AggregationFunction": function}
            return {"NumericalMeasureField": named}
        if self.variant % 4 == 2:
            return {"CalculatedMeasureField": {**told, "Expression": "sum({gross}) / 2"}}
        named = {**told, "Column": _column("city"), "AggregationFunction": "COUNT"}
        return {"CategoricalMeasureField": named}

    def _next(self) -> str:
        self.used += 1
        return _DIMENSIONS[(self.used - 1) % len(_DIMENSIONS)]

    def _field(self, above: tuple[str, ...]) -> str:
        self._made += 1
        name = f"field-{self._made}"
        if any(one.endswith("FieldWells") for one in above):
            self.fields.append(name)
        return name

    def _text(self, shape: str, member: str, model: Mapping[str, Any]) -> Any:
        if member in self.names:
            return self.names[member]
        if "enum" in model:
            return next((one for one in _WORDS if one in model["enum"]), model["enum"][0])
        if shape == "FieldId" or member in ("FieldId", "MeasureFieldId", "SelectedFields"):
            return self.fields[self.used % len(self.fields)] if self.fields else None
        if shape in _TEXTS:
            return _TEXTS[shape]
        if "Color" in shape:
            return "#336699"
        if "Pixel" in shape or "Padding" in shape or "Radius" in shape:
            return "100px"
        if "Expression" in member:
            return "sum({gross}) > 2"
        if "Url" in member or "URL" in member:
            return "https://example.org"
        if "Percent" in shape:
            return "50%"
        return "words"


def everything(shapes: Shapes) -> dict[str, Any]:
    """The definition; its one data set is `DATA_SET` with `COLUMNS`."""
    filters = list(_filters(shapes))
    sheets = [
        *_visual_sheets(shapes),
        _filter_sheet(shapes, filters),
        _control_sheet(shapes),
        _section_sheet(shapes),
    ]
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": DATA_SET, "DataSetArn": _TEXTS["Arn"]},
        ],
        "Sheets": sheets,
        "CalculatedFields": [
            {"DataSetIdentifier": DATA_SET, "Name": "half", "Expression": "{gross} / 2"}
        ],
        "ParameterDeclarations": list(_parameters(shapes)),
        "FilterGroups": filters,
        "ColumnConfigurations": [
            _Maker(shapes, 0, {"ColumnName": "gross"}).make("ColumnConfiguration")
        ],
        "AnalysisDefaults": _Maker(shapes, 0, {}).make("AnalysisDefaults"),
        "Options": _Maker(shapes, 0, {}).make("AssetOptions"),
        "StaticFiles": [
            {
                "ImageStaticFile": {
                    "StaticFileId": "logo",
                    "Source": {
                        "S3Options": {
                            "BucketName": "pictures",
                            "ObjectKey": "logo.png",
                            "Region": "eu-central-1",
                        }
                    },
                }
            }
        ],
    }


def _visual_sheets(shapes: Shapes) -> Iterator[dict[str, Any]]:
    """Two kinds of visual a sheet, each in all of its variants."""
    kinds = list(shapes.members("Visual").items())
    for number, first in enumerate(range(0, len(kinds), 2), start=1):
        visuals = []
        for kind, shape in kinds[first : first + 2]:
            for variant in range(VARIANTS):
                names = {
                    "VisualId": f"{kind}-{variant + 1}",
                    "TargetVisuals": f"{kind}-{(variant + 1) % VARIANTS + 1}",
                    "TargetSheetId": "sheet-1",
                    "DestinationParameterName": "Words",
                    "SourceParameterName": "Words",
                    "CustomActionId": f"action-{variant + 1}",
                    "ComputationId": "computation",
                }
                has_hierarchies = "ColumnHierarchies" in shapes.members(shape)
                maker = _Maker(shapes, variant, names, has_hierarchies)
                visuals.append({kind: maker.make(shape)})
        ids = [next(iter(one.values()))["VisualId"] for one in visuals]
        elements = [_placed(shapes, name, i) for i, name in enumerate(ids)]
        grid = _Maker(shapes, 0, {"ElementId": ids[0]}).make("GridLayoutConfiguration")
        yield {
            "SheetId": f"sheet-{number}",
            "Name": f"Sheet {number}",
            "Visuals": visuals,
            "Layouts": [{"Configuration": {"GridLayout": grid | {"Elements": elements}}}],
        }


def _placed(shapes: Shapes, name: str, index: int) -> dict[str, Any]:
    element: dict[str, Any] = _Maker(shapes, 0, {"ElementId": name}).make("GridLayoutElement")
    place = {"ElementType": "VISUAL", "ColumnIndex": index % 2 * 18, "RowIndex": index // 2 * 10}
    return element | place | {"ColumnSpan": 18, "RowSpan": 10}


def _filters(shapes: Shapes) -> Iterator[dict[str, Any]]:
    """A group for each kind of filter, in each variant, each on a visual of its own sheet."""
    for kind, shape in shapes.members("Filter").items():
        for variant, left_out in enumerate(_FILTER_VARIANTS):
            name = f"{kind}-{variant + 1}"
            parameter = _parameter_of(kind)
            names = {"FilterId": name, "ParameterName": parameter, "Parameter": parameter}
            body = _Maker(shapes, variant, names, left_out=left_out).make(shape)
            if kind == "RelativeDatesFilter":
                body["AnchorDateConfiguration"] = {"AnchorOption": "NOW"}
            scope = {
                "SheetId": "filters",
                "Scope": "SELECTED_VISUALS",
                "VisualIds": [f"chart-{name}"],
            }
            yield {
                "FilterGroupId": f"group-{name}",
                "Filters": [{kind: body}],
                "ScopeConfiguration": {
                    "SelectedSheets": {"SheetVisualScopingConfigurations": [scope]}
                },
                "Status": "ENABLED",
                "CrossDataset": "SINGLE_DATASET",
            }


def _filter_sheet(shapes: Shapes, groups: list[dict[str, Any]]) -> dict[str, Any]:
    """A chart for each filter, and every kind of control of filters."""
    visuals = []
    ids = [next(iter(group["Filters"][0].values()))["FilterId"] for group in groups]
    for name in ids:
        category = {"CategoricalDimensionField": {"FieldId": "a", "Column": _column("city")}}
        value = {"NumericalMeasureField": {"FieldId": "b", "Column": _column("gross")}}
        wells = {"BarChartAggregatedFieldWells": {"Category": [category], "Values": [value]}}
        configuration = {"FieldWells": wells}
        body = {"VisualId": f"chart-{name}", "ChartConfiguration": configuration}
        visuals.append({"BarChartVisual": body})
    by_control = {
        "Relative": "RelativeDatesFilter",
        "Date": "TimeRangeFilter",
        "Slider": "NumericRangeFilter",
        "Hierarchy": "HierarchyFilter",
    }
    controls = []
    for kind, shape in shapes.members("FilterControl").items():
        source = next((name for word, name in by_control.items() if word in kind), "CategoryFilter")
        names = {"SourceFilterId": f"{source}-1", "SourceSheetControlId": "filter-Dropdown-1"}
        for variant, left_out in enumerate((frozenset[str](), _TITLES)):
            names["FilterControlId"] = f"filter-{kind}-{variant + 1}"
            controls.append({kind: _Maker(shapes, variant, names, left_out=left_out).make(shape)})
    # What sheets share looks as its filter says: as each kind of control.
    for name in ids:
        shared = {"FilterControlId": f"shared-{name}", "SourceFilterId": name}
        controls.append({"CrossSheet": shared})
    return {
        "SheetId": "filters",
        "Name": "Filters",
        "FilterControls": controls,
        "Visuals": visuals,
    }


def _parameter_of(kind: str) -> str:
    if kind == "RelativeDatesFilter":
        # Both of how many periods, and of the anchor: that one is left to now.
        return "Whole"
    if "Time" in kind:
        return "Moment"
    return "Number" if "Numeric" in kind or "Top" in kind else "Words"


def _parameters(shapes: Shapes) -> Iterator[dict[str, Any]]:
    names = {"String": "Words", "Decimal": "Number", "Integer": "Whole", "DateTime": "Moment"}
    for kind, shape in shapes.members("ParameterDeclaration").items():
        name = next(name for word, name in names.items() if kind.startswith(word))
        body = _Maker(shapes, 0, {"Name": name}).make(shape)
        # A rolling date where there may be one; else a value.
        values = {"Words": ["Berlin"], "Number": [1.5], "Whole": [2], "Moment": ["2026-01-31"]}
        yield {kind: body | {"DefaultValues": {"StaticValues": values[name]}}}


def _control_sheet(shapes: Shapes) -> dict[str, Any]:
    """Every kind of control of parameters, and a text, on a free-form sheet."""
    parameters = []
    for kind, shape in shapes.members("ParameterControl").items():
        source = {"DateTimePicker": "Moment", "Slider": "Number"}.get(kind, "Words")
        names = {"SourceParameterName": source, "SourceSheetControlId": "parameter-Dropdown-1"}
        for variant, left_out in enumerate((frozenset[str](), _TITLES | {"LinkToDataSetColumn"})):
            names["ParameterControlId"] = f"parameter-{kind}-{variant + 1}"
            made = _Maker(shapes, variant, names, left_out=left_out).make(shape)
            parameters.append({kind: made})
    box = _Maker(shapes, 0, {"SheetTextBoxId": "text-box"}).make("SheetTextBox")
    names = {"SheetImageId": "image", "StaticFileId": "logo", "CustomActionId": "action"}
    image = _Maker(shapes, 0, names | {"TargetSheetId": "sheet-1"}).make("SheetImage")
    names = {"ElementId": "text-box", "ElementType": "TEXT_BOX"}
    layout = _Maker(shapes, 0, names).make("FreeFormLayoutConfiguration")
    return {
        "SheetId": "controls",
        "Name": "Controls",
        "Title": "Controls",
        "Description": "Every control",
        "ParameterControls": parameters,
        "TextBoxes": [box],
        "Images": [image],
        "Layouts": [{"Configuration": {"FreeFormLayout": layout}}],
        "ContentType": "INTERACTIVE",
    }


def _section_sheet(shapes: Shapes) -> dict[str, Any]:
    """Sections above one another, each with a text."""
    box = {"SheetTextBoxId": "text", "Content": "words"}
    names = {"ElementId": "text", "ElementType": "TEXT_BOX", "SectionId": "section"}
    layout = _Maker(shapes, 0, names).make("SectionBasedLayoutConfiguration")
    return {
        "SheetId": "sections",
        "Name": "Sections",
        "TextBoxes": [box],
        "Layouts": [{"Configuration": {"SectionBasedLayout": layout}}],
        "ContentType": "PAGINATED",
    }
