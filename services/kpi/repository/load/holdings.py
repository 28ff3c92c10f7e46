"""Which holdings lie in a stretch of time: what numbers of managers' load count."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.drill.pages import After
from shared.database import Session

# A holding that neither begins nor ends in the time covers it whole: the lead was open then, or
# the holding is that of a lead which was merged into it later.
_NEAR: Final = """
    SELECT lead_id FROM lead_event
    WHERE at >= :start AND (kind = 'merged' OR (at <= :end AND kind IN ('assigned', 'accepted',
        'parked', 'declined', 'lease_expired', 'returned', 'reopened', 'won', 'lost')))
"""
_OPEN: Final = """
    UNION
    SELECT lead_id FROM lead_story
    WHERE opened_at <= :end AND (won_at >= :start OR lost_at >= :start
        OR (won_at IS NULL AND lost_at IS NULL))
"""
# Those that began in a time did so with an event of the lead, or of one merged into it.
_BEGUN: Final = """
    SELECT lead_id FROM lead_event
    WHERE at >= :since AND at <= :until AND kind IN ('assigned', 'accepted')
        AND manager_id = ANY(CAST(:manager_ids AS uuid[]))
"""
_HOLDINGS: Final = """
WITH RECURSIVE near AS ({near}
    UNION
    SELECT into_id FROM near JOIN lead_event USING (lead_id) WHERE into_id IS NOT NULL
), candidate AS (
    SELECT lead_id FROM near {more}
), held AS MATERIALIZED (
    SELECT lead_id, CAST(place AS integer) AS number, CAST(item->>0 AS uuid) AS manager_id, since,
        greatest(since, CAST(item->>2 AS timestamptz)) AS until,
        item->>2 IS NULL AS goes_on, coalesce(CAST(item->>8 AS bigint), 1000) AS units
    FROM lead_story, jsonb_array_elements(holdings) WITH ORDINALITY AS h (item, place),
        LATERAL (SELECT CAST(item->>1 AS timestamptz) AS since) AS begin
    WHERE lead_id IN (SELECT lead_id FROM candidate) AND NOT is_test
        AND known_on <= :known_on AND known_until > :known_on
        AND CAST(item->>0 AS uuid) = ANY(CAST(:manager_ids AS uuid[]))
        AND since >= CAST(:since AS timestamptz) AND since <= CAST(:until AS timestamptz)
), counted AS (
    SELECT *, CAST(extract(epoch FROM least(CASE WHEN goes_on THEN :end ELSE until END, :end)
        - greatest(since, :start)) * 1000000 AS bigint) AS length
    FROM held WHERE {counts}
)
"""
_COUNTS: Final = {
    "came": "since >= :start AND since < :end",
    "went": "NOT goes_on AND until >= :start AND until < :end",
    "at": "since <= :start AND (goes_on OR until > :start)",
    "during": (
        "since < :end AND (goes_on OR until > :start) AND greatest(since, :start) <"
        " least(CASE WHEN goes_on THEN :end ELSE until END, :end)"
    ),
}
_LIST: Final = """
SELECT lead_id, number, manager_id, since, CASE WHEN goes_on THEN NULL ELSE until END, units, length
FROM counted
WHERE CAST(:after_id AS uuid) IS NULL OR (since, lead_id, number)
    < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), CAST(:after_number AS bigint))
ORDER BY since DESC, lead_id DESC, number DESC LIMIT :limit
"""
# Most pages are full of what began lately: how far back is looked before all is looked through.
_WINDOWS: Final = tuple(timedelta(hours=6 * 6**power) for power in range(4))
_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_NOW: Final = FOR_EVER - timedelta(days=1)  # whatever is known at all is known by then


class Span(NamedTuple):
    """Whose holdings are looked at, when, and as known on which day."""

    manager_ids: Sequence[UUID]
    start: datetime
    end: datetime
    known_on: date | None


class HeldLead(NamedTuple):
    """The `number`-th time that somebody held the lead; `until` is None while it goes on. `length`:
    how many microseconds of it lie in the time; `units` are thousandths.
    """

    lead_id: UUID
    number: int
    manager_id: UUID
    since: datetime
    until: datetime | None
    units: int
    length: int


async def list_holdings(
    session: Session, span: Span, which: str, *, after: After | None, limit: int
) -> list[HeldLead]:
    """Those that `came` or `went` in the time, were there `at` its beginning or lasted `during`
    some of it; the latest first.
    """
    names = ("after_at", "after_id", "after_number")
    params = {
        **dict(zip(names, after or (None,) * len(names), strict=True)),
        "limit": limit,
        "manager_ids": list(span.manager_ids),
        "start": span.start,
        "end": span.end,
        "known_on": span.known_on or _NOW,
    }
    last = min(span.start if which == "at" else span.end, after[0] if after else span.end)
    for length in _WINDOWS:
        since = last - length
        if since <= span.start and which != "at":
            break
        rows = await _read(session, _BEGUN, "", which, {**params, "since": since, "until": last})
        if len(rows) >= limit:
            return rows
    if which == "came":
        return await _read(
            session, _BEGUN, "", which, {**params, "since": span.start, "until": last}
        )
    return await _read(session, _NEAR, _OPEN, which, {**params, "since": _EVER, "until": last})


async def _read(
    session: Session, near: str, more: str, which: str, params: dict[str, object]
) -> list[HeldLead]:
    query = _HOLDINGS.format(near=near, more=more, counts=_COUNTS[which]) + _LIST
    return [HeldLead(*row) for row in await session.execute(query, params)]
