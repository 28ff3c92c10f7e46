"""What came in a period, as it is known now or was known at the end of a day: its leads with their
moments, and its inquiries.

A number and its drill-down are computed from these two, so that they agree.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Interval,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    text,
    true,
)

from services.kpi.domain.periods import STEPS, Period
from services.kpi.domain.stories.signature import BUCKET_SECONDS
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.tables.facts import inquiry
from services.kpi.tables.stories import lead_story

_NAMES = "inquiry_id, source_id, channel, received_at, region, product, utm_campaign AS campaign"
# An inquiry that was corrected by that day is read from its corrections. With an offset these are
# looked up for each.
_CAME = f"""
SELECT {_NAMES} FROM {{inquiries}} AND NOT is_test
    AND known_at < CAST(:known_on AS date) + 1
    AND NOT EXISTS (
        SELECT FROM corrected_inquiry AS c
        WHERE c.inquiry_id = inquiry.inquiry_id AND c.known_on <= CAST(:known_on AS date){{few}}
    )
UNION ALL
SELECT {_NAMES} FROM {{corrections}} AND NOT is_test
    AND known_on <= CAST(:known_on AS date) AND known_until > CAST(:known_on AS date)
"""
# Each with its lead, as known then or as known now, which an index knows.
_THEN = "{0}.known_on <= CAST(:known_on AS date) AND {0}.known_until > CAST(:known_on AS date)"
_PRESENT = "{0}.known_until = DATE 'infinity'"
_PLACED = f"""
SELECT came.*, story.lead_id, story.owner_id, story.pipeline
FROM ({_CAME}) AS came
LEFT JOIN placement ON placement.inquiry_id = came.inquiry_id AND {{place}}
LEFT JOIN lead_story AS story ON story.lead_id = placement.lead_id AND {{story}}
"""
# The same of few, which are looked up one by one, however many there are in the period.
_PLACED_FEW = f"""
SELECT came.*, place.lead_id, place.owner_id, place.pipeline FROM ({_CAME}) AS came
LEFT JOIN LATERAL (
    SELECT story.lead_id, story.owner_id, story.pipeline FROM placement
    LEFT JOIN lead_story AS story ON story.lead_id = placement.lead_id AND {{story}}
    WHERE placement.inquiry_id = came.inquiry_id AND {{place}} OFFSET 0
) AS place ON true
"""
_UNPLACED = f"""
SELECT came.*, CAST(NULL AS uuid) AS lead_id, CAST(NULL AS uuid) AS owner_id,
    CAST(NULL AS text) AS pipeline
FROM ({_CAME}) AS came
"""
_NOW = FOR_EVER - timedelta(days=1)  # whatever is known at all is known by then

# How far a lead can get, and the moment that it has if it got so far.
MEASURES = {
    "assigned": "assigned_at",
    "accepted": "accepted_at",
    "contacted": "contacted_at",
    "won": "won_at",
    "lost": "lost_at",
}
COLUMN_OF = {
    "source": "source_id",
    "channel": "channel",
    "campaign": "campaign",
    "region": "region",
    "product": "product",
    "pipeline": "pipeline",
    "manager": "owner_id",
}
DIMENSIONS = (*COLUMN_OF, *STEPS)
_MOMENT = DateTime(timezone=True)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(seconds=BUCKET_SECONDS)


NOTHING = object()
# The value of a dimension by its name; NOTHING: of what has none, or of whatever nobody owns.
FunnelFilter = Mapping[str, Any]


class View(NamedTuple):
    """What was received in a period, as known at the end of a day of UTC, or as known now. With
    `quarters`, only what was in these quarters of an hour of it, latest first.
    """

    period: Period
    known_on: date | None = None
    quarters: Sequence[datetime] | None = None

    @property
    def begins_at(self) -> datetime:
        return self.period.begins_at if self.quarters is None else min(self.quarters, default=EPOCH)

    @property
    def ends_at(self) -> datetime:
        if self.quarters is None:
            return self.period.ends_at
        return max(self.quarters, default=EPOCH) + QUARTER


def leads_of(view: View) -> Subquery:
    """The unmerged leads of the view; `seconds` is how long after receipt the customer was first
    contacted.
    """
    after = func.extract("epoch", lead_story.c.contacted_at - lead_story.c.received_at)
    seconds = cast(func.greatest(0, after), Double).label("seconds")
    query = select(lead_story, seconds).where(is_known(view.known_on), ~lead_story.c.is_test)
    received_at = lead_story.c.received_at
    if view.quarters is None:
        # Without names, so that several views may be in one statement.
        begin, end = (literal(at, _MOMENT) for at in (view.begins_at, view.ends_at))
        return query.where(received_at >= begin, received_at < end).subquery("leads")
    moments = bindparam("quarters", list(view.quarters), ARRAY(_MOMENT))
    rows = func.unnest(moments).table_valued(column("begins_at", _MOMENT), name="quarter")
    quarter = rows.render_derived()
    ends_at = quarter.c.begins_at + literal(QUARTER, Interval)
    within = query.where(received_at >= quarter.c.begins_at, received_at < ends_at)
    each = within.offset(0).lateral("each")  # the offset keeps each a search of its own
    return select(*each.c).select_from(quarter.join(each, true())).subquery("leads")


def inquiries_of(view: View, *, with_leads: bool = True) -> Subquery:
    """The inquiries of the view, with their lead, its pipeline and owner, if any; without them if
    they are not needed.
    """
    condition = _PRESENT if view.known_on is None else _THEN
    place, story = condition.format("placement"), condition.format("story")
    placed = _PLACED if view.quarters is None else _PLACED_FEW
    statement = placed if with_leads else _UNPLACED
    names = ("inquiry_id", "source_id", "channel", "received_at", "region", "product")
    source, parameters = _in_period, _bounds(view)
    if view.quarters is not None:
        source = _in_quarters
        parameters = (
            bindparam("quarters", list(view.quarters), ARRAY(_MOMENT)),
            bindparam("quarter", QUARTER, Interval),
        )
    query = text(
        statement.format(
            inquiries=source("inquiry"),
            corrections=source("corrected_inquiry"),
            place=place,
            story=story,
            few="" if view.quarters is None else " OFFSET 0",
        )
    ).bindparams(*parameters, bindparam("known_on", view.known_on or _NOW, Date))
    return query.columns(
        *(inquiry.c[name] for name in names),
        column("campaign", Text),
        *(lead_story.c[name] for name in ("lead_id", "owner_id", "pipeline")),
    ).subquery("inquiries")


def _in_period(table: str) -> str:
    return f"{table} WHERE received_at >= :begins_at AND received_at < :ends_at"


def _in_quarters(table: str) -> str:
    # The offset keeps each quarter a search of its own.
    return f"""unnest(CAST(:quarters AS timestamptz[])) AS quarter (begins_at)
    CROSS JOIN LATERAL (
        SELECT * FROM {table} WHERE received_at >= quarter.begins_at
            AND received_at < quarter.begins_at + :quarter OFFSET 0
    ) AS {table} WHERE true"""


def is_known(known_on: date | None) -> ColumnElement[bool]:
    """Whether a version of a story is the one that was known at the end of the day, or now."""
    if known_on is None:
        return lead_story.c.known_until == literal(FOR_EVER, Date)
    return and_(lead_story.c.known_on <= known_on, lead_story.c.known_until > known_on)


def _bounds(view: View) -> tuple[Any, Any]:
    return (
        bindparam("begins_at", view.begins_at, _MOMENT),
        bindparam("ends_at", view.ends_at, _MOMENT),
    )


def groups(facts: Subquery, period: Period, dimensions: Sequence[str]) -> list[ColumnElement[Any]]:
    """A column for each dimension; that of a day, week or month is its number, from 1."""
    return [
        func.width_bucket(
            facts.c.received_at,
            # One parameter for a whole statement: else its groups would not be equal expressions.
            bindparam(f"{name}s", list(period.steps(name).bounds), ARRAY(_MOMENT)),
        )
        if name in STEPS
        else facts.c[COLUMN_OF[name]]
        for name in dimensions
    ]
