"""Forecasts: what is asked for, and what is answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kpi.domain.forecast.past import Measure, number_of
from services.kpi.repository.forecast.forecasts import ForecastHead, VoiceRow, WholeForecast
from services.kpi.schemas.fields import AskedCurrency, Day
from services.kpi.schemas.opinions import OpinionOut
from services.kpi.schemas.planning import PastAxis, Step
from services.kpi.schemas.potentials import CoverOut
from services.kpi.use_cases.opinions.beside import Beside, Together
from services.kpi.use_cases.territories.ceilings import cover_of_forecast, windows_of
from services.kpi.use_cases.territories.limits import Limits
from shared.contracts.inquiry import Amount
from shared.text import Text
from shared.web.fields import Body

HORIZONS: Final = {"day": 92, "week": 53, "month": 24}
_Zone = Annotated[Text, StringConstraints(min_length=1, max_length=64)]


class ForecastIn(Body):
    """`steps` ahead of `to`, the day after the past, today if not given; `from` is where the past
    begins, by default as far back as 2 000 days, 400 weeks or 120 months.
    """

    measure: Measure
    step: Step
    steps: Annotated[int, Field(ge=1, le=max(HORIZONS.values()))]
    axis: PastAxis = "company"
    key: Annotated[Text, StringConstraints(max_length=200)] | None = None
    currency: AskedCurrency | None = None
    first: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="to")
    tz: _Zone | None = None


class MethodOut(BaseModel):
    """`mape` and `bias` are shares (0.1 is 10 %), `mase` is in mean errors of the seasonal naive
    forecast; all of the back-test. `weight` is the part of the combination. `open_leads` are those
    that are open now, by the hazard of their stage: it has no back-test, and no weight.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    weight: float
    mape: float | None
    mase: float | None
    bias: float | None
    path: list[Amount]


class StepBandOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    day: date
    p10: Amount
    p50: Amount
    p90: Amount


class ForecastStepOut(StepBandOut):
    """By the first day of the step: pessimistic, likeliest, optimistic; `methods_p50` is the
    likeliest without opinions.
    """

    methods_p50: Amount


class VoiceOut(BaseModel):
    """`forecast` is the combination of the methods, anything else a kind of opinion that was
    `judged` so often. `value` is its likeliest of the days, `mape` the mean share by which it was
    off before, and `weight` its part, by the inverse of the square of that.
    """

    model_config = ConfigDict(from_attributes=True)

    kind: str
    weight: float
    value: Amount
    mape: float | None
    judged: int | None


class TakenInOut(BaseModel):
    """Days whose steps were made of these together, when the forecast was made."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    first: date = Field(alias="from")
    end: date = Field(alias="to")
    voices: list[VoiceOut]

    @classmethod
    def of_voices(cls, voices: Sequence[VoiceRow]) -> list[Self]:
        days = dict.fromkeys((voice.first, voice.end) for voice in voices)
        return [
            cls(
                first=first,
                end=end,
                voices=[VoiceOut.model_validate(one) for one in voices if one.first == first],
            )
            for first, end in sorted(days)
        ]


class ForecastHeadOut(BaseModel):
    """`past_to` is the day after the past; `gaps` of its `past_steps` had no value. `season` is how
    many steps a season has, 1 where there is too little to see one; `origins` how often each method
    was tried. Errors are the combination's; `coverage` the share of facts within its band of 80 %.
    Totals are of all steps together, null where those cannot be added up, or the past is too short.
    """

    model_config = ConfigDict(from_attributes=True)

    forecast_id: UUID
    measure: Measure
    step: Step
    axis: PastAxis
    key: str | None
    currency: str | None
    time_zone: str
    past_from: date
    past_to: date
    past_steps: int
    gaps: int
    season: int
    origins: int
    mape: float | None
    mase: float | None
    bias: float | None
    coverage: float | None
    total_p10: Amount | None
    total_p50: Amount | None
    total_p90: Amount | None
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, head: ForecastHead) -> Self:
        return cls.model_validate(head)


class TogetherOut(BaseModel):
    """The likeliest value of the days by the forecast and by the kinds of opinions that were judged
    three times or more, each by the inverse of its squared error; `weights` by `forecast` and kind.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    first: date = Field(alias="from")
    end: date = Field(alias="to")
    value: Amount
    weights: dict[str, float]

    @classmethod
    def of(cls, measure: Measure, item: Together) -> Self:
        weights = {name: round(weight, 4) for name, weight in item.combined.weights.items()}
        value = number_of(measure, item.combined.value)
        return cls(first=item.first, end=item.end, value=value, weights=weights)


class CeilingOut(BaseModel):
    """The days of a potential over which potentials cover what is forecast: what they allow to
    sell (`unplaced` of it for sales without a region or product), and what the steps come to that
    lie whole in these days.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    first: date = Field(alias="from")
    end: date = Field(alias="to")
    sales: Amount
    unplaced: Amount
    forecast: Amount


class ForecastOut(ForecastHeadOut):
    """`opinions` are what closed polls and market tests say of the same thing; `together` what they
    and the methods make as of now, where such opinions have a past; `taken_in` is of which the
    steps were made, when they were: the errors of the head are those of the methods alone.
    `ceilings` are what potentials allow by their days, `cover` tells whether they cover all of the
    forecast's; null for what they are not of.
    """

    methods: list[MethodOut]
    steps: list[ForecastStepOut]
    opinions: list[OpinionOut]
    taken_in: list[TakenInOut]
    together: list[TogetherOut]
    ceilings: list[CeilingOut]
    cover: CoverOut | None

    @classmethod
    def of_whole(cls, whole: WholeForecast, beside: Beside, limits: Limits) -> Self:
        cover = cover_of_forecast(limits, whole)
        return cls(
            **ForecastHeadOut.of(whole.head).model_dump(),
            methods=[MethodOut.model_validate(item) for item in whole.methods],
            steps=[ForecastStepOut.model_validate(item) for item in whole.steps],
            opinions=[OpinionOut.of_beside(item) for item in beside.opinions],
            taken_in=TakenInOut.of_voices(whole.voices),
            together=[TogetherOut.of(Measure(whole.head.measure), one) for one in beside.together],
            ceilings=[
                CeilingOut(
                    first=one.first,
                    end=one.end,
                    sales=one.sales,
                    unplaced=one.unplaced,
                    forecast=one.foretold,
                )
                for one in windows_of(limits, whole)
            ],
            cover=None if cover is None else CoverOut.of(cover, limits.tree),
        )
