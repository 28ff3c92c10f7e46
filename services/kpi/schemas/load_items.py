"""What numbers of managers' load count, as it is shown."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.web.pagination import Page

LoadMeasure = Literal[
    "came", "went", "open_average", "open_peak", "units_average", "capacity_average", "utilisation",
    "over_capacity_minutes", "present_minutes", "shift_minutes", "present_on_shift_minutes",
]  # fmt: skip


class LoadItemOut(BaseModel):
    """A time that a manager held a lead, whole, also where only a part of it lies in the step; or,
    for capacity and minutes, a stretch of the step with the units held and possible, where these
    matter. `value` is what it adds to the number; `ends_at` is null while a lead is still held.
    """

    model_config = ConfigDict(from_attributes=True)

    manager_id: UUID
    lead_id: UUID | None
    begins_at: datetime
    ends_at: datetime | None
    units: float | None
    capacity: float | None
    value: float | None


class LoadItemPage(Page[LoadItemOut]):
    """A page of what a number counts, the highest id first. `total`, of the first page, is the
    number itself: the sum of the values.
    """

    total: int | float | None = None
