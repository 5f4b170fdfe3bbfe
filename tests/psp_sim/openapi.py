"""Holds a request against an OpenAPI description: the parts of JSON Schema that such descriptions use, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "object": (dict,),
    "array": (list,),
    "boolean": (bool,),
    "number": (int, float),
}


class OpenApi:
    """One description."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = yaml.safe_load(path.read_text())

    def complaints(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> list[str]:
        """Everything about a request that the description does not allow."""
        found = self._path(path)
        if found is None or method.lower() not in found:
            return [f"{method} {path} is not described"]
        operation = found[method.lower()]
        parameters = [self._resolve(row) for row in [*found.get("parameters", []), *operation.get("parameters", [])]]
        told = {name.lower(): value for name, value in headers.items()}
        complaints = [
            complaint
            for row in parameters
            if row["in"] == "header"
            for complaint in self._header(row, told.get(row["name"].lower()))
        ]
        content = self._resolve(operation.get("requestBody", {})).get("content", {})
        if "application/json" in content:
            complaints += list(self._check(content["application/json"]["schema"], body, "body"))
        return complaints

    def _header(self, row: dict[str, Any], value: str | None) -> Iterator[str]:
        if value is None:
            if row.get("required"):
                yield f"the header {row['name']} is missing"
        else:
            yield from self._check(row["schema"], value, row["name"])

    def _path(self, path: str) -> dict[str, Any] | None:
        for pattern, found in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), path):
                return dict(found)
        return None

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            place: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            node = place
        return node

    def _check(self, schema: dict[str, Any], value: Any, name: str) -> Iterator[str]:
        schema = self._resolve(schema)
        if value is None and schema.get("nullable"):
            return
        if "oneOf" in schema:
            if sum(not list(self._check(one, value, name)) for one in schema["oneOf"]) < 1:
                yield f"{name} is none of the allowed"
            return
        kinds = KINDS.get(schema.get("type", ""))
        if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            yield f"{name} is no {schema['type']}"
            return
        yield from _values(schema, value, name)
        if isinstance(value, dict):
            yield from self._object(schema, value, name)

    def _object(self, schema: dict[str, Any], value: dict[str, Any], name: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for wanted in schema.get("required", []):
            if wanted not in value:
                yield f"{name}.{wanted} is missing"
        for key, inner in value.items():
            if key in properties:
                yield from self._check(properties[key], inner, f"{name}.{key}")
            elif "additionalProperties" not in schema:
                yield f"{name}.{key} is unknown"


def _values(schema: dict[str, Any], value: Any, name: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{name} is none of {schema['enum']}"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1_000_000):
            yield f"{name} has a wrong length"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{name} does not look like {schema['pattern']}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{name} is out of bounds"
