"""Bodies and answers of managers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.routing.domain.lead import MILLI
from services.routing.repository.managers import Manager, ManagerFields
from services.routing.schemas.fields import Email, Key, Level, Name, Seconds, Units, Word, distinct
from shared.web.fields import Body, Zone

Traits = Annotated[list[Word], Field(max_length=100), AfterValidator(distinct)]
Inflow = Annotated[int, Field(ge=0, le=100_000)]


class ManagerIn(Body):
    """Capacity in work units; `weight` is the share of the pool's work that this manager is to get,
    beside the others' weights; the limits are numbers of leads. No regions, or no products: any.
    Without `pools` a new manager joins the default pool, and one who is replaced stays in theirs.
    """

    name: Name
    email: Email | None = None
    capacity: Units = 10.0
    time_zone: Zone = "Europe/Moscow"
    skills: dict[Word, Level] = Field(default_factory=dict, max_length=100)
    languages: Traits = Field(default_factory=list)
    regions: Traits = Field(default_factory=list)
    products: Traits = Field(default_factory=list)
    weight: Annotated[float, Field(ge=0.001, le=1000, allow_inf_nan=False)] = 1.0
    hourly_limit: Inflow | None = None
    daily_limit: Inflow | None = None
    pools: Annotated[list[Key], Field(max_length=100), AfterValidator(distinct)] | None = None

    def fields(self) -> ManagerFields:
        return ManagerFields(
            name=self.name,
            email=self.email,
            capacity_milli=round(self.capacity * MILLI),
            time_zone=self.time_zone,
            skills=self.skills,
            languages=self.languages,
            regions=self.regions,
            products=self.products,
            weight_milli=round(self.weight * MILLI),
            hourly_limit=self.hourly_limit,
            daily_limit=self.daily_limit,
            pools=self.pools,
        )


class StatusIn(Body):
    """`ttl_seconds`: how long it holds; afterwards the manager is offline."""

    status: Literal["online", "busy", "away", "offline"]
    ttl_seconds: Seconds | None = None


class ManagerOut(BaseModel):
    manager_id: UUID
    name: str
    email: str | None
    capacity: float
    reserved: float
    time_zone: str
    skills: dict[str, float]
    languages: list[str]
    regions: list[str]
    products: list[str]
    weight: float
    hourly_limit: int | None
    daily_limit: int | None
    pools: list[str]
    status: str
    status_until: datetime | None
    duty: str
    duty_until: datetime | None
    last_assigned_at: datetime | None
    left_at: datetime | None


def manager_out(manager: Manager) -> ManagerOut:
    return ManagerOut(
        manager_id=manager.manager_id,
        name=manager.name,
        email=manager.email,
        capacity=manager.capacity_milli / MILLI,
        reserved=manager.reserved_milli / MILLI,
        time_zone=manager.time_zone,
        skills=dict(manager.skills),
        languages=list(manager.languages),
        regions=list(manager.regions),
        products=list(manager.products),
        weight=manager.weight_milli / MILLI,
        hourly_limit=manager.hourly_limit,
        daily_limit=manager.daily_limit,
        pools=list(manager.pools),
        status=manager.status,
        status_until=manager.status_until,
        duty=manager.duty,
        duty_until=manager.duty_until,
        last_assigned_at=manager.last_assigned_at,
        left_at=manager.left_at,
    )
