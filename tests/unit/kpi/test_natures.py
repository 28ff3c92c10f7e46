"""Which sales are guaranteed is what the rule says of each sale by itself."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from struct import pack
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty.counting import tell_natures
from services.kpi.domain.loyalty.natures import Natures
from services.kpi.domain.periods import period
from services.kpi.domain.plan.terms import Contract, Rule
from services.kpi.domain.sale_columns.stretches import Stretch, Touches, micros, named
from services.kpi.domain.sales.people import MOST_GAPS

ZONE = ZoneInfo("Europe/Moscow")
SPAN = period(date(2025, 1, 1), date(2026, 1, 1), ZONE)
SINCE = datetime(2025, 5, 31, 21, tzinfo=UTC)  # the 1st of June in Moscow
# Two of the ids have a half in common.
PEOPLE = (UUID(int=1), UUID(int=1 << 64 | 1), UUID(int=3 << 64))
HOURS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 330).map(lambda days: 24 * days)
              | st.integers(0, 7900)),
    max_size=25, unique=True,
)  # fmt: skip
RULES = st.builds(
    Rule,
    least_gaps=st.integers(1, 5),
    tolerance_percent=st.integers(0, 100),
    contracts=st.lists(
        st.builds(
            Contract,
            st.sampled_from((*PEOPLE, UUID(int=9))),
            st.dates(date(2025, 1, 1), date(2025, 12, 31)),
            st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        ),
        max_size=2,
    ).map(tuple),
)


class Sale(NamedTuple):
    person: UUID
    at: datetime
    before: datetime
    number: int
    gaps: Sequence[int]
    """Microseconds between the person's sales before, the last ones."""

    @property
    def gap(self) -> int:
        """Microseconds."""
        return micros(self.at) - micros(self.before)


def sales_of(bought: Sequence[tuple[UUID, int]]) -> list[Sale]:
    sales: list[Sale] = []
    for person, hours in sorted(bought, key=lambda one: one[1]):
        at = SPAN.begins_at + timedelta(hours=hours)
        theirs = [sale for sale in sales if sale.person == person]
        gaps = [sale.gap for sale in theirs[1:]][-MOST_GAPS:]
        sales.append(Sale(person, at, theirs[-1].at if theirs else at, len(theirs) + 1, gaps))
    return sales


def told(sales: Sequence[Sale], rule: Rule) -> Natures:
    stretch = Stretch(
        people=b"".join(sale.person.bytes for sale in sales),
        ats=b"".join(pack(">q", micros(sale.at)) for sale in sales),
        befores=b"".join(pack(">q", micros(sale.before)) for sale in sales),
        numbers=b"".join(pack(">i", sale.number) for sale in sales),
        usuals=b"".join(pack(">q", round(2 * median(one.gaps or [0]))) for one in sales),
        currencies=named(["RUB" for _ in sales]),
        amounts=b"".join(pack(">q", 10_000) for _ in sales),
    )
    return tell_natures(
        [stretch], period(date(2025, 6, 1), SPAN.end, ZONE), rule, (SINCE, SPAN.ends_at), "RUB"
    )


def is_usual(sale: Sale, rule: Rule) -> bool:
    if len(sale.gaps) < rule.least_gaps:
        return False
    usual = median(sale.gaps)
    return 100 * abs(sale.gap - usual) <= rule.tolerance_percent * usual


def is_bound(sale: Sale, rule: Rule) -> bool:
    day = sale.at.astimezone(ZONE).date()
    return any(one.customer == sale.person and one.first <= day <= one.last
               for one in rule.contracts)  # fmt: skip


TOUCHES = st.lists(st.tuples(st.sampled_from((*PEOPLE, UUID(int=9))), st.integers(0, 7900)))


def is_touched(sale: Sale, touches: Sequence[tuple[UUID, datetime]]) -> bool:
    return any(person == sale.person and sale.before < at <= sale.at for person, at in touches)


@given(HOURS, RULES, TOUCHES, st.integers(0, 24))
def test_guaranteed_is_what_came_as_usual_and_untouched_or_under_a_contract(
    bought: Sequence[tuple[UUID, int]],
    rule: Rule,
    called: Sequence[tuple[UUID, int]],
    more: int,
) -> None:
    every = sales_of(bought)
    natures = told(every, rule)
    sales = [sale for sale in every if sale.at >= SINCE]
    usual = [sale for sale in sales if is_usual(sale, rule) and not is_bound(sale, rule)]
    ids = natures.people
    assert {UUID(bytes=ids[begin : begin + 16]) for begin in range(0, len(ids), 16)} == {
        sale.person for sale in usual
    }
    assert natures.since == min((micros(sale.before) for sale in usual), default=0)
    # Calls at the moments of sales themselves count to the sale that is over, so some are there.
    touches = [(person, SPAN.begins_at + timedelta(hours=hours)) for person, hours in called]
    touches += [(sale.person, sale.at) for sale in every[:more]]
    counts = {"guaranteed": 0, "planned": 0}
    for sale in sales:
        is_own = is_usual(sale, rule) and not is_touched(sale, touches)
        counts["guaranteed" if is_own or is_bound(sale, rule) else "planned"] += 1
    columns = Touches(
        b"".join(person.bytes for person, _ in touches),
        b"".join(pack(">q", micros(at)) for _, at in touches),
    )
    sums = natures.sums(columns)
    assert sums == [(name, 1, Decimal(count), count) for name, count in
                    sorted(counts.items(), reverse=True) if count]  # fmt: skip
