"""Plans: what is asked for."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.kpi.domain.plan.nodes import Measure, Nature
from services.kpi.domain.plan.terms import MOST_MONTHS, Contract, PartyKind, Rule, Terms
from services.kpi.schemas.fields import Currency, Day, Name, Reason
from services.kpi.use_cases.plan.create import FromPast, Start
from services.kpi.use_cases.plan.foretold import BandEdge, FromForecast
from services.kpi.use_cases.plan.lines import Line
from services.kpi.use_cases.plan.naming import Names
from services.kpi.use_cases.plan.setting import SettingWish
from shared.text import Text
from shared.validation import MemberError
from shared.web.fields import Body

MOST_CONTRACTS = 1_000  # of a plan
MOST_GIVEN = 5_000  # values of an axis that a request names
MOST_LINES = 500  # of a request
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


def _of_our_time(month: str) -> str:
    if not EARLIEST_YEAR <= int(month[:4]) <= LATEST_YEAR:
        raise ValueError(f"lies between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return month


def _once_each(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("names a value twice")
    return values


Month = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"),
    AfterValidator(_of_our_time),
]
Value = Annotated[Text, StringConstraints(max_length=200)]
ValueList = Annotated[
    list[Value], Field(min_length=1, max_length=MOST_GIVEN), AfterValidator(_once_each)
]


class PlanContractIn(Body):
    """A customer whose purchases from the first day to the last are bound by a contract."""

    customer: UUID
    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise MemberError("last", "it ends before it begins")
        return self


class GuaranteeIn(Body):
    """What is called guaranteed: sales under a contract, and those that came as usual: with
    `least_gaps` times between the person's earlier sales, at most `tolerance_percent` off their
    median, and with no call, message or meeting since the last one.
    """

    least_gaps: Annotated[int, Field(ge=1, le=10)] = 2
    tolerance_percent: Annotated[int, Field(ge=0, le=100)] = 50
    contracts: list[PlanContractIn] = Field(default=[], max_length=MOST_CONTRACTS)

    def rule(self) -> Rule:
        contracts = tuple(Contract(one.customer, one.first, one.last) for one in self.contracts)
        return Rule(
            least_gaps=self.least_gaps,
            tolerance_percent=self.tolerance_percent,
            contracts=contracts,
        )


class PlanPastIn(Body):
    """Begin as the same months came out: the mean of so many years, and so much more."""

    kind: Literal["past"]
    years: Annotated[int, Field(ge=1, le=5)] = 1
    growth_percent: Annotated[int, Field(ge=-100, le=1_000)] = 0

    def start(self) -> Start:
        return FromPast(self.years, self.growth_percent)


class PlanForecastIn(Body):
    """Begin as a forecast of the company by months says: by default its pessimistic value, which a
    plan may count on. Months are told apart as the same ones of so many years came out.
    """

    kind: Literal["forecast"]
    forecast_id: UUID
    value: BandEdge = "p10"
    years: Annotated[int, Field(ge=1, le=5)] = 1

    def start(self) -> Start:
        return FromForecast(self.forecast_id, self.value, self.years)


class PlanValuesIn(Body):
    """Begin with nothing in each combination of these values; an empty text is what is not known.
    Sellers are ids of managers; parties are channels, or contact ids of customers.
    """

    kind: Literal["values"]
    region: ValueList
    product: ValueList
    party: ValueList
    seller: ValueList

    def start(self) -> Start:
        return {
            "region": self.region,
            "product": self.product,
            "party": self.party,
            "seller": self.seller,
        }


class PlanIn(Body):
    """`party` says what stands on the fourth axis: channels, or customers."""

    name: Name
    currency: Currency
    first_month: Month
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 12
    party: PartyKind = "channel"
    rule: GuaranteeIn = GuaranteeIn()
    start: Annotated[PlanPastIn | PlanForecastIn | PlanValuesIn, Field(discriminator="kind")]
    reason: Reason

    def terms(self, plan_id: UUID) -> Terms:
        return Terms(
            plan_id=plan_id,
            name=self.name,
            currency=self.currency,
            first_month=date.fromisoformat(f"{self.first_month}-01"),
            months=self.months,
            party=self.party,
            rule=self.rule.rule(),
            season={},
        )


class PlanNodeIn(Body):
    """One value on each axis that is named; all of those that are not."""

    region: Value | None = None
    month: Month | None = None
    product: Value | None = None
    party: Value | None = None
    seller: Value | None = None
    nature: Nature | None = None

    def names(self) -> Names:
        return self.model_dump()


class NodeSettingIn(Body):
    """`within` is a node above that stays as it is: what this one gains the rest of it loses.
    Where something below is locked, `mismatch` says whether to refuse, or to spread the rest.
    """

    measure: Measure
    node: PlanNodeIn = PlanNodeIn()
    value: Annotated[Decimal, Field(allow_inf_nan=False, max_digits=24)]
    within: PlanNodeIn | None = None
    mismatch: Literal["refuse", "spread"] = "refuse"
    reason: Reason

    def wish(self) -> SettingWish:
        return SettingWish(
            measure=self.measure,
            node=self.node.names(),
            value=self.value,
            within=None if self.within is None else self.within.names(),
            spread=self.mismatch == "spread",
            reason=self.reason,
        )


class PlanLockIn(Body):
    measure: Measure
    node: PlanNodeIn = PlanNodeIn()
    reason: Reason


class PlanReasonIn(Body):
    reason: Reason


class PlanDraftIn(Body):
    """`from` is the number of the version that it begins as."""

    made_from: Annotated[int, Field(alias="from", ge=1, le=10_000)]
    reason: Reason


class PlanLineIn(Body):
    """One combination of values; an empty text is what is not known."""

    region: Value
    product: Value
    party: Value
    seller: Value

    def line(self) -> Line:
        return Line(self.region, self.product, self.party, self.seller)


class PlanLinesIn(Body):
    lines: list[PlanLineIn] = Field(min_length=1, max_length=MOST_LINES)
    reason: Reason
