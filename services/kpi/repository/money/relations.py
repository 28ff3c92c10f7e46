"""Parts of the statements of reports on money: what was known when, who a contact is, and by which
inquiries a sale's customer came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.kpi.domain.periods import Period
from services.kpi.domain.sales.buckets import Buckets, buckets
from services.kpi.domain.sales.people import Sale
from services.kpi.repository.money.sales import sale_lists, sale_rows

TIMES = ("day", "week", "month")
# How a group is told apart. Names of channels and campaigns are compared without case, in a
# collation that every server has; an empty name is none.
_WORD = "nullif(lower(btrim(st.{name}) COLLATE pg_c_utf8), '')"
DIMENSIONS: Mapping[str, str] = {
    "source": "st.source_id",
    "channel": "st.channel",
    "ad_channel": _WORD.format(name="utm_source"),
    "campaign": _WORD.format(name="utm_campaign"),
    "region": "st.region",
    "product": "st.product",
}
COLUMNS = ", ".join(f"{sql} AS {name}" for name, sql in DIMENSIONS.items())
# A shop may date an order a little before the inquiry by which it was placed comes in.
SAME_VISIT = timedelta(hours=1)

_OF_BIRTH = """st.contact_id = birth.contact_id
    AND st.received_at > birth.at - CAST(:lookback AS interval)
    AND st.received_at <= birth.at + CAST(:same_visit AS interval)"""


@dataclass(frozen=True, slots=True)
class View:
    """A period as it is seen: now, or as it was known at the end of a day of UTC. In the second
    case `sales` are those that were known, else they are read from their table.
    """

    period: Period
    known_on: date | None = None
    sales: Sequence[Sale] = ()

    @property
    def known_before(self) -> datetime | None:
        """The first moment of which nothing is known any more."""
        if self.known_on is None:
            return None
        return datetime.combine(self.known_on + timedelta(days=1), time(), UTC)

    def params(self) -> dict[str, Any]:
        """What every statement below takes."""
        params: dict[str, Any] = {
            "begins_at": self.period.begins_at,
            "ends_at": self.period.ends_at,
        }
        if self.known_on is not None:
            params |= {"known_on": self.known_on, "known_before": self.known_before}
        return params

    def sold(self) -> tuple[str, dict[str, Any]]:
        """SQL of the period's sales, and what it takes beside `params`."""
        if self.known_on is None:
            rows, params = "sale AS s", dict[str, Any]()
        else:
            rows, params = sale_rows(), sale_lists(self.sales)
        within = "s.at >= :begins_at AND s.at < :ends_at"
        return f"SELECT s.* FROM {rows} WHERE {within}", params

    def story(self, name: str) -> str:
        """That a version of a story is the one that was known."""
        if self.known_on is None:
            return f"{name}.known_until = 'infinity'"
        return f"{name}.known_on <= :known_on AND {name}.known_until > :known_on"

    def latest(self, name: str, table: str, key: str) -> str:
        """That a row of a table with versions is the latest that was known."""
        by_then = "" if self.known_on is None else " AND {}.known_at < :known_before"
        return (
            f"NOT EXISTS (SELECT 1 FROM {table} AS later WHERE later.{key} = {name}.{key}"
            f" AND later.version > {name}.version{by_then.format('later')})"
            f"{by_then.format(name)}"
        )

    def inquiries(self, condition: str) -> str:
        """SQL of the inquiries as they were known, without tests, of which a condition on `st` is
        true; one that was corrected by then is read from its corrections.
        """
        names = f"st.inquiry_id, st.contact_id, st.received_at, st.is_repeat, {COLUMNS}"
        by_then, came_by_then = "", ""
        if self.known_on is not None:
            by_then = " AND c.known_on <= :known_on"
            came_by_then = " AND st.known_at < :known_before"
        return f"""
SELECT {names} FROM inquiry AS st WHERE {condition} AND NOT st.is_test{came_by_then}
    AND NOT EXISTS (
        SELECT FROM corrected_inquiry AS c WHERE c.inquiry_id = st.inquiry_id{by_then})
UNION ALL
SELECT {names} FROM corrected_inquiry AS st
WHERE {condition} AND NOT st.is_test AND {self.story("st")}"""

    def link(self, name: str) -> str:
        return self.latest(name, "contact_link", "contact_id")


def time_of(dimensions: Sequence[str]) -> str | None:
    """The unit of time by which a report is grouped, if there is one."""
    return next((name for name in dimensions if name in TIMES), None)


def parts_of(period: Period, dimensions: Sequence[str]) -> Buckets | None:
    """The period's parts, if a report is grouped by them."""
    unit = time_of(dimensions)
    return None if unit is None else buckets(period, unit)


def keys(dimensions: Sequence[str], row: str, moment: str) -> list[str]:
    """SQL of each dimension's value in a row; that of a time is the number of its part, from 1."""
    return [
        f"width_bucket({row}.{moment}, CAST(:begins AS timestamptz[]))"
        if name in TIMES
        else f"{row}.{name}"
        for name in dimensions
    ]


def begins(period: Period, dimensions: Sequence[str]) -> dict[str, Any]:
    """The moments that `keys` takes."""
    parts = parts_of(period, dimensions)
    return {} if parts is None else {"begins": list(parts.begins)}


def path_clauses(view: View, sold: str) -> str:
    """Clauses `sold` and `path`: the sales, and for each those inquiries of the person that lie in
    the window before it. Needs the intervals `lookback` and `same_visit`.
    """
    # OFFSET 0 keeps the planner to the index: it would rather read a whole table than look up the
    # few rows of some thousand people.
    return f"""
sold AS ({sold}),
birth AS (
    SELECT sale_id, at, contact_id FROM sold
    UNION
    SELECT sale_id, at, person_id FROM sold
    UNION
    SELECT sale_id, at, own.contact_id FROM sold, LATERAL (
        SELECT link.contact_id FROM contact_link AS link
        WHERE link.canonical_id = person_id AND {view.link("link")} OFFSET 0
    ) AS own
),
path AS (
    SELECT birth.sale_id, st.* FROM birth, LATERAL (
        SELECT * FROM ({view.inquiries(_OF_BIRTH)}) AS st WHERE NOT {spam(view, "st")} OFFSET 0
    ) AS st
)"""


def spam(view: View, row: str) -> str:
    """That a person has called an inquiry spam."""
    return (
        f"EXISTS (SELECT 1 FROM spam_mark AS mark WHERE mark.inquiry_id = {row}.inquiry_id"
        f" AND mark.is_spam AND {view.latest('mark', 'spam_mark', 'inquiry_id')})"
    )
