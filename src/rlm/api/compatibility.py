"""What a new version of an OpenAPI document takes from callers of the old one; pure.

What is asked may only become freer, and what is answered may only become more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]
_LOWER_BOUNDS: Final = ("minimum", "minLength", "minItems")
_UPPER_BOUNDS: Final = ("maximum", "maxLength", "maxItems")


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A sentence for each promise of the old document that the new one does not keep."""
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            other = new["paths"].get(path, {}).get(method)
            if other is None:
                found.append(f"{name} is gone")
                continue
            found += [f"{name}: {one}" for one in _parameters(operation, other)]
            found += [f"{name}: {one}" for one in _responses(operation, other)]
            if _keys(old, operation) != _keys(new, other):
                found.append(f"{name}: another key opens it")
    old_schemas, new_schemas = old["components"]["schemas"], new["components"]["schemas"]
    for name, schema in old_schemas.items():
        if name not in new_schemas:
            found.append(f"schema {name} is gone")
        else:
            found += [f"schema {name}: {one}" for one in _answered(schema, new_schemas[name])]
    return found


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before = {one["name"]: one for one in old.get("parameters", ())}
    after = {one["name"]: one for one in new.get("parameters", ())}
    for name, parameter in before.items():
        if name not in after:
            yield f"parameter {name} is gone"
            continue
        if after[name].get("required") and not parameter.get("required"):
            yield f"parameter {name} is required now"
        if _sent(after[name]) != _sent(parameter):
            yield f"parameter {name} was {_sent(parameter)}, is {_sent(after[name])}"
        for change in _asked(parameter["schema"], after[name]["schema"]):
            yield f"parameter {name}: {change}"
    for name, parameter in after.items():
        if name not in before and parameter.get("required"):
            yield f"parameter {name} is new and required"


def _sent(parameter: Mapping[str, Any]) -> str:
    """Where and how a value is sent, with OpenAPI's defaults."""
    place = parameter["in"]
    style = parameter.get("style", "form" if place in ("query", "cookie") else "simple")
    values = "one each" if parameter.get("explode", style == "form") else "together"
    return f"in the {place} as {style}, values {values}"


def _keys(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[Any]:
    """What opens an operation: for each choice, each scheme as it is defined."""
    schemes = document["components"].get("securitySchemes", {})
    return [
        {name: (_without_words(schemes[name]), scopes) for name, scopes in choice.items()}
        for choice in operation.get("security", document.get("security", []))
    ]


def _without_words(scheme: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in scheme.items() if key != "description"}


def _responses(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for status, response in old["responses"].items():
        other = new["responses"].get(status)
        if other is None:
            yield f"response {status} is gone"
            continue
        for kind, content in response.get("content", {}).items():
            if other.get("content", {}).get(kind, {}).get("schema") != content["schema"]:
                yield f"response {status}: {kind} is another schema"
        for header in response.get("headers", {}):
            if header not in other.get("headers", {}):
                yield f"response {status}: header {header} is gone"


def _asked(old: Schema, new: Schema) -> Iterator[str]:
    """A value that was taken must be taken still."""
    if old.get("type") != new.get("type"):
        yield f"type was {old.get('type')}, is {new.get('type')}"
    if old.get("default") != new.get("default"):
        yield f"default was {old.get('default')}, is {new.get('default')}"
    if "enum" in new and (lost := sorted(set(old.get("enum", ())) - set(new["enum"]))):
        yield f"no longer takes {', '.join(lost)}"
    if "enum" in new and "enum" not in old:
        yield "takes named values only now"
    for bound in (*_LOWER_BOUNDS, *_UPPER_BOUNDS):
        was, now = old.get(bound), new.get(bound)
        if now is None:
            continue
        if was is None or (now > was if bound in _LOWER_BOUNDS else now < was):
            yield f"{bound} was {was}, is {now}"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield "has another pattern"
    if "items" in old and "items" in new:
        yield from _asked(old["items"], new["items"])


def _answered(old: Schema, new: Schema) -> Iterator[str]:
    """A property that was there must be there still, and be of no type that it was not."""
    for name, schema in old.get("properties", {}).items():
        other = new.get("properties", {}).get(name)
        if other is None:
            yield f"property {name} is gone"
        elif not _kinds(other) <= _kinds(schema) | _narrower(_kinds(schema)):
            yield f"property {name} was {_worded(schema)}, is {_worded(other)}"
        elif lost := sorted(set(schema.get("enum", ())) - set(other.get("enum", ()))):
            yield f"property {name} is never {', '.join(lost)} now"
    for name in old.get("required", ()):
        if name in new.get("properties", {}) and name not in new.get("required", ()):
            yield f"property {name} may be missing now"


def _kinds(schema: Schema) -> frozenset[str]:
    """The types that a value may have, references and items by name."""
    if "anyOf" in schema:
        return frozenset[str]().union(*(_kinds(one) for one in schema["anyOf"]))
    if "$ref" in schema:
        return frozenset({schema["$ref"]})
    if "enum" in schema:
        # A new value of an enumeration is for callers to live with.
        return frozenset({"enum"})
    if schema.get("type") == "array":
        return frozenset({f"array of {sorted(_kinds(schema.get('items', {})))}"})
    return frozenset({str(schema.get("type"))})


def _narrower(kinds: frozenset[str]) -> frozenset[str]:
    """What is one of these kinds too."""
    within = {"number": "integer", "string": "enum"}
    return frozenset(within[kind] for kind in kinds & within.keys())


def _worded(schema: Schema) -> str:
    return " or ".join(sorted(_kinds(schema)))
