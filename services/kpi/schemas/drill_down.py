"""What numbers count, as it is shown, and what the numbers are called."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.web.pagination import Page

Measure = Literal[
    "received", "leads", "assigned", "accepted", "contacted", "won", "lost", "open", "set_aside",
    "within_1", "within_5", "within_15", "within_60",
]  # fmt: skip
ActivityMeasure = Literal[
    "received", "opened", "assigned", "accepted", "contacted", "won", "lost", "declined", "expired",
    "returned", "accept_due", "accept_kept", "touch_due", "touch_kept",
]  # fmt: skip
StageMeasure = Literal["entered", "entered_then", "left"]
CurveMeasure = Literal["leads", "at_risk", "events"]
Step = Literal["owner", "accept", "first_touch", "sale"]
StepMeasure = Literal["count", "within_1", "within_5", "within_15", "within_60"]


class DrillDownItemOut(BaseModel):
    """A lead that a number counts, or an inquiry counted by `received` with its lead, if any. `at`:
    when that happened which is counted. A number of times that somebody owned a lead (`declined`,
    `accept_due` and the like) may count a lead more than once.
    """

    model_config = ConfigDict(from_attributes=True)

    lead_id: UUID | None
    inquiry_id: UUID | None
    at: datetime | None


class DrillDownPage(Page[DrillDownItemOut]):
    """A page of what a number counts, the latest first. `total`, of the first page, is the number
    itself.
    """

    total: int | None = None
