"""What is told of people, each as it was known from one UTC day to before another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.sales.people import Sale


class Arrival(NamedTuple):
    """An inquiry that is no test. `lead_id`: the lead that it opened."""

    inquiry_id: UUID
    person_id: UUID
    at: datetime
    segment_id: int
    is_target: bool
    lead_id: UUID | None


class Again(NamedTuple):
    """A person who came before comes again. For each grouping in the set `groupings` the earlier
    inquiry is the last one before of the same person and group.

    So the people of a group between two moments are its inquiries less those of them that have
    such an earlier one after the first moment.
    """

    inquiry_id: UUID
    earlier_id: UUID
    at: datetime
    earlier_at: datetime
    segment_id: int
    groupings: int


class Credit(NamedTuple):
    """By what a segment's share of a sale changes from a lookback of `since_days` on, for a set of
    models: the sum of those up to a lookback is the share. `parts` of `whole` of the sale.

    The currency is empty for a sale without an amount. `is_off`: it was taken back.
    """

    sale_id: UUID
    at: datetime
    segment_id: int
    since_days: int
    models: int
    parts: int
    whole: int
    amount: Decimal
    currency: str
    is_off: bool


class SoldAgain(NamedTuple):
    """A person who bought before buys again: as `Again`, for sales that stand and for what they are
    credited to by some models, when the lookback is at least `since_days` and less than
    `until_days`. `is_third`: the earlier one was not the person's first either.
    """

    sale_id: UUID
    earlier_id: UUID
    since_days: int
    models: int
    until_days: int
    at: datetime
    earlier_at: datetime
    segment_id: int
    groupings: int
    is_third: bool


Row = Arrival | Again | Credit | Sale | SoldAgain


class Version(NamedTuple):
    """A row as it was known at the end of the days from `known_on` to before `known_until`."""

    known_on: date
    known_until: date
    row: Row


def retold(
    old: Iterable[Version], states: Mapping[date, Iterable[Row]], since: date, *, end: date
) -> list[Version]:
    """All versions, when from the day `since` on rows are those of `states`, each from its day to
    the next one's; `end` is the day of those that are still known.
    """
    versions: list[Version] = []
    open_rows: dict[Row, date] = {}
    for version in old:
        if version.known_until < since:
            versions.append(version)
        elif version.known_on < since:
            open_rows[version.row] = version.known_on
    for day in sorted({since, *states}):
        rows = set(states.get(day, ()))
        versions += [Version(open_rows[row], day, row) for row in open_rows.keys() - rows]
        open_rows = {row: open_rows.get(row, day) for row in rows}
    return [*versions, *(Version(day, end, row) for row, day in open_rows.items())]


def changes(old: Sequence[Version], new: Sequence[Version]) -> tuple[list[Version], list[Version]]:
    """The versions that are no more, and those that are new."""
    before, after = set(old), set(new)
    return [version for version in old if version not in after], [
        version for version in new if version not in before
    ]


def moments_of(versions: Iterable[Version]) -> set[datetime]:
    """When the sales among them were."""
    return {version.row.at for version in versions if isinstance(version.row, Sale)}


def sales_changed(
    gone: Iterable[Version], added: Iterable[Version], *, end: date
) -> dict[UUID, set[datetime]]:
    """Sales that are now of somebody else, of another time, amount or product, or taken back, with
    the moments that they were and are of. Whom they are credited to is another matter.
    """
    before, after = (
        {
            version.row.sale_id: version.row
            for version in versions
            if isinstance(version.row, Sale) and version.known_until == end
        }
        for versions in (gone, added)
    )
    return {
        sale_id: {one.at for one in (before.get(sale_id), after.get(sale_id)) if one}
        for sale_id in before.keys() | after.keys()
        if _sold(before.get(sale_id)) != _sold(after.get(sale_id))
    }


def _sold(sale: Sale | None) -> tuple[object, ...] | None:
    if sale is None:
        return None
    return (
        sale.at, sale.amount, sale.currency, sale.product, sale.manager_id, sale.lead_id,
        sale.taken_back_at,
    )  # fmt: skip
