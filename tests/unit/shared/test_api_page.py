"""The API page shows what a document says as text, whatever it says."""

import pytest

from shared.web.api_page import api_page, shape

DOCUMENT = {
    "info": {"title": "A & B", "description": "<script>alert(1)</script>"},
    "components": {
        "schemas": {
            "Node": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
                },
            }
        }
    },
    "paths": {
        "/v1/<b>": {
            "post": {
                "operationId": "a'b",
                "parameters": [
                    {"name": "<i>", "in": "query", "required": True, "schema": {"enum": ["<u>"]}}
                ],
                "requestBody": {
                    "content": {"a/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
                },
                "responses": {"200": {"description": "<s>"}},
            }
        }
    },
}


def test_what_the_document_says_is_never_markup() -> None:
    page = api_page(DOCUMENT)

    assert "<title>A &amp; B</title>" in page
    for foreign in ("<script", "<b>\n", "/v1/<b>", "<i>", "<u>", "<s>", "id='a'b'"):
        assert foreign not in page
    for shown in ("&lt;script&gt;", "/v1/&lt;b&gt;", "&lt;i&gt;", "&lt;u&gt;", "&lt;s&gt;"):
        assert shown in page


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "array", "items": {"type": "integer"}}, "[integer, …]"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"enum": ["open", "won"]}, "open | won"),
        ({"const": 1}, "1"),
        ({}, "any"),
    ],
)
def test_a_schema_in_a_few_words(schema: dict[str, object], words: str) -> None:
    assert shape(schema, DOCUMENT) == words


def test_a_type_that_holds_itself_comes_to_an_end() -> None:
    node = shape({"$ref": "#/components/schemas/Node"}, DOCUMENT)

    assert node.startswith("{\n  name: string\n  next?: {\n    name: string")
    assert node.count("name: string") == 4
    assert "next?: object | null" in node
