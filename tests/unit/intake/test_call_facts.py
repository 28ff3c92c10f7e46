"""Events of a call fold into the same whole: in any order, in any groups, however often."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.call_matching import SAME_CALL, Sighting, same_call
from services.intake.domain.calls import CallFacts, draft_of, facts_of, folded, joined
from services.intake.domain.requests import CallReport, Draft
from shared.contracts.inquiry import Call, Campaign, ContactDetails

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
moments = st.none() | st.builds(lambda n: NOON + timedelta(milliseconds=500 * n), st.integers(0, 9))
words = st.none() | st.sampled_from(["", "a", "b", "201"])
seconds = st.none() | st.integers(0, 3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "1"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["started_at", "employee", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
calls = st.builds(
    Call,
    direction=st.sampled_from([None, "incoming", "outgoing", "internal", "sideways"]),
    outcome=st.sampled_from([None, "answered", "missed", "failed", "busy", "voicemail", "odd"]),
    from_=words,
    to=words,
    line=words,
    started_at=moments,
    answered_at=moments,
    ended_at=moments,
    wait_seconds=seconds,
    talk_seconds=seconds,
    employee=words,
    recording_url=words,
)
drafts = st.builds(
    Draft,
    channel=st.just("call"),
    occurred_at=moments,
    is_test=st.booleans(),
    call=st.none() | calls,
    contact=st.builds(
        ContactDetails,
        name=words,
        phones=st.lists(st.sampled_from(["+1", "+2"]), max_size=2).map(tuple),
    ),
    campaign=st.builds(Campaign, utm_source=words),
    fields=st.dictionaries(st.sampled_from(["talk_seconds", "outcome", "y"]), values, max_size=3),
)
reports = st.builds(CallReport, call_id=st.just("c"), draft=drafts, final=st.booleans())
facts = st.lists(reports, max_size=3).map(
    lambda some: _whole(CallFacts(), some)  # every state that a call can be in
)


def _whole(state: CallFacts, some: list[CallReport]) -> CallFacts:
    for report in some:
        state = folded(state, report)
    return state


@given(facts, facts, facts)
def test_joining_knows_no_order_no_groups_and_no_repetition(
    first: CallFacts, second: CallFacts, third: CallFacts
) -> None:
    assert joined(first, second) == joined(second, first)
    assert joined(joined(first, second), third) == joined(first, joined(second, third))
    assert joined(first, first) == first == joined(first, CallFacts())


@given(st.lists(reports, min_size=1, max_size=5), st.data())
def test_in_any_order_and_with_any_duplicates_the_whole_is_the_same(
    some: list[CallReport], data: st.DataObject
) -> None:
    others = data.draw(st.permutations(some + data.draw(st.lists(st.sampled_from(some)))))
    whole = _whole(CallFacts(), some)
    assert _whole(CallFacts(), others) == whole
    assert CallFacts.of({"phases": whole.phases, "final": whole.final}) == whole
    draft = draft_of(whole, call_id="c", source_priority=None)
    assert (draft.external_id, draft.channel) == ("c", "call")


@given(reports)
def test_a_single_event_is_what_it_told(report: CallReport) -> None:
    draft = draft_of(facts_of(report), call_id="c", source_priority="low")
    assert draft.contact.phones == report.draft.contact.phones
    assert draft.is_test == report.draft.is_test
    if report.draft.call is not None and report.draft.call.outcome is not None:
        assert draft.call is not None
        assert draft.call.outcome == report.draft.call.outcome


def _sighting(
    source: int, inquiry: int, at: int = 0, *, tracking: bool = False, caller: str = "+1"
) -> Sighting:
    start = NOON + timedelta(seconds=at)
    return Sighting(UUID(int=source), UUID(int=inquiry), caller, None, start, tracking)


def test_the_nearest_call_of_the_other_kind_is_the_same_one() -> None:
    told = _sighting(2, 9, tracking=True)
    near, far = _sighting(1, 3, -20), _sighting(1, 4, 30)
    assert same_call(told, [far, near]) == near.inquiry_id
    assert same_call(told, [near, far, _sighting(2, 3, tracking=True)]) == far.inquiry_id
    assert same_call(told, []) is None


def test_what_is_not_the_same_call() -> None:
    told = _sighting(2, 9, tracking=True)
    limit = int(SAME_CALL.total_seconds())
    for other in (
        _sighting(1, 3, limit + 1),
        _sighting(1, 3, caller="+2"),
        _sighting(3, 3, tracking=True),
        _sighting(2, 3),
    ):
        assert same_call(told, [other]) is None
    exchange = _sighting(1, 9)
    assert same_call(exchange, [_sighting(3, 3), _sighting(2, 3, tracking=True)]) is None
    assert same_call(exchange, [_sighting(2, 3, limit, tracking=True)]) == UUID(int=3)
