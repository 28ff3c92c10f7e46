"""Webhooks: signatures that others verify, pauses between tries, what the log keeps of answers."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from services.routing.domain.event_views import seen_by_manager, without_person
from services.routing.use_cases.webhooks.configure import new_secret
from shared.clock import system_clock
from shared.ids import new_id
from shared.web import standard_webhooks as terms

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@settings(max_examples=25)
@given(content=st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5))
def test_a_receiver_verifies_by_any_secret_that_is_good(content: dict[str, str]) -> None:
    secrets = [new_secret(), new_secret()]
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    body = body.decode("utf-8", "replace").encode()
    headers = terms.signature_headers(str(new_id()), body, secrets, now=system_clock())
    for secret in secrets:
        assert Webhook(secret).verify(body, headers) == json.loads(body)


@given(
    failures=st.integers(1, 200),
    jitter=st.floats(0, 1),
    seconds=st.none() | st.integers(0, 10**9),
)
def test_pauses_grow_at_random_within_bounds_and_respect_the_receiver(
    failures: int, jitter: float, seconds: int | None
) -> None:
    wish = None if seconds is None else timedelta(seconds=seconds)
    pause = terms.pause(failures, jitter=jitter, retry_after=wish)
    assert timedelta(seconds=1) <= pause <= terms.LONGEST_WISH
    assert pause >= min(wish or timedelta(), terms.LONGEST_WISH)
    if wish is None:
        assert pause <= terms.LONGEST_PAUSE
        assert pause <= max(terms.FIRST_PAUSE * 2 ** min(failures - 1, 40), terms.FIRST_PAUSE)


def test_tries_at_their_longest_fill_more_than_eight_days() -> None:
    at, failures = NOW, 0
    while not terms.is_over(NOW, now=at):
        failures += 1
        at += terms.pause(failures, jitter=1.0, retry_after=None)
    assert at - NOW >= timedelta(days=8)
    assert failures < 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120),
        ("9" * 400, 86_400),
        (format_datetime(NOW + timedelta(hours=1)), 3600),
        (format_datetime(NOW - timedelta(hours=1)), 0),
        ("Mon, 99 Foo 10000 00:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: int | None) -> None:
    wish = terms.wish(header, now=NOW)
    assert (None if wish is None else wish.total_seconds()) == seconds


@given(st.text(max_size=200))
def test_what_is_no_retry_after_is_none(header: str) -> None:
    wish = terms.wish(header, now=NOW)
    assert wish is None or wish >= timedelta()


@pytest.mark.parametrize(
    "text",
    ["whsec_", "whsec_!!!", "whsec_YQ==", "YWJj", "whsec_" + "A" * 200, "whsec_ " + "A" * 40],
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        terms.secret_key(text)


def test_the_log_keeps_no_secret_and_nothing_to_find_a_person_by() -> None:
    answer = b'{"got": "our-word", "by": "anna@example.com", "tel": "+7 (999) 123-45-67"}\x00\xff'
    kept = terms.excerpt(answer, hidden=["our-word"])
    assert kept == '{"got": "••••", "by": "••••", "tel": "••••"} \ufffd'
    long = b"x" * (terms.MAX_ANSWER_BYTES - 5) + b"our-w"
    assert "our" not in terms.excerpt(long, hidden=["our-word"])
    floods = b"our-word" * 2_048
    assert len(terms.excerpt(floods, hidden=["our-word"])) <= terms.MAX_EXCERPT
    assert "our" not in terms.excerpt(floods, hidden=["our-word"])


def test_a_manager_sees_no_more_of_what_is_taken_away_than_that_it_is() -> None:
    anna, ivan = new_id(), new_id()
    payload = {
        "lead_id": "l",
        "version": 3,
        "manager_id": str(ivan),
        "actor": f"manager:{ivan}",
        "reason": "he knows them",
        "into": "another",
    }
    assert seen_by_manager(payload, anna, still_theirs=False) == {"lead_id": "l", "version": 3}
    assert "into" not in seen_by_manager(payload, ivan, still_theirs=True)
    own = {**payload, "manager_id": str(anna), "actor": f"manager:{anna}", "into": "another"}
    assert seen_by_manager(own, anna, still_theirs=False) == {
        "lead_id": "l",
        "version": 3,
        "manager_id": str(anna),
        "actor": f"manager:{anna}",
        "reason": "he knows them",
    }


def test_of_a_forgotten_person_ids_and_states_are_left() -> None:
    payload = {"lead_id": "l", "contact_id": "c", "reason": "r", "stage": "s", "unheard_of": "x"}
    assert without_person(payload) == {"lead_id": "l", "stage": "s"}
