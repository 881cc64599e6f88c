"""The documentation page: made from our own OpenAPI description, without a script and without a third party."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class PlainDocs(DocsBase):
    """One page that works everywhere, printed paper included."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page."""
        schema = api.get_openapi_schema(path_params=kwargs)
        return render(
            request,
            "api/docs.html",
            {
                "title": api.title,
                "version": api.version,
                "openapi_url": self.get_openapi_url(api, kwargs),
                "operations": list_operations(schema),
                "shapes": list_shapes(schema),
            },
        )


def list_operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation with its parameters, body and answers, as the template needs them."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "needs_key": bool(operation.get("security")),
            "parameters": [
                {**parameter, "type": name_type(parameter.get("schema", {}))}
                for parameter in operation.get("parameters", [])
            ],
            "body": name_type(_content(operation.get("requestBody", {}))),
            "answers": [
                {"status": status, "type": name_type(_content(answer))}
                for status, answer in sorted(operation["responses"].items(), key=lambda pair: str(pair[0]))
            ],
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def list_shapes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every object of the API with its fields."""
    return [
        {
            "name": name,
            "description": shape.get("description", ""),
            "fields": [
                {
                    "name": field,
                    "type": name_type(facts),
                    "required": field in shape.get("required", []),
                    "description": facts.get("description", ""),
                    "example": json.dumps(facts["examples"][0]) if facts.get("examples") else "",
                }
                for field, facts in shape.get("properties", {}).items()
            ],
        }
        for name, shape in sorted(schema["components"]["schemas"].items())
    ]


def name_type(facts: dict[str, Any]) -> str:
    """A JSON type in a few words; empty when there is none."""
    if "$ref" in facts:
        return str(facts["$ref"]).rpartition("/")[2]
    if "anyOf" in facts:
        return " | ".join(name_type(one) for one in facts["anyOf"] if one.get("type") != "null")
    if facts.get("type") == "array":
        return f"[{name_type(facts.get('items', {}))}, …]"
    if "enum" in facts:
        return " | ".join(str(value) for value in facts["enum"])
    return str(facts.get("format") or facts.get("type", ""))


def _content(part: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return content
