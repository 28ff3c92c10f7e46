"""Whoever time alone brings in or out has a moment that an edge has passed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.segments.moving import Passed, passed
from services.history.domain.segments.reading import read_filter
from services.history.domain.segments.tree import Comparison
from services.history.domain.segments.windows import Ago, Window, bounds_of, moment_of

YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
MOMENTS = st.datetimes(
    YEAR[0].replace(tzinfo=None), YEAR[1].replace(tzinfo=None), timezones=st.just(UTC)
)
UNITS = st.sampled_from(["hours", "days", "weeks", "months"])
PERIODS = st.sampled_from(["day", "week", "month", "quarter"])
WINDOWS = st.one_of(
    st.builds(lambda count, unit: {"last": count, "unit": unit}, st.integers(0, 40), UNITS),
    st.builds(lambda name: {"this": name}, PERIODS),
    st.builds(lambda name: {"previous": name}, PERIODS),
    st.just({"from": "2026-03-29T00:00:00Z", "to": "2026-10-25T03:00:00Z"}),
)
AGO = st.builds(lambda count, unit: {"ago": count, "unit": unit}, st.integers(0, 40), UNITS)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])


def _comparison(operation: str, value: object) -> Comparison:
    tree = {"field": "last_seen", "op": operation, "value": value}
    node = read_filter(tree, custom_types={})
    assert isinstance(node, Comparison)
    return node


LEAVES = st.one_of(
    WINDOWS.map(lambda value: _comparison("during", value)),
    st.builds(_comparison, st.sampled_from(["before", "after"]), AGO),
)


def _fits(node: Comparison, moment: datetime, now: datetime, zone: ZoneInfo) -> bool:
    if isinstance(node.value, Window):
        since, until = bounds_of(node.value, now=now, zone=zone)
        return (since is None or moment >= since) and (until is None or moment < until)
    assert isinstance(node.value, Ago)
    point = moment_of(node.value, now=now, zone=zone)
    return moment < point if node.operation == "before" else moment >= point


@given(
    node=LEAVES, moment=MOMENTS, before=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(60)),
    zone=ZONES.map(ZoneInfo),
)  # fmt: skip
def test_nobody_moves_whose_moments_no_edge_has_passed(
    node: Comparison, moment: datetime, before: datetime, later: timedelta, zone: ZoneInfo
) -> None:
    now = before + later
    spans = passed(node, before=before, now=now, zone=zone)
    assert spans is not None
    is_passed = any(span.since <= moment < span.until for span in spans)
    if _fits(node, moment, before, zone) != _fits(node, moment, now, zone):
        assert is_passed


def _spans(tree: object, **more: str) -> tuple[Passed, ...] | None:
    node = read_filter(tree, custom_types=more)
    return passed(
        node, before=YEAR[0], now=YEAR[0] + timedelta(minutes=10), zone=ZoneInfo("Europe/Moscow")
    )


def test_where_nobody_is_found_by_the_moments_all_are_looked_at() -> None:
    last = {"last": 30, "unit": "hours"}
    edge = (YEAR[0] - timedelta(hours=30), YEAR[0] - timedelta(hours=30) + timedelta(minutes=10))
    bought = {"measure": "spent", "op": "at_least", "value": 1, "during": last,
        "where": {"currency": ["RUB"]}}  # fmt: skip
    seen = {"field": "first_seen", "op": "during", "value": last}
    assert _spans({"any": [bought, {"not": seen}]}) == (
        Passed("purchases", *edge),
        Passed("first_seen_at", *edge),
    )
    asked = {"measure": "inquiries", "op": "at_least", "value": 1, "during": last}
    assert _spans({"all": [seen, asked]}) == (
        Passed("first_seen_at", *edge),
        Passed("inquiries", *edge),
    )
    assert _spans({"field": "custom.due", "op": "during", "value": last}, due="date") is None
    assert _spans({"field": "regions", "op": "has_any", "value": ["Тула"]}) == ()
