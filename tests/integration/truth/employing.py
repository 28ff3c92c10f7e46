"""What becomes of the managers: they come and go, take breaks, work by other calendars."""

from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from tests.integration.truth.calendars import CALENDARS, HOMES
from tests.integration.truth.cast import MANAGERS
from tests.integration.truth.state import Company

CAPACITIES = (2.5, 10, 1, 0, 3.125)
STATUSES = ("online", "online", "busy", "away", "offline")


def employ(company: Company) -> None:
    """Everybody comes to work."""
    for number, manager_id in enumerate(MANAGERS):
        place = number if company.choice.random() < 0.7 else company.choice.randrange(5)
        _change(company, manager_id, place, capacity=company.choice.choice((2.5, 10)))
        _be(company, manager_id, "online")


def change(company: Company) -> None:
    """Somebody can hold another number of leads, works by another calendar, or leaves."""
    choice = company.choice
    left_at = company.telling.at if choice.random() < 0.2 else None
    place = choice.randrange(len(CALENDARS))
    capacity = choice.choice(CAPACITIES)
    _change(company, choice.choice(MANAGERS), place, capacity=capacity, left_at=left_at)


def come_or_go(company: Company) -> None:
    """Somebody is there, or is not; at times only up to a moment."""
    choice = company.choice
    until = None
    if choice.random() < 0.3:
        until = company.telling.at + timedelta(minutes=choice.choice((0, 7, 90, 6000)))
    _be(company, choice.choice(MANAGERS), choice.choice(STATUSES), until)


def _change(
    company: Company,
    manager_id: UUID,
    place: int,
    *,
    capacity: float,
    left_at: datetime | None = None,
) -> None:
    company.telling.tell(
        ManagerChanged(
            manager_id=manager_id,
            changed_at=company.telling.at,
            name=f"Manager {MANAGERS.index(manager_id)}",
            capacity=capacity,
            time_zone=HOMES[place],
            calendar=CALENDARS[place],
            left_at=left_at,
        )
    )


def _be(company: Company, manager_id: UUID, status: str, until: datetime | None = None) -> None:
    company.telling.tell(
        ManagerStatusChanged(
            manager_id=manager_id, status=status, changed_at=company.telling.at, until=until
        )
    )
