"""The page that shows an OpenAPI document to people: no script, nothing from elsewhere.

Invariant: text of the document is escaped; only this module writes markup.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

from shared.web.api_document import Endpoint, written_once

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "summary{cursor:pointer;padding:.3rem 0}code,pre{font:14px/1.5 ui-monospace,monospace}"
    "pre{overflow-x:auto;background:#8881;padding:.5rem 1rem;margin:.5rem 0}"
    "summary code{overflow-wrap:anywhere}summary b{display:inline-block;min-width:4rem}"
    "details>div{margin-left:1rem;border-left:3px solid #8884;padding-left:1rem}"
    "table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}h4{margin:0}"
)
WORDS = {
    "how": (
        "Каждый запрос, кроме открытых, несёт <code>Authorization: Bearer …</code>.",
        "Every request but the open ones carries <code>Authorization: Bearer …</code>.",
    ),
    "parameters": ("Параметры", "Parameters"),
    "body": ("Тело", "Body"),
    "answers": ("Ответы", "Answers"),
    "required": ("обязательно", "required"),
}
METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 4
Schema = Mapping[str, Any]


def _both(name: str) -> str:
    russian, english = WORDS[name]
    return f'<span lang="ru">{russian}</span> · <span lang="en">{english}</span>'


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def shape(schema: Schema, document: Schema, *, depth: int = 0) -> str:
    """A schema in a few words: a type, a choice, or an object with a line for each member."""
    found = _resolved(schema, document)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in found:
            parts = [shape(part, document, depth=depth) for part in found[several]]
            return " | ".join(dict.fromkeys(parts))
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"])
    if "const" in found:
        return str(found["const"])
    if found.get("type") == "array":
        return f"[{shape(found.get('items', {}), document, depth=depth)}, …]"
    members = found.get("properties")
    if not members or depth == DEEPEST:
        return str(found.get("format") or found.get("type") or "any")
    inner = "  " * (depth + 1)
    needed = set(found.get("required", ()))
    lines = [
        f"{inner}{name}{'' if name in needed else '?'}: {shape(member, document, depth=depth + 1)}"
        for name, member in members.items()
    ]
    return "\n".join(["{", *lines, "  " * depth + "}"])


def _contents(holder: Schema, document: Schema) -> Iterator[str]:
    for kind, content in holder.get("content", {}).items():
        text = shape(content.get("schema", {}), document)
        yield f"<p><code>{escape(kind)}</code></p><pre>{escape(text)}</pre>"


def _parameters(operation: Schema, document: Schema) -> Iterator[str]:
    parameters = operation.get("parameters", ())
    if parameters:
        yield f"<h4>{_both('parameters')}</h4><table>"
    for parameter in parameters:
        needed = _both("required") if parameter.get("required") else ""
        about = escape(parameter.get("description", ""))
        kind = escape(shape(parameter.get("schema", {}), document))
        yield (
            f"<tr><td><code>{escape(parameter['name'])}</code></td>"
            f"<td>{escape(parameter['in'])}</td><td><code>{kind}</code></td>"
            f"<td>{needed}</td><td>{about}</td></tr>"
        )
    if parameters:
        yield "</table>"


def _answers(operation: Schema, document: Schema) -> Iterator[str]:
    yield f"<h4>{_both('answers')}</h4>"
    for status, answer in operation.get("responses", {}).items():
        yield f"<p><b>{escape(str(status))}</b> {escape(answer.get('description', ''))}</p>"
        if str(status).startswith("2"):
            yield from _contents(answer, document)


def _operation(method: str, path: str, operation: Schema, document: Schema) -> Iterator[str]:
    about = operation.get("description") or operation.get("summary") or ""
    yield (
        f"<details id='{escape(operation['operationId'])}'><summary><b>{method.upper()}</b> "
        f"<code>{escape(path)}</code><br>{escape(about)}</summary><div>"
    )
    yield from _parameters(operation, document)
    if "requestBody" in operation:
        yield f"<h4>{_both('body')}</h4>"
        yield from _contents(operation["requestBody"], document)
    yield from _answers(operation, document)
    yield "</div></details>"


def api_page(document: Schema) -> str:
    """The whole page, the operations in the document's order."""
    title, about = (escape(document["info"].get(name, "")) for name in ("title", "description"))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<title>{title}</title><meta name="viewport" content="width=device-width">',
        f"<style>{STYLE}</style></head><body><h1>{title}</h1><p>{about}</p><p>{_both('how')}</p>",
        '<p><a href="openapi.json">openapi.json</a></p>',
    ]
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                parts.extend(_operation(method, path, methods[method], document))
    return "".join([*parts, "</body></html>"])


def _headers() -> dict[str, str]:
    """The page's own style is named by its digest; nothing else may be loaded or run."""
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }


def api_page_endpoint(document: Callable[[], Schema]) -> Endpoint:
    """An endpoint for the page; the document is asked for when the page is."""
    return written_once(lambda _root: HTMLResponse(api_page(document()), headers=_headers()))
