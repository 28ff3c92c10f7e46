"""What counts as the same words: never what differs in anything that the customer said."""

from typing import Any

import pytest

from services.intake.domain.repeats import words_digest
from services.intake.domain.requests import Content, Draft

ANNA = {"name": "Анна", "phones": ["+79161234567", "+79161234568"], "emails": ["a@b.example"]}
SAID: dict[str, Any] = {
    "channel": "form",
    "contact": ANNA,
    "text": "Нужны окна",
    "fields": {"Дата визита": "2026-03-05", "tranid": "1:22", "Комната": "2"},
}


def digest(**changes: Any) -> bytes | None:
    return words_digest(Content(drafts=(Draft.model_validate({**SAID, **changes}),)))


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "  нужны\n ОКНА "},
        {"contact": {**ANNA, "phones": ANNA["phones"][::-1]}},
        {"occurred_at": "2026-03-02T09:00:00Z"},
        {"fields": {**SAID["fields"], "tranid": "2:33"}},
        {"fields": {**SAID["fields"], "form": "0d6d8a6e-8b5e-4d3a-9a55-4f5d9a1f2c3b"}},
        {"campaign": {"page_url": "https://shop.example/?x=2"}},
        {"spam": {"score": 0.3, "reasons": ["links"]}},
    ],
)
def test_moments_ids_and_spelling_make_no_difference(changes: dict[str, Any]) -> None:
    assert digest(**changes) == digest() is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Нужны двери"},
        {"contact": {**ANNA, "phones": ["+79161234567"]}},
        {"contact": {**ANNA, "name": "Борис"}},
        {"fields": {**SAID["fields"], "Дата визита": "2026-03-06"}},
        {"fields": {**SAID["fields"], "Комната": "3"}},
        {"amount": 5},
        {"attachments": [{"name": "план.pdf", "size_bytes": 10}]},
    ],
)
def test_whatever_the_customer_said_otherwise_is_something_else(changes: dict[str, Any]) -> None:
    assert digest(**changes) not in {digest(), None}


@pytest.mark.parametrize(
    "changes",
    [
        {"contact": {"name": "Анна"}},
        {"external_id": "1"},
        {"is_test": True},
        {"channel": "call"},
        {"call": {"outcome": "missed"}},
    ],
)
def test_what_is_never_compared(changes: dict[str, Any]) -> None:
    assert digest(**changes) is None


def test_the_providers_own_id_decides() -> None:
    draft = Draft.model_validate(SAID)
    assert words_digest(Content(drafts=(draft,), external_id="1")) is None
    assert words_digest(Content()) is None
