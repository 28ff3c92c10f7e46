"""Reads the items of timelines by pages: entries, and what managers reported."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from shared.database import Row, Session

BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

# Each part of a timeline reads a page's length in the order of its index, over all months.
_ENTRIES_BY = """
SELECT e.* FROM unnest(CAST(:{ids} AS uuid[])) AS s(id) CROSS JOIN LATERAL (
    SELECT event_id AS activity_id, kind, at, learned_at, actor, lead_id, contact_id, inquiry_id,
        channel, text, facts, CAST(NULL AS text) AS reported_kind, CAST(NULL AS jsonb) AS report,
        false AS unconfirmed
    FROM timeline_entry
    WHERE {column} = s.id AND {condition}
        AND (at, event_id) {beyond} (CAST(:at AS timestamptz), CAST(:id AS uuid))
        AND at >= :since AND at < :until
        AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(:kinds))
        AND (CAST(:actors AS text[]) IS NULL OR actor = ANY(:actors))
        AND (CAST(:channels AS text[]) IS NULL OR channel = ANY(:channels))
    ORDER BY at {direction}, event_id {direction} LIMIT :limit) AS e
"""
_CHANNEL = (
    "CASE kind WHEN 'call' THEN 'call' WHEN 'mail' THEN 'email' WHEN 'message' THEN 'chat' END"
)
_ACTIVITIES_BY = f"""
SELECT e.* FROM unnest(CAST(:{{ids}} AS uuid[])) AS s(id) CROSS JOIN LATERAL (
    SELECT activity_id, 'activity.recorded', at, learned_at, actor, lead_id, contact_id,
        CAST(NULL AS uuid), {_CHANNEL}, text, facts, kind, jsonb_strip_nulls(jsonb_build_object(
            'direction', direction, 'due_at', due_at, 'owner_id', owner_id, 'task_id', task_id,
            'done', done)), recorded_at IS NULL
    FROM activity
    WHERE {{column}} = s.id AND {{condition}}
        AND (at, activity_id) {{beyond}} (CAST(:at AS timestamptz), CAST(:id AS uuid))
        AND at >= :since AND at < :until
        AND (CAST(:kinds AS text[]) IS NULL OR 'activity.recorded' = ANY(:kinds))
        AND (CAST(:actors AS text[]) IS NULL OR actor = ANY(:actors))
        AND (CAST(:channels AS text[]) IS NULL OR {_CHANNEL} = ANY(:channels))
        AND (CAST(:reader AS uuid) IS NULL OR recorded_at IS NOT NULL OR manager_id = :reader)
    ORDER BY at {{direction}}, activity_id {{direction}} LIMIT :limit) AS e
"""
_OWN = "(CAST(:reader AS uuid) IS NULL OR {names})"
_PARTS = (
    (_ENTRIES_BY, "leads", "lead_id", "true"),
    (_ENTRIES_BY, "inquiries", "inquiry_id", "lead_id IS NULL"),
    (
        _ENTRIES_BY,
        "contacts",
        "contact_id",
        _OWN.format(names="(lead_id IS NULL AND inquiry_id IS NULL)"),
    ),
    (_ACTIVITIES_BY, "leads", "lead_id", "true"),
    (_ACTIVITIES_BY, "contacts", "contact_id", _OWN.format(names="lead_id IS NULL")),
)


@cache
def _statement(lists: frozenset[str], *, newest_first: bool) -> str:
    """Only of the parts whose lists are not empty: each part costs the planner every month."""
    direction, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    parts = [
        part.format(ids=ids, column=column, condition=condition, direction=direction, beyond=beyond)
        for part, ids, column, condition in _PARTS
        if ids in lists
    ]
    order = f"ORDER BY at {direction}, activity_id {direction} LIMIT :limit"
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS item {order}"


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Whose items to read: those of any of these leads, inquiries and contacts.

    `reader_id` is a manager who may see own leads only: of the contacts, items of leads and
    inquiries that are not theirs are left out, and so is what others report until it is confirmed.
    """

    lead_ids: Collection[UUID] = ()
    inquiry_ids: Collection[UUID] = ()
    contact_ids: Collection[UUID] = ()
    reader_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items of a timeline are wanted, and in which order: of these kinds, actors and channels
    (all where None), that happened from `since` on and before `until`.
    """

    kinds: Sequence[str] | None = None
    actors: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    since: datetime = BEGINNING
    until: datetime = END
    newest_first: bool = False

    def beginning(self) -> tuple[datetime, UUID]:
        """A place before all items."""
        return (END, UUID(int=2**128 - 1)) if self.newest_first else (BEGINNING, UUID(int=0))


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """An entry or a reported activity."""

    activity_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    lead_id: UUID | None
    contact_id: UUID | None
    inquiry_id: UUID | None
    channel: str | None
    text: str | None
    facts: dict[str, Any]


async def list_items(
    session: Session,
    criteria: TimelineFilter,
    choice: Choice,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[TimelineItem]:
    """Up to `limit` items behind `after`, in the order of the choice."""
    at, item_id = after or choice.beginning()
    lists = {
        "leads": list(criteria.lead_ids),
        "inquiries": list(criteria.inquiry_ids),
        "contacts": list(criteria.contact_ids),
    }
    params = {
        **lists,
        "reader": criteria.reader_id,
        "kinds": choice.kinds,
        "actors": choice.actors,
        "channels": choice.channels,
        "since": choice.since,
        "until": choice.until,
        "at": at,
        "id": item_id,
        "limit": limit,
    }
    filled = frozenset(name for name, ids in lists.items() if ids)
    statement = _statement(filled, newest_first=choice.newest_first)
    return [_item(row) for row in await session.execute(statement, params)]


def _item(row: Row) -> TimelineItem:
    facts = row.facts
    if row.reported_kind is not None:
        facts |= {"kind": row.reported_kind, "direction": None, **row.report}
    if row.unconfirmed:
        facts["unconfirmed"] = True
    return TimelineItem(
        activity_id=row.activity_id,
        kind=row.kind,
        at=row.at,
        learned_at=row.learned_at,
        actor=row.actor,
        lead_id=row.lead_id,
        contact_id=row.contact_id,
        inquiry_id=row.inquiry_id,
        channel=row.channel,
        text=row.text,
        facts=facts,
    )
