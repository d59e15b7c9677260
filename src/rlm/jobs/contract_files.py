"""Reads the contracts from their Open Data Contract Standard files."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, get_args

import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty

from rlm.domain.contract import (
    ColumnType,
    Contract,
    ContractError,
    Field,
    LandingColumn,
    RowRule,
    SilverColumn,
)

_OPTIONS = {"pattern", "minimum", "maximum", "maxLength", "multipleOf", "timezone"}


def load_contracts() -> dict[str, Contract]:
    """Every source's contract, by source, from the wheel or else from the source tree."""
    packaged = resources.files("rlm") / "contracts"
    # An editable install has no copy of include/ in the package.
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "include/contracts"
    contracts = [
        parse_contract(file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda f: f.name)
        if file.name.endswith(".yaml")
    ]
    if not contracts:
        raise ContractError(f"no contract in {folder}")
    return {contract.source: contract for contract in contracts}


def parse_contract(text: str) -> Contract:
    """The contract in `text`; unknown keys and types raise, naming them."""
    document = OpenDataContractStandard.from_string(text)
    _refuse_unknown(yaml.safe_load(text), document.model_dump(by_alias=True), "contract")
    schema = {s.name: s for s in document.schema_ or []}
    landing, silver = schema["landing"], schema["silver"]
    properties = landing.properties or []
    key = sorted((p for p in properties if p.primaryKey), key=lambda p: p.primaryKeyPosition or 1)
    return Contract(
        source=_named(document.name),
        version=_named(document.version),
        file_format=(document.servers or [])[0].format,  # type: ignore[arg-type]
        key=tuple(_named(p.name) for p in key),
        quarantine_threshold=float(_required(document, "quarantineThreshold")),
        quarantine_allowance=int(_required(document, "quarantineAllowance")),
        landing=tuple(_landing_column(p) for p in properties),
        row_rules=tuple(
            RowRule(_named(q.name), q.description or "", _named(q.query))
            for q in landing.quality or []
        ),
        silver=tuple(
            SilverColumn(
                name=_named(p.name),
                type=_named(p.physicalType),
                expression=p.transformLogic or _named(p.name),
                merges_greatest=_custom(p, "mergeWith") == "greatest",
            )
            for p in silver.properties or []
        ),
        partitioned_by=_custom(silver, "partitionedBy"),
    )


def _landing_column(prop: SchemaProperty) -> LandingColumn:
    options = prop.logicalTypeOptions or {}
    target = prop.relationships[0] if prop.relationships else None
    items = prop.items
    step = options.get("multipleOf")
    if unknown := options.keys() - _OPTIONS:
        raise ContractError(f"{prop.name}: {sorted(unknown)} are no options that RLM knows")
    if prop.logicalType not in get_args(ColumnType):
        raise ContractError(f"{prop.name}: {prop.logicalType} is none of {get_args(ColumnType)}")
    return LandingColumn(
        name=_named(prop.name),
        type=prop.logicalType,  # type: ignore[arg-type]
        required=bool(prop.required),
        references=tuple(str(target.to).split(".")) if target else None,  # type: ignore[arg-type]
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        scale=len(str(step).partition(".")[2]) if step else None,
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        choices=tuple(str(choice.value) for choice in prop.enum or []),
        is_time_zone=_custom(prop, "vocabulary") == "iana_time_zone",
        is_local_time=options.get("timezone") is False,
        separator=_custom(prop, "separator"),
        fields=tuple(
            Field(_named(p.name), p.logicalType, bool(p.required))  # type: ignore[arg-type]
            for p in (items.properties if items and items.properties else [])
        ),
    )


def _refuse_unknown(written: Any, understood: Any, place: str) -> None:
    """The standard's model drops what it does not know: a misspelt rule would not be checked."""
    if isinstance(written, dict):
        for key, value in written.items():
            if key not in understood:
                raise ContractError(f"{place}.{key} is not in the Open Data Contract Standard")
            _refuse_unknown(value, understood[key], f"{place}.{key}")
    elif isinstance(written, list):
        for nth, (one, other) in enumerate(zip(written, understood, strict=True)):
            _refuse_unknown(one, other, f"{place}[{nth}]")


def _custom(
    holder: OpenDataContractStandard | SchemaObject | SchemaProperty, name: str
) -> Any | None:
    for custom in holder.customProperties or []:
        if custom.property == name:
            return custom.value
    return None


def _required(document: OpenDataContractStandard, name: str) -> Any:
    value = _custom(document, name)
    if value is None:
        raise ContractError(f"{document.name}: the custom property {name} is missing")
    return value


def _named(value: str | None) -> str:
    if not value:
        raise ContractError("a name, type or query in a contract is empty")
    return value
