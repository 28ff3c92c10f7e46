"""What routing emits about managers."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event


class _OnManagers(Event):
    TOPIC: ClassVar[str] = "managers"
    KEY: ClassVar[str] = "manager_id"

    manager_id: UUID


class ManagerChanged(_OnManagers):
    """`calendar` is the manager's calendar in the JSON of routing's API, without the reasons of
    leave; without one a manager is always on shift.
    """

    TYPE: ClassVar[str] = "manager.changed.v1"

    changed_at: datetime
    name: str | None = None
    email: str | None = None
    capacity: float
    time_zone: str
    skills: dict[str, float] = Field(default_factory=dict)
    languages: list[str] = Field(default_factory=list)
    regions: list[str] = Field(default_factory=list)
    products: list[str] = Field(default_factory=list)
    weight: float = 1.0
    hourly_limit: int | None = None
    daily_limit: int | None = None
    left_at: datetime | None = None
    pools: list[str] = Field(default_factory=list)
    calendar: dict[str, Any] | None = None


class ManagerStatusChanged(_OnManagers):
    TYPE: ClassVar[str] = "manager.status_changed.v1"

    status: str
    changed_at: datetime
    until: datetime | None = None
    actor: str = "system"
