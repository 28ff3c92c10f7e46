"""Scheduled reports: what is configured, and what is answered."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from services.kpi.domain.attribution import Model
from services.kpi.domain.digests.schedule import Every
from services.kpi.domain.digests.spans import Span
from services.kpi.domain.plan.nodes import AxisName, Measure
from services.kpi.repository.digests import Report, ReportDelivery
from services.kpi.repository.money.sold import Origin
from services.kpi.schemas.comparison import Compare
from services.kpi.schemas.fields import Clock, Name
from services.kpi.schemas.money.returns import ReturnsGroupBy
from services.kpi.schemas.money.sales import SalesGroupBy
from services.kpi.schemas.reports import GroupBy
from services.kpi.use_cases.digests.reports import ReportFields
from shared.text import Text
from shared.web.fields import Body, Zone

ReportName = Literal[
    "funnel", "response-times", "managers", "sources", "sales", "load", "plan-control"
]
MOST_SECTIONS = 10
MOST_READERS = 20  # recipients of one report
MOST_VERSION = 10_000
_GROUPS: Final[dict[str, TypeAdapter[str]]] = {
    "funnel": TypeAdapter(GroupBy),
    "response-times": TypeAdapter(GroupBy),
    "sources": TypeAdapter(ReturnsGroupBy),
    "sales": TypeAdapter(SalesGroupBy),
}
_DEFAULTS: Final = {
    "funnel": "source",
    "response-times": "source",
    "sources": "source",
    "sales": "month",
}
_MODELS: Final = {"sources": get_args(Model), "sales": get_args(Origin)}
_PLAN: Final = "plan-control"


class SectionIn(Body):
    """One of the company's reports, with the parameters of its own address. `group_by` belongs to
    `funnel`, `response-times`, `sources` and `sales`, `attribution` to the last two, `plan_id`,
    `version`, `measure` and `axis` to `plan-control`, which is of now and takes no `period`.
    """

    report: ReportName
    period: Span = Span.YESTERDAY
    compare: Compare | None = None
    group_by: Annotated[Text, StringConstraints(max_length=200)] | None = Field(
        default=None, validate_default=True
    )
    attribution: Annotated[Text, StringConstraints(max_length=40)] | None = None
    plan_id: UUID | None = Field(default=None, validate_default=True)
    version: Annotated[int, Field(ge=1, le=MOST_VERSION)] | None = Field(
        default=None, validate_default=True
    )
    measure: Measure | None = None
    axis: AxisName | None = None

    @field_validator("group_by")
    @classmethod
    def _groups(cls, names: str | None, info: ValidationInfo) -> str | None:
        report = info.data.get("report")
        if report not in _GROUPS:
            if names is not None and report is not None:
                raise ValueError(f"is no parameter of {report}")
            return None
        try:
            return _GROUPS[report].validate_python(_DEFAULTS[report] if names is None else names)
        except ValidationError as error:
            raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None

    @field_validator("attribution")
    @classmethod
    def _model(cls, name: str | None, info: ValidationInfo) -> str | None:
        models = _MODELS.get(info.data.get("report", ""), ())
        if name is not None and name not in models:
            words = f"is one of: {', '.join(models)}" if models else "is no parameter of it"
            raise ValueError(words)
        return name

    @field_validator("plan_id", "version")
    @classmethod
    def _of_a_plan(cls, value: Any, info: ValidationInfo) -> Any:
        report = info.data.get("report")
        if report == _PLAN and value is None:
            raise PydanticCustomError("missing", "is needed by plan-control")
        if report not in {None, _PLAN} and value is not None:
            raise ValueError(f"belongs to {_PLAN}, and to nothing else")
        return value

    @field_validator("measure", "axis")
    @classmethod
    def _of_plans_alone(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("report") not in {None, _PLAN}:
            raise ValueError("belongs to plan-control, and to nothing else")
        return value


class ScheduleIn(Body):
    """At `at` by the clock of `time_zone`, the company's if there is none; `weekday` is 1 (Monday)
    to 7, `day` one of the month, or its last one where it is shorter.
    """

    every: Every
    at: Clock
    weekday: Annotated[int, Field(ge=1, le=7)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    time_zone: Zone | None = None


class ReportIn(Body):
    """With no recipients it is ready, and begins to be sent once it has some."""

    name: Name
    sections: list[SectionIn] = Field(min_length=1, max_length=MOST_SECTIONS)
    schedule: ScheduleIn
    files: list[Literal["xlsx", "csv"]] = Field(default=["xlsx"], max_length=2)
    recipient_ids: list[UUID] = Field(default=[], max_length=MOST_READERS)
    active: bool = True

    def fields(self) -> ReportFields:
        return ReportFields(
            name=self.name,
            sections=[item.model_dump(mode="json", exclude_none=True) for item in self.sections],
            **self.schedule.model_dump(),
            files=list(dict.fromkeys(self.files)),
            recipient_ids=self.recipient_ids,
            active=self.active,
        )


class SectionOut(BaseModel):
    report: ReportName
    period: Span | None = None
    compare: Compare | None = None
    group_by: str | None = None
    attribution: str | None = None
    plan_id: UUID | None = None
    version: int | None = None
    measure: Measure | None = None
    axis: AxisName | None = None


class ScheduleOut(BaseModel):
    """`time_zone` is the company's where none was set."""

    every: Every
    at: str
    weekday: int | None
    day: int | None
    time_zone: str


Lack = Literal["recipients", "mail_server"]


class ReportOut(BaseModel):
    """`state`: `scheduled`, due at `next_at`; `ready`, once it has a recipient; or `off`. `lacks`:
    what keeps it from coming by mail, recipients or a mail server (webhooks need none).
    """

    report_id: UUID
    name: str
    sections: list[SectionOut]
    schedule: ScheduleOut
    files: list[str]
    recipient_ids: list[UUID]
    active: bool
    state: Literal["scheduled", "ready", "off"]
    lacks: list[Lack]
    next_at: datetime | None
    version: int
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, item: Report, zone: ZoneInfo, *, has_mail: bool) -> Self:
        schedule = ScheduleOut(
            every=Every(item.every),
            at=f"{item.at:%H:%M}",
            weekday=item.weekday,
            day=item.day,
            time_zone=item.time_zone or zone.key,
        )
        names = cls.model_fields.keys() - {"sections", "schedule", "state", "lacks"}
        return cls(
            sections=[SectionOut(**section) for section in item.sections],
            schedule=schedule,
            state=_state(item),
            lacks=_lacks(item, has_mail=has_mail),
            **{name: getattr(item, name) for name in names},
        )


def _state(item: Report) -> Literal["scheduled", "ready", "off"]:
    if not item.active:
        return "off"
    return "scheduled" if item.recipient_ids else "ready"


def _lacks(item: Report, *, has_mail: bool) -> list[Lack]:
    lacks: list[Lack] = [] if item.recipient_ids else ["recipients"]
    return lacks if has_mail else [*lacks, "mail_server"]


class ReportDeliveryOut(BaseModel):
    """`run_due_at` is the time it was due, or asked for; `outcome`: waiting, delivered, failed
    (tried again at `due_at`), given_up, or needless (to somebody who was switched off meanwhile).
    `error` says why the last try failed, `open_mails` for whom a mail was refused: the recipient's
    other addresses have it.
    """

    model_config = ConfigDict(from_attributes=True)

    delivery_id: UUID
    run_id: UUID
    run_due_at: datetime
    recipient_id: UUID
    way: Literal["mail", "webhook"]
    made_at: datetime
    due_at: datetime | None
    attempts: int
    outcome: str
    error: str | None
    open_mails: list[str] | None
    done_at: datetime | None

    @classmethod
    def of(cls, item: ReportDelivery) -> Self:
        return cls.model_validate(item)
