"""Reads the items of timelines by pages: entries, and what managers reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from shared.database import Row, Session

BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

# So many ids are walked one by one, each in the order of its index: every one costs a look into
# every month. More are gathered from the indexes of the months at once, and sorted by their places.
_FEW = 4
# Lists are unnested so that the planner does not weigh each id against each month.
# Of more leads or inquiries the items are found among all of the few contacts that they are of.
MANY_LEADS, MANY_INQUIRIES = 40, 50

_COLUMNS = """event_id AS activity_id, kind, at, learned_at, actor, lead_id, contact_id, inquiry_id,
        channel, text, facts, CAST(NULL AS text) AS reported_kind, CAST(NULL AS jsonb) AS report,
        false AS unconfirmed"""
_BEHIND = """{condition} AND ({place}) {beyond} (CAST(:at AS timestamptz), CAST(:id AS uuid))
        AND at >= :since AND at < :until{choice}
    ORDER BY at {direction}, {id} {direction} LIMIT :limit"""
_ENTRIES_BEHIND = _BEHIND.replace("{place}", "at, event_id").replace("{id}", "event_id")
_ENTRIES_BY = f"""
SELECT e.* FROM unnest(CAST(:{{ids}} AS uuid[])) AS s(id) CROSS JOIN LATERAL (
    SELECT {_COLUMNS}
    FROM timeline_entry WHERE {{column}} = s.id AND {_ENTRIES_BEHIND}) AS e
"""
_ENTRIES_AMONG = f"""
SELECT e.* FROM (
    SELECT event_id AS id
    FROM timeline_entry
    WHERE {{column}} = ANY(ARRAY(SELECT unnest(CAST(:{{ids}} AS uuid[])))) AND {_ENTRIES_BEHIND}
) AS s CROSS JOIN LATERAL (
    SELECT {_COLUMNS}
    FROM timeline_entry WHERE event_id = s.id OFFSET 0) AS e
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
    WHERE {{column}} = s.id
        AND (CAST(:reader AS uuid) IS NULL OR recorded_at IS NOT NULL OR manager_id = :reader)
        AND {_BEHIND.replace("{place}", "at, activity_id").replace("{id}", "activity_id")}) AS e
"""
_OF_NO_LEAD = "lead_id IS NULL"
_OF_NOTHING = "lead_id IS NULL AND inquiry_id IS NULL"
# Asked of each entry, and so never taken for a reason to look into the indexes of leads: of few
# leads by a look at the links of each, of many by a set of all their inquiries.
_OF_LEADS = """CASE WHEN lead_id IS NOT NULL
        THEN lead_id IN (SELECT unnest(CAST(:leads AS uuid[]))) ELSE {} END"""
_OF_FEW_LEADS = _OF_LEADS.format("""(SELECT sum(sign) FROM inquiry_link AS link
            WHERE link.lead_id = ANY(CAST(:leads AS uuid[]))
                AND link.inquiry_id = timeline_entry.inquiry_id) > 0""")
_OF_MANY_LEADS = _OF_LEADS.format("""inquiry_id IN (SELECT inquiry_id FROM inquiry_link
            WHERE lead_id = ANY(CAST(:leads AS uuid[]))
            GROUP BY inquiry_id HAVING sum(sign) > 0)""")
# What a choice names, of entries and of activities.
_CHOICES = {
    "kinds": ("kind = ANY(:kinds)", "'activity.recorded' = ANY(CAST(:kinds AS text[]))"),
    "actors": ("actor = ANY(:actors)", "actor = ANY(:actors)"),
    "channels": ("channel = ANY(:channels)", f"{_CHANNEL} = ANY(:channels)"),
}


class _Part(NamedTuple):
    """A statement's template, the list of ids it takes, their column, and what else must hold."""

    template: str
    ids: str
    column: str
    condition: str = "true"


@cache
def _statement(parts: tuple[_Part, ...], chosen: tuple[str, ...], *, newest_first: bool) -> str:
    """Only of the parts and the choices that are wanted: each costs the planner every month."""
    direction, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    selects = []
    for part in parts:
        place = 1 if part.template == _ACTIVITIES_BY else 0
        choice = "".join(f" AND {_CHOICES[name][place]}" for name in chosen)
        terms = {"direction": direction, "beyond": beyond, "choice": choice, **part._asdict()}
        selects.append(part.template.format_map(terms))
    order = f"ORDER BY at {direction}, activity_id {direction} LIMIT :limit"
    return f"SELECT * FROM ({' UNION ALL '.join(selects)}) AS item {order}"


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Whose items to read: those of any of these leads, inquiries and contacts.

    `reader_id` is a manager who may see own leads only: of the contacts, items of leads and
    inquiries that are not theirs are left out, and so is what others report until it is confirmed.
    `lead_contact_ids`: where there are many leads or inquiries, the contacts they are of.
    """

    lead_ids: Sequence[UUID] = ()
    inquiry_ids: Sequence[UUID] = ()
    contact_ids: Sequence[UUID] = ()
    reader_id: UUID | None = None
    lead_contact_ids: Sequence[UUID] = ()

    def parts(self) -> tuple[_Part, ...]:
        """The parts of the statement, entries first; lists that are empty need none."""
        parts = []
        if self.lead_contact_ids:
            template = _entries(self.lead_contact_ids)
            condition = _OF_MANY_LEADS if len(self.lead_ids) > MANY_LEADS else _OF_FEW_LEADS
            parts.append(_Part(template, "lead_contacts", "contact_id", condition))
        else:
            if self.lead_ids:
                parts.append(_Part(_entries(self.lead_ids), "leads", "lead_id"))
            if self.inquiry_ids:
                parts.append(_Part(_ENTRIES_AMONG, "inquiries", "inquiry_id", _OF_NO_LEAD))
        sees_all = self.reader_id is None
        if self.contact_ids:
            condition = "true" if sees_all else _OF_NOTHING
            parts.append(_Part(_entries(self.contact_ids), "contacts", "contact_id", condition))
        if self.lead_ids:
            parts.append(_Part(_ACTIVITIES_BY, "leads", "lead_id"))
        if self.contact_ids:
            condition = "true" if sees_all else _OF_NO_LEAD
            parts.append(_Part(_ACTIVITIES_BY, "contacts", "contact_id", condition))
        return tuple(parts)


def _entries(ids: Sequence[UUID]) -> str:
    return _ENTRIES_BY if len(ids) <= _FEW else _ENTRIES_AMONG


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
    params = {
        "leads": criteria.lead_ids,
        "lead_contacts": criteria.lead_contact_ids,
        "inquiries": criteria.inquiry_ids,
        "contacts": criteria.contact_ids,
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
    chosen = tuple(name for name in _CHOICES if params[name] is not None)
    statement = _statement(criteria.parts(), chosen, newest_first=choice.newest_first)
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
