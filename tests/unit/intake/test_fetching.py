"""What answers to a fetch mean, and how long it is tried."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import fetching
from services.intake.domain.fetching import Verdict

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((200, 204), Verdict.FETCHED),
        ((404, 410), Verdict.GONE),
        ((408, 425, 429, 500, 502, 503, 504, 599), Verdict.LATER),
        ((301, 302, 307, 400, 401, 403, 422), Verdict.REFUSED),
    ],
)
def test_statuses(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {fetching.verdict(status) for status in statuses} == {verdict}


@given(st.booleans(), st.floats(0, 1))
def test_tries_last_for_a_day_and_a_half_whatever_the_jitter(refused: bool, jitter: float) -> None:
    now, tries = NOW, 1
    while not fetching.is_over(tries=tries, first_try=NOW, now=now):
        pause = fetching.pause(tries, refused=refused, jitter=jitter, retry_after=None)
        assert timedelta(seconds=10) <= pause <= timedelta(hours=5)
        now += pause
        tries += 1
    assert timedelta(hours=36) <= now - NOW <= timedelta(hours=42)


def test_an_outage_of_ours_uses_up_no_tries() -> None:
    assert not fetching.is_over(tries=2, first_try=NOW, now=NOW + timedelta(days=3))


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        ("120", timedelta(seconds=120)),
        ("999999999999", timedelta(hours=24)),
        ("Thu, 01 Oct 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Thu, 01 Oct 2026 11:00:00 GMT", timedelta()),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_wishes(header: str | None, wish: timedelta | None) -> None:
    assert fetching.wish(header, now=NOW) == wish


def test_a_wish_lengthens_a_pause_and_never_shortens_it() -> None:
    short, long, endless = timedelta(seconds=1), timedelta(hours=6), timedelta(days=9)
    pauses = [
        fetching.pause(1, refused=False, jitter=0.0, retry_after=wish)
        for wish in (short, long, endless)
    ]
    assert pauses == [timedelta(seconds=10), long, timedelta(hours=24)]
