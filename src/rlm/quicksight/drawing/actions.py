"""What clicking a visual does: filters, navigation, addresses, parameters, drilling down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.look import columns, leaves
from rlm.quicksight.results import ResultTable, VisualResult  # noqa: TC001 - part of the public types

if TYPE_CHECKING:
    from collections.abc import Mapping


def actions_of(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The enabled custom actions, as the page performs them."""
    found = []
    for one in definition.get("Actions") or ():
        if one.get("Status", "ENABLED") != "ENABLED":
            continue
        operations = [made for made in map(_operation, one.get("ActionOperations") or ()) if made]
        if operations:
            found.append(
                {
                    "id": one.get("CustomActionId", ""),
                    "name": one.get("Name", ""),
                    "isClick": str(one.get("Trigger", "DATA_POINT_CLICK")).endswith("CLICK"),
                    "operations": operations,
                }
            )
    return found


def fields_of(result: VisualResult, table: ResultTable) -> dict[str, dict[str, Any]]:
    """By field id: how actions name the field, and whether there is a level below it."""
    column_of = columns(result.definition)
    depth = _depths(result.definition)
    found: dict[str, dict[str, Any]] = {}
    for one in table.fields:
        if one.is_measure:
            continue
        told: dict[str, Any] = {
            "label": one.label,
            "column": column_of.get(one.field_id, ("", ""))[1],
        }
        below = depth.get(one.field_id)
        if below is not None:
            told["levels"] = below
        found[one.field_id] = told
    return found


def _depths(definition: Mapping[str, Any]) -> dict[str, list[str]]:
    """By field id, what each drill leads to, from the level that the definition has."""
    paths: dict[str, list[str] | None] = {}
    for one in definition.get("ColumnHierarchies") or ():
        for kind, told in one.items():
            names = [column["ColumnName"] for column in told.get("Columns") or ()]
            paths[told.get("HierarchyId", "")] = None if kind == "DateTimeHierarchy" else names
    found = {}
    for leaf in leaves((definition.get("ChartConfiguration") or {}).get("FieldWells")):
        hierarchy = leaf.get("HierarchyId")
        if hierarchy not in paths:
            continue
        path = paths[hierarchy]
        if path is None:
            found[leaf["FieldId"]] = _periods(leaf.get("DateGranularity") or "DAY")
        else:
            column = (leaf.get("Column") or {}).get("ColumnName", "")
            found[leaf["FieldId"]] = path[path.index(column) + 1 :] if column in path else []
    return found


def _periods(granularity: str) -> list[str]:
    order = ["YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
    start = {"WEEK": "MONTH"}.get(granularity, granularity)
    below = order[order.index(start) + 1 :] if start in order else []
    return [one.lower() for one in below]


def _operation(operation: Mapping[str, Any]) -> dict[str, Any] | None:
    if "FilterOperation" in operation:
        return {"kind": "filter"}
    if "NavigationOperation" in operation:
        local = operation["NavigationOperation"].get("LocalNavigationConfiguration") or {}
        return {"kind": "navigate", "sheet": local.get("TargetSheetId", "")}
    if "URLOperation" in operation:
        one = operation["URLOperation"]
        return {
            "kind": "url",
            "template": one.get("URLTemplate", ""),
            "newTab": one.get("URLTarget", "NEW_TAB") != "SAME_TAB",
        }
    if "SetParametersOperation" in operation:
        values = operation["SetParametersOperation"].get("ParameterValueConfigurations") or ()
        return {"kind": "parameters", "values": [_parameter(one) for one in values]}
    return None


def _parameter(one: Mapping[str, Any]) -> dict[str, Any]:
    value = one.get("Value") or {}
    told: dict[str, Any] = {"name": one.get("DestinationParameterName", "")}
    if value.get("SelectAllValueOptions") == "ALL_VALUES":
        told["all"] = True
    elif value.get("SourceField"):
        told["field"] = value["SourceField"]
    elif value.get("SourceParameterName"):
        told["parameter"] = value["SourceParameterName"]
    elif value.get("SourceColumn"):
        told["column"] = value["SourceColumn"].get("ColumnName", "")
    else:
        custom = (value.get("CustomValuesConfiguration") or {}).get("CustomValues") or {}
        told["values"] = [v for values in custom.values() for v in values]
    return told
