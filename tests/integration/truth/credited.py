"""Who is credited with a sale, by each model, to the smallest unit of its currency."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.integration.truth.inquiries import ToldInquiry
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.sold import ToldSale

SAME_VISIT = timedelta(hours=1)
DIGITS = {"RUB": 2, "USD": 2, "JPY": 0, "KWD": 3}
Credit = tuple[ToldInquiry | None, Fraction, Decimal | None]


def path(knowledge: Knowledge, sale: ToldSale, lookback_days: int) -> list[ToldInquiry]:
    """The person's inquiries before the sale, in time, without tests and spam."""
    own = [
        inquiry
        for inquiry in knowledge.real_inquiries()
        if knowledge.who(inquiry.contact_id) == sale.person_id
        and not inquiry.is_spam
        and sale.at - timedelta(days=lookback_days) < inquiry.received_at <= sale.at + SAME_VISIT
    ]
    return sorted(own, key=lambda inquiry: (inquiry.received_at, inquiry.inquiry_id))


def chosen(touched: Sequence[ToldInquiry], model: str) -> ToldInquiry | None:
    """The inquiry that has it all by a model that names one."""
    if not touched:
        return None
    if model == "last_non_direct":
        advertised = [inquiry for inquiry in touched if any(inquiry.advertised)]
        return (advertised or touched)[-1]
    return touched[0 if model == "first" else -1]


def shares(count: int, model: str) -> list[Fraction]:
    """40, 20 and 40 per cent by position, else all alike."""
    if model == "linear" or count <= 2:
        return [Fraction(1, count)] * count
    between = [Fraction(1, 5) / (count - 2)] * (count - 2)
    return [Fraction(2, 5), *between, Fraction(2, 5)]


def credits_of(sale: ToldSale, touched: Sequence[ToldInquiry], model: str) -> list[Credit]:
    """Which inquiry has how much of the sale; None where there is none to be credited."""
    if not touched:
        return [(None, Fraction(1), sale.amount)]
    if model not in {"linear", "position"}:
        return [(chosen(touched, model), Fraction(1), sale.amount)]
    parts = shares(len(touched), model)
    amounts: Sequence[Decimal | None] = [None] * len(parts)
    if sale.amount is not None:
        amounts = split(sale.amount, parts, sale.currency)
    return list(zip(touched, parts, amounts, strict=True))


def split(amount: Decimal, parts: Sequence[Fraction], currency: str | None) -> list[Decimal]:
    """Whole units of the currency, by largest remainder; finer ones where the amount is finer."""
    unit = Decimal(1).scaleb(-DIGITS[currency or "RUB"])
    while amount % unit:
        unit /= 10
    units = [Fraction(amount) / Fraction(unit) * part for part in parts]
    counts = [int(each) for each in units]
    places = sorted(range(len(parts)), key=lambda place: (counts[place] - units[place], place))
    for place in places[: int(amount / unit) - sum(counts)]:
        counts[place] += 1
    return [count * unit for count in counts]


def rounded(value: Fraction, digits: int) -> float:
    return float(Fraction(round(value * 10**digits), 10**digits))
