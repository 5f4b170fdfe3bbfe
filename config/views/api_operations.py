"""The page on which a developer reads what programs can call; made of the same description that programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.api.mounted import API, description_of
from config.webhooks.kinds import EXAMPLE


@require_safe
def list_operations(request: HttpRequest) -> HttpResponse:
    """Every operation with its fields and examples, by the things that it is about."""
    schema = description_of(API)
    context = {
        "description": schema["info"]["description"].replace("`", "").split("\n\n"),
        "groups": operations_by_tag(),
        "event": _json(EXAMPLE),
    }
    return render(request, "config/api_operations.html", context)


@cache
def operations_by_tag() -> tuple[tuple[str, tuple[dict[str, Any], ...]], ...]:
    """The operations as the page shows them, in the order of the description."""
    schema = description_of(API)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            shown = {
                "method": method.upper(),
                "path": path,
                "summary": told["summary"],
                "id": told["operationId"],
                "asked": [one for one in told["parameters"] if one["in"] == "query"],
                "fields": list(_fields(schema, told)),
                "sent": _json(_example(told.get("requestBody", {}))),
                "told": _json(
                    next((_example(each) for code, each in told["responses"].items() if int(code) < 300), None)
                ),
            }
            groups.setdefault(told["tags"][0], []).append(shown)
    return tuple((tag, tuple(shown)) for tag, shown in groups.items())


def _fields(schema: dict[str, Any], told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    shape = schema["components"]["schemas"].get(name, {})
    for field, said in shape.get("properties", {}).items():
        yield {
            "name": field,
            "is_required": field in shape.get("required", ()),
            "words": said.get("description", ""),
        }


def _example(content: dict[str, Any]) -> Any:
    return content.get("content", {}).get("application/json", {}).get("example")


def _json(example: Any) -> str:
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
