"""Every operation notes whose personal data it shows, or says in one table why it shows none.

A route without a row fails, and so does a row whose route notes readings or is gone. Where a reason
is that no person's words are shown, no member of the answer is named like a person's words either.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.web.read_audit import ReadAudit
from tests.contract.apps import DECLARATIONS, SERVICES, document_of, operations
from tests.contract.silent_routes import OWN_WORDS, SILENT, WORDLESS

# What inquiries, contacts, activities and purchases call the words of a person.
WORDS = frozenset(
    {
        "body", "company", "contact", "details", "emails", "excerpts", "first_name", "last_name",
        "loss_reason", "names", "order_id", "phones", "preview", "text",
    }
)  # fmt: skip


def _audits(dependant: Dependant) -> bool:
    annotations = getattr(dependant.call, "__annotations__", {})
    return annotations.get("return") is ReadAudit or any(map(_audits, dependant.dependencies))


def _audited(service: str) -> set[str]:
    return {
        f"{method} {route.path}"
        for router in DECLARATIONS[service].routers
        for route in router.routes
        if isinstance(route, APIRoute) and _audits(route.dependant)
        for method in route.methods or ()
    }


def _members(document: Mapping[str, Any], schema: Any, seen: set[str]) -> Iterator[str]:
    """The names of all members that an answer of this schema may have, at any depth."""
    if isinstance(schema, list):
        for item in schema:
            yield from _members(document, item, seen)
    elif isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from _members(document, document["components"]["schemas"][name], seen)
        yield from schema.get("properties", {})
        for item in schema.values():
            yield from _members(document, item, seen)


def _words(service: str, route: str) -> frozenset[str]:
    method, _, path = route.partition(" ")
    document = document_of(service)
    answers = operations(document)[method, path]["responses"]
    good = [answer for status, answer in answers.items() if status.startswith("2")]
    return WORDS & set(_members(document, good, set()))


@pytest.mark.parametrize("service", sorted(set(SERVICES) - WORDLESS))
def test_every_operation_notes_readings_or_says_why_not(service: str) -> None:
    routes = {f"{method} {path}" for method, path in operations(document_of(service))}
    assert routes - _audited(service) == set(SILENT[service])


@pytest.mark.parametrize("service", SERVICES)
def test_what_notes_no_reading_has_no_member_for_a_person_s_words(service: str) -> None:
    routes = {f"{method} {path}" for method, path in operations(document_of(service))}
    reasons = SILENT.get(service) or dict.fromkeys(routes, "keeps no words")
    speaking = {
        route: words
        for route, reason in reasons.items()
        if reason != OWN_WORDS and (words := _words(service, route))
    }
    assert speaking == {}


@pytest.mark.parametrize("service", sorted(set(SERVICES) - WORDLESS))
def test_who_takes_the_audit_uses_it(service: str) -> None:
    idle = [
        route.path
        for router in DECLARATIONS[service].routers
        for route in router.routes
        if isinstance(route, APIRoute)
        and "audit" in inspect.signature(route.endpoint).parameters
        and "audit.record" not in inspect.getsource(route.endpoint)
    ]
    assert idle == []
