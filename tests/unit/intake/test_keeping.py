"""Identity, derived ids, priority and the masks that people see."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.domain import keys
from services.intake.domain.contact_matching import Person
from services.intake.domain.priority import priority_class
from shared.contracts.inquiry import Call, ContactDetails, Inquiry

NOW = datetime(2024, 1, 1, tzinfo=UTC)
SUBMISSION = UUID("0190f3a0-0000-7000-8000-000000000001")


def test_contact_points_are_exact_unique_and_in_the_order_given() -> None:
    contact = ContactDetails(
        phones=("+79992", "+79991", "+79991"), emails=("a@b.c",), other={"phone_raw": "12"}
    )
    assert keys.contact_points(contact) == (
        keys.ContactPoint("phone", "+79992"),
        keys.ContactPoint("phone", "+79991"),
        keys.ContactPoint("email", "a@b.c"),
    )
    assert keys.contact_points(ContactDetails()) == ()


def test_the_oldest_contact_survives_a_merge() -> None:
    young = Person(UUID(int=1), NOW)
    old = Person(UUID(int=9), NOW - timedelta(seconds=1))
    twin = Person(UUID(int=5), NOW - timedelta(seconds=1))
    assert keys.canonical([young, old, twin]) == UUID(int=5)
    assert keys.canonical([twin, old, young]) == UUID(int=5)


def test_ids_are_the_same_at_every_replay_and_differ_within_a_submission() -> None:
    first = keys.inquiry_id(SUBMISSION, 0)
    assert first == keys.inquiry_id(UUID(str(SUBMISSION)), 0)
    others = {
        first,
        keys.inquiry_id(SUBMISSION, 1),
        keys.observation_id(SUBMISSION, 0),
        keys.birth_contact_id(first),
    }
    assert len(others) == 4
    assert {other.version for other in others} == {5}


def test_digests() -> None:
    assert keys.key_digest("ключ") == hashlib.sha256("ключ".encode()).digest()
    assert len(keys.key_digest("\ud800" * 20_000)) == 32
    assert keys.body_digest(b"a") != keys.body_digest(b"b")


@pytest.mark.parametrize(
    ("call", "source_priority", "priority"),
    [
        (None, None, "normal"),
        (None, "low", "low"),
        (Call(direction="incoming", outcome="missed"), "low", "high"),
        (Call(direction="incoming", outcome="voicemail"), None, "high"),
        (Call(direction="incoming", outcome="answered"), None, "normal"),
        (Call(direction="outgoing", outcome="missed"), None, "normal"),
        (Call(direction="incoming", outcome="busy"), "high", "high"),
    ],
)
def test_priority(call: Call | None, source_priority: str | None, priority: str) -> None:
    assert priority_class(call, source_priority=source_priority) == priority


def test_an_erased_inquiry_still_decodes() -> None:
    ids = {name: str(SUBMISSION) for name in ("inquiry_id", "contact_id", "source_id")}
    erased = {**ids, "channel": "form", "received_at": "2024-01-01T00:00:00Z", "unknown": 1}
    inquiry = Inquiry.model_validate(erased)
    assert inquiry.contact == ContactDetails()
    assert Inquiry.model_validate_json(inquiry.model_dump_json()) == inquiry
