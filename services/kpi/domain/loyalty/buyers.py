"""What a person has bought, in one row: whatever a period asks of it lies between two places."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.paths.rows import Version
from services.kpi.domain.sales.people import Sale


class Buyer(NamedTuple):
    """The sales of a person that stand, in time, as they are known now. `usual_seconds` is the
    median of the times between them.

    Where all money is in one `currency`, `priced` and `sums` are how many sales up to each have an
    amount, and what these come to; else `amounts` and `currencies` are those of each sale.
    """

    person_id: UUID
    first_at: datetime
    last_at: datetime
    ats: Sequence[datetime]
    products: Sequence[str]
    usual_seconds: float | None
    currency: str | None
    priced: Sequence[int] | None
    sums: Sequence[Decimal] | None
    amounts: Sequence[Decimal | None] | None
    currencies: Sequence[str | None] | None


def people_of(versions: Iterable[Version]) -> set[UUID]:
    """Whose sales these are."""
    return {version.row.person_id for version in versions if isinstance(version.row, Sale)}


def buyers_of(versions: Iterable[Version]) -> dict[UUID, Buyer]:
    """Those of whom a sale stands, from all versions of their sales."""
    sales: dict[UUID, list[Sale]] = {}
    for version in versions:
        row = version.row
        if not isinstance(row, Sale) or version.known_until != date.max:
            continue
        if row.taken_back_at is None:
            sales.setdefault(row.person_id, []).append(row)
    return {
        person_id: _buyer(person_id, sorted(each, key=lambda sale: (sale.at, sale.sale_id)))
        for person_id, each in sales.items()
    }


def _buyer(person_id: UUID, sales: Sequence[Sale]) -> Buyer:
    ats = [sale.at for sale in sales]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ats)]
    prices = [_price(sale) for sale in sales]
    currencies = {name for _, name in prices if name is not None}
    is_one, is_mixed = len(currencies) == 1, len(currencies) > 1
    return Buyer(
        person_id=person_id,
        first_at=ats[0],
        last_at=ats[-1],
        ats=ats,
        products=[sale.product or "" for sale in sales],
        usual_seconds=median(gaps) if gaps else None,
        currency=currencies.pop() if is_one else None,
        priced=[*accumulate(int(one is not None) for one, _ in prices)] if is_one else None,
        sums=[*accumulate(one or Decimal(0) for one, _ in prices)] if is_one else None,
        amounts=[one for one, _ in prices] if is_mixed else None,
        currencies=[name for _, name in prices] if is_mixed else None,
    )


def _price(sale: Sale) -> tuple[Decimal | None, str | None]:
    """The amount of a sale and its currency; neither without the other."""
    if sale.amount is None or sale.currency is None:
        return None, None
    return sale.amount, sale.currency
