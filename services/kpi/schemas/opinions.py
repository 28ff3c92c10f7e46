"""Polls and answers as they are asked for and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.past import Measure, number_of
from services.kpi.domain.forecast.series import rounded
from services.kpi.domain.opinions.polls import Poll, PollKind
from services.kpi.repository.opinions.polls import PollRow
from services.kpi.schemas.fields import Currency, Day, Name, Reason
from services.kpi.schemas.planning import PastAxis
from services.kpi.schemas.territory_facts import Value
from services.kpi.use_cases.opinions.beside import OpinionBeside
from services.kpi.use_cases.opinions.polls import PollView
from services.kpi.use_cases.opinions.record import error_of
from shared.contracts.inquiry import Amount
from shared.text import Text
from shared.web.fields import Body

MOST_SAMPLE = 10_000  # members of a market test
LARGEST_POPULATION = 10**9
_DIGITS = 4  # of shares


class PollIn(Body):
    """`survey` (each of the staff estimates the own part), `executives` and `delphi` (each the
    whole) or `market_test` (what each member of the `sample` bought, of a `population` of so many),
    over the days from `from` to before `to`.
    """

    kind: PollKind
    name: Name
    measure: Measure
    currency: Currency | None = None
    axis: PastAxis = "company"
    key: Annotated[Text, StringConstraints(max_length=200)] | None = None
    first: Day = Field(alias="from")
    end: Day = Field(alias="to")
    sample: list[Value] = Field(default_factory=list, max_length=MOST_SAMPLE)
    population: Annotated[int, Field(ge=1, le=LARGEST_POPULATION)] | None = None

    def poll(self) -> Poll:
        return Poll(**dict(self) | {"sample": tuple(self.sample)})


class AnswerIn(Body):
    """`likely` is what is expected, `low` and `high` the least and the most, the same where they
    are left out. `respondent` names who says so, if it is not the manager who sends it.
    """

    likely: Value
    low: Value | None = None
    high: Value | None = None
    respondent: Name | None = None


class PollCancelIn(Body):
    """`reason` says why nothing comes of it."""

    reason: Reason


class PollOut(BaseModel):
    """`round` is the present one, or the last. `closed_at` is null while answers are taken;
    `cancel_reason` is there where the poll was cancelled.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    poll_id: UUID
    kind: PollKind
    name: str
    measure: Measure
    currency: str | None
    axis: PastAxis
    key: str | None
    first: date = Field(alias="from")
    end: date = Field(alias="to")
    population: int | None
    sample_size: int
    round: int
    made_at: datetime
    made_by: str
    closed_at: datetime | None
    closed_by: str | None
    cancel_reason: str | None

    @classmethod
    def of(cls, row: PollRow) -> Self:
        names = [name for name in cls.model_fields if name != "sample_size"]
        members = {
            name: getattr(row.poll if hasattr(row.poll, name) else row, name) for name in names
        }
        return cls.model_validate({**members, "sample_size": len(row.poll.sample)})


class RoundOut(BaseModel):
    """`spread` is the distance of the quartiles in shares of the median, `shift` the share by which
    the median moved since the round before. Answers have converged when they lie close together
    and stay there.
    """

    answers: int
    q1: Amount
    median: Amount
    q3: Amount
    spread: float | None
    shift: float | None
    has_converged: bool


class BandOut(BaseModel):
    """Pessimistic, likeliest, optimistic."""

    p10: Amount
    p50: Amount
    p90: Amount

    @classmethod
    def of(cls, measure: Measure, band: Band) -> Self:
        return cls(**{name: number_of(measure, value) for name, value in band._asdict().items()})


class AnswerOut(BaseModel):
    name: str | None
    low: Amount
    likely: Amount
    high: Amount


class PollViewOut(PollOut):
    """`rounds` are those of Delphi that are over; `present_answers` have answered in the present
    one. `band` is what the answers come to once the poll is closed. `answers` say whose they are;
    those of Delphi are never shown. `fact` is what the days came to once they are over, and `error`
    by which share of it the likeliest value lay above. A manager is shown neither these nor
    answers.
    """

    rounds: list[RoundOut]
    present_answers: int
    band: BandOut | None
    fact: Amount | None
    error: float | None
    answers: list[AnswerOut]

    @classmethod
    def of_view(cls, view: PollView, *, with_names: bool) -> Self:
        measure = view.row.poll.measure
        fact = view.fact if with_names else None

        def number(value: float) -> Decimal:
            return number_of(measure, value)

        return cls(
            **PollOut.of(view.row).model_dump(by_alias=False),
            rounds=[
                RoundOut(
                    answers=item.answers,
                    q1=number(item.q1),
                    median=number(item.median),
                    q3=number(item.q3),
                    spread=_short(item.spread),
                    shift=_short(item.shift),
                    has_converged=item.has_converged,
                )
                for item in view.rounds
            ],
            present_answers=view.present_answers,
            band=None if view.band is None else BandOut.of(measure, view.band),
            fact=fact,
            error=None if view.band is None else _short(error_of(view.band.p50, fact)),
            answers=[
                AnswerOut(name=item.name, low=item.low, likely=item.likely, high=item.high)
                for item in view.answers
                if with_names
            ],
        )


def _short(value: float | None) -> float | None:
    return None if value is None else float(rounded(value, _DIGITS))


class OpinionOut(BandOut):
    """What a closed poll says of days that lie in the forecast's; `forecast` is the likeliest value
    of the same days, null where the steps do not make them up. `mape` is the mean share by which
    the `judged` earlier polls of its kind about the same thing were off.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    poll_id: UUID
    kind: PollKind
    name: str
    first: date = Field(alias="from")
    end: date = Field(alias="to")
    forecast: Amount | None
    judged: int
    mape: float | None

    @classmethod
    def of_beside(cls, item: OpinionBeside) -> Self:
        poll = item.row.poll
        return cls(
            **BandOut.of(poll.measure, item.band).model_dump(),
            poll_id=item.row.poll_id,
            kind=poll.kind,
            name=poll.name,
            first=poll.first,
            end=poll.end,
            forecast=item.forecast,
            judged=0 if item.record is None else item.record.judged,
            mape=None if item.record is None else _short(item.record.mape),
        )
