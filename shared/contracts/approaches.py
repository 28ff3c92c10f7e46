"""Kpi asks for people of a list to be approached. Who of them may be is intake's to judge."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class ApproachRequested(Event):
    """Some of a list's `contacts`, in one of as many events as they need; each stands in one of
    them. Nobody who is held back to compare with stands in any. `kind` is `win_back` or
    `cross_sell`.
    """

    TYPE: ClassVar[str] = "approach.requested.v1"
    TOPIC: ClassVar[str] = "approaches"
    KEY: ClassVar[str] = "list_id"

    list_id: UUID
    kind: str
    name: str
    reason: str | None = None
    contacts: int
    contact_ids: list[UUID]
    requested_at: datetime
    requested_by: str
