"""Bodies and answers about managers who leave the company."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, model_validator

from services.routing.domain.departures import UNDO_FOR, Departure, Destination, Plan
from services.routing.domain.lead import MILLI
from services.routing.schemas.configuration import ManagerOut, manager_out
from services.routing.schemas.fields import Words
from services.routing.use_cases.departures.leave import Preview
from shared.validation import MemberError
from shared.web.fields import Body


class DepartureIn(Body):
    """Where the open leads go: to the queues of their pools, to a successor as far as there is
    room, or each batch of them spread at once as one backlog.
    """

    destination: Destination = Destination.QUEUES
    successor_id: UUID | None = None
    reason: Words | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.destination == Destination.SUCCESSOR) != (self.successor_id is not None):
            detail = 'a successor is named for the destination "successor", and only then'
            raise MemberError("successor_id", detail)
        return self

    def plan(self) -> Plan:
        return Plan(self.destination, self.successor_id, self.reason)


class PoolShareOut(BaseModel):
    """Leads of one pool; `room` is that of the members on duty who stay, in work units."""

    pool: str
    leads: int
    accepted: int
    work_units: float
    other_members: int
    on_duty: int
    room: float


class DeparturePreviewOut(BaseModel):
    """What leaving would do: nothing is changed. `alone_in` are pools with nobody else in them,
    `alone_supervises` those with no other supervisor. Of the leads `fits` have room at the
    successor; the others would wait.
    """

    manager: ManagerOut
    leads: int
    accepted: int
    work_units: float
    pools: list[PoolShareOut]
    alone_in: list[str]
    supervises: list[str]
    alone_supervises: list[str]
    successor_room: float | None
    fits: int | None


def preview_out(preview: Preview) -> DeparturePreviewOut:
    shares = preview.shares
    return DeparturePreviewOut(
        manager=manager_out(preview.manager),
        leads=sum(share.leads for share in shares),
        accepted=sum(share.accepted for share in shares),
        work_units=sum(share.units_milli for share in shares) / MILLI,
        pools=[
            PoolShareOut(
                pool=share.key,
                leads=share.leads,
                accepted=share.accepted,
                work_units=share.units_milli / MILLI,
                other_members=share.others,
                on_duty=share.on_duty,
                room=share.room_milli / MILLI,
            )
            for share in shares
        ],
        alone_in=[share.key for share in shares if share.others == 0],
        supervises=list(preview.supervises),
        alone_supervises=[key for key, is_alone in preview.supervises.items() if is_alone],
        successor_room=None if preview.room_milli is None else preview.room_milli / MILLI,
        fits=preview.fits,
    )


class DepartureOut(BaseModel):
    """How far it is. `leads` were owned when it began: `moved`, `merged` into others of their
    contact, and `without_room` of the moved ones, which wait although a successor was named. When
    it is undone, `given_back` went back and `kept` stayed with whoever works on them.
    """

    departure_id: UUID
    manager_id: UUID
    destination: str
    successor_id: UUID | None
    reason: str | None
    actor: str
    state: str
    leads: int
    moved: int
    merged: int
    without_room: int
    given_back: int
    kept: int
    at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    undo_until: datetime


def departure_out(departure: Departure) -> DepartureOut:
    names = DepartureOut.model_fields.keys() - {"undo_until"}
    values = {name: getattr(departure, name) for name in names}
    return DepartureOut(**values, undo_until=departure.at + UNDO_FOR)
