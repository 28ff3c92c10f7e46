"""What days that are kept do not tell of a view: what became known of them before it or since, and
what came on all other days.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Integer, Subquery, column, text

from services.kpi.repository.reports.cohort import COLUMN_OF, MEASURES, View
from services.kpi.repository.reports.kept_days import LAST, LATE_DAYS, Kept
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.lead_days import APART_AT, DAY
from services.kpi.tables.stories import APART_FIRST, APART_LAST, lead_story

Span = tuple[datetime, datetime]  # from the one moment to before the other

_MOMENTS: Final = tuple(MEASURES.values())
_LEADS: Final = f"""
SELECT sign, received_at, source_id, channel, campaign, region, product, pipeline, owner_id,
    {", ".join(_MOMENTS)},
    jsonb_array_length(arrivals) > coalesce(jsonb_array_length(apart), 0) AS tells_inquiry
FROM {{}} AS change WHERE NOT is_test
"""
_APARTS: Final = f"""
SELECT sign, {APART_AT} AS received_at, CAST(item ->> 1 AS uuid), item ->> 2, item ->> 3,
    item ->> 4, item ->> 5, pipeline, owner_id,
    {", ".join("CAST(NULL AS timestamptz)" for _ in _MOMENTS)}, true
FROM {{}} AS change CROSS JOIN LATERAL jsonb_array_elements(apart) AS item
WHERE {APART_AT} >= {{}} AND {APART_AT} < {{}}
"""
_VERSIONS: Final = """
SELECT {sign} AS sign, * FROM lead_story WHERE known_on >= :since AND known_on < :until{known}
UNION ALL
SELECT - {sign}, * FROM lead_story WHERE known_until >= :since AND known_until < :until
    AND known_until < DATE 'infinity'{ended}
"""
_DAY_OF: Final = DAY.format("received_at")
# Of days that are kept: what became known since, or, of an earlier day's view, what came late.
_WITHIN: Final = "received_at >= :begins_at AND received_at < :ends_at"
# As the indexes of `migrations/stories.py` say it. An inquiry may have come long before the lead
# that tells it, or after: they know the days of the only one, or of the first and the last.
_LATE: Final = f" AND {_WITHIN} AND {{}} > {_DAY_OF} + {LATE_DAYS}"
_ONE: Final = f"{APART_FIRST} >= {{0}} AND {APART_FIRST} <= {{1}}"
_SEVERAL: Final = (
    f"{APART_FIRST} >= '*' AND {APART_FIRST} <= '*' || {{1}} AND {APART_LAST} >= {{0}}"
)
_NEAR: Final = f" AND apart IS NOT NULL AND ({_ONE} OR {_SEVERAL})"
_IS_APART: Final = _NEAR.format("CAST(:first_apart AS text)", "CAST(:last_apart AS text)")
_EAST: Final = timedelta(days=1)  # as far is the date of a zone from that of UTC
# Of other days: each gap between those that are kept is a search of its own.
_PRESENT: Final = "known_until = DATE 'infinity'"
_THEN: Final = "known_on <= :known_on AND known_until > :known_on"
_AHEAD: Final = f"known_on < {_DAY_OF}"
_GAPS: Final = """unnest(CAST(:{0}_begins AS timestamptz[]), CAST(:{0}_ends AS timestamptz[]),
    CAST(:{0}_firsts AS text[]), CAST(:{0}_lasts AS text[])
) AS gap (begins_at, ends_at, first, last)"""


def _stories(gaps: str, where: str) -> str:
    return f"""(
    SELECT 1 AS sign, gap.begins_at, gap.ends_at, story.* FROM {_GAPS.format(gaps)}
    CROSS JOIN LATERAL (SELECT * FROM lead_story WHERE {where} OFFSET 0) AS story)"""


class _Statements(NamedTuple):
    """Of days that are kept what became known since, or not until; of others what is or was."""

    since: str
    until: str
    now: str
    then: str


def _statements(leads: str, aparts: str | None) -> _Statements:
    """Of `leads`, and of `aparts` if these are asked for, each of changes that are put in."""

    def of_days(changes: str, apart_changes: str) -> str:
        entries = [f"{leads.format(changes)} AND {_WITHIN}"]
        if aparts is not None:
            entries.append(aparts.format(apart_changes, ":begins_at", ":ends_at"))
        days = f"WHERE {_DAY_OF} = ANY(CAST(:dates AS date[]))"
        return f"SELECT * FROM ({' UNION ALL '.join(entries)}) AS entry {days}"

    def of_gaps(condition: str) -> str:
        within = f"{condition} AND received_at >= gap.begins_at AND received_at < gap.ends_at"
        entries = [
            leads.format(_stories("past", within)),
            leads.format(_stories("ahead", f"{within} AND {_AHEAD}")),
        ]
        if aparts is not None:
            near = _stories("gap", condition + _NEAR.format("gap.first", "gap.last"))
            entries.append(aparts.format(near, "change.begins_at", "change.ends_at"))
        return " UNION ALL ".join(entries)

    versions = _VERSIONS.format(sign=1, known="", ended="")
    late, apart = (
        f"({_VERSIONS.format(sign=-1, known=begin, ended=end)})"
        for begin, end in (
            (_LATE.format("known_on"), _LATE.format("known_until")),
            (_IS_APART, _IS_APART),
        )
    )
    return _Statements(
        f"(WITH change AS ({versions}) {of_days('change', 'change')})",
        of_days(late, apart),
        of_gaps(_PRESENT),
        of_gaps(_THEN),
    )


_SIGN: Final = column("sign", Integer)
_ENTRIES: Final = _statements(_LEADS, _APARTS)
_ENTRY_COLUMNS: Final = (
    _SIGN,
    *(lead_story.c[name] for name in ("received_at", *COLUMN_OF.values(), *_MOMENTS)),
    column("tells_inquiry", Boolean),
)
_WHOLE_LEADS: Final = _statements(
    f"SELECT sign, {', '.join(lead_story.columns.keys())} FROM {{}} AS change WHERE NOT is_test",
    None,
)


def rest_of(view: View, days: Kept) -> Subquery | None:
    """Leads, and inquiries that no lead tells, with a `sign`: of days that are not kept those of
    the view; of days that are, what became known (1) or was no more (-1) since, or, of an earlier
    day's view, what was not known yet (-1) or known still (1). None if there can be none.
    """
    return _rest(view, days, _ENTRIES, _ENTRY_COLUMNS)


def leads_beside(view: View, days: Kept) -> Subquery | None:
    """The same of leads alone, with all columns of their stories."""
    return _rest(view, days, _WHOLE_LEADS, (_SIGN, *lead_story.columns))


_Part = tuple[str, dict[str, Any]]  # a statement and its parameters


def _rest(
    view: View, days: Kept, statements: _Statements, typed: Sequence[ColumnElement[Any]]
) -> Subquery | None:
    parts = [_changes(view, days, statements), _beside(view, days, statements)]
    statement = " UNION ALL ".join(part[0] for part in parts if part)
    if not statement:
        return None
    values = {name: value for part in parts if part for name, value in part[1].items()}
    names = [name for name in values if f":{name}" in statement]
    query = text(statement).bindparams(**{name: values[name] for name in names})
    return query.columns(*typed).subquery("rest")


def _changes(view: View, days: Kept, statements: _Statements) -> _Part | None:
    last = min(view.known_on or LAST, LAST)
    known_until = last + timedelta(days=1)
    is_later = known_until > days.rolled_until
    rows = [row for row in days.rows if is_later or row.changed_on > last]
    if known_until == days.rolled_until or not rows:
        return None
    since, until = sorted((known_until, days.rolled_until))
    parameters = {
        "since": since,
        "until": until,
        "begins_at": max(view.begins_at, day_at(rows[0].day)),
        "ends_at": min(view.ends_at, day_at(rows[-1].day + timedelta(days=1))),
        "dates": [row.day for row in rows],
    }
    if is_later:
        return statements.since, parameters
    aparts = {"first_apart": str(rows[0].day - _EAST), "last_apart": str(rows[-1].day + _EAST)}
    return statements.until, parameters | aparts


def _beside(view: View, days: Kept, statements: _Statements) -> _Part | None:
    """Of days after that of knowledge only what was known ahead of its time."""
    gaps = days.gaps(view)
    if not gaps:
        return None
    last = min(view.known_on or LAST, LAST)
    known_until = day_at(last + timedelta(days=1))
    parameters = _bounds("gap", gaps)
    parameters |= _bounds("past", [(begin, min(end, known_until)) for begin, end in gaps])
    parameters |= _bounds("ahead", [(max(begin, known_until), end) for begin, end in gaps])
    if view.known_on is None:
        return statements.now, parameters
    return statements.then, {**parameters, "known_on": last}


def _bounds(name: str, spans: Sequence[Span]) -> dict[str, list[Any]]:
    spans = [(begin, end) for begin, end in spans if begin < end]
    return {
        f"{name}_begins": [begin for begin, _ in spans],
        f"{name}_ends": [end for _, end in spans],
        f"{name}_firsts": [str(begin.date() - _EAST) for begin, _ in spans],
        f"{name}_lasts": [str(end.date() + _EAST) for _, end in spans],
    }
