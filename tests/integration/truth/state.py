"""A company as it stands: its leads, who is one person, which inquiry is in which lead."""

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.integration.truth.telling import Telling


@dataclass(eq=False)
class Lead:
    """A lead as routing has it. `contact_id` is the contact at birth of who opened it."""

    lead_id: UUID
    contact_id: UUID
    pipeline: str
    stage: str
    state: str = "open"
    owner_id: UUID | None = None
    is_accepted: bool = False
    epoch: int = 0
    into: "Lead | None" = None
    brought: list[UUID] = field(default_factory=list)  # inquiries that went with a merge


@dataclass(eq=False)
class Company:
    """`place` is the lead that each inquiry is in, `person` whom each contact stands for."""

    seed: int
    choice: random.Random
    telling: Telling
    contact_ids: list[UUID]
    person: dict[UUID, UUID] = field(default_factory=dict)
    leads: dict[UUID, Lead] = field(default_factory=dict)
    place: dict[UUID, Lead | None] = field(default_factory=dict)
    asked_by: dict[UUID, UUID] = field(default_factory=dict)  # inquiry → contact at birth
    orders: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    wins: list[dict[str, Any]] = field(default_factory=list)

    def who(self, contact_id: UUID) -> UUID:
        return self.person.get(contact_id, contact_id)

    def of_state(self, *states: str) -> list[Lead]:
        return [lead for lead in self.leads.values() if lead.state in states]
