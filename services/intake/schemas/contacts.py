"""Contacts and their points as they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.intake.domain.shared_points import is_shared
from shared.contracts.inquiry import ContactDetails
from shared.database import Row


class PointOut(BaseModel):
    """`shared`: many people give it, so it joins nobody; `people`: how many were told apart."""

    kind: str
    value: str
    shared: bool
    people: int


def point_out(row: Row) -> PointOut:
    return PointOut(
        kind=row["kind"],
        value=row["value"],
        shared=is_shared(row["people"], verdict=row["shared"]),
        people=len(row["people"]),
    )


class ContactOut(BaseModel):
    """`canonical_id` is the contact's own id unless it was merged into another."""

    contact_id: UUID
    canonical_id: UUID
    created_at: datetime
    changed_at: datetime
    details: ContactDetails


class ContactDetailOut(ContactOut):
    """`merged_ids` are the other contact ids of the same person."""

    merged_ids: list[UUID]
    points: list[PointOut]


def contact_out(row: Row) -> ContactOut:
    return ContactOut(**_members(row))


def contact_detail_out(
    row: Row, contact_ids: Sequence[UUID], points: Sequence[Row]
) -> ContactDetailOut:
    """`contact_ids` are all contacts of the same person, `points` the points of all of them."""
    return ContactDetailOut(
        **_members(row),
        merged_ids=[other for other in contact_ids if other != row["contact_id"]],
        points=[point_out(point) for point in points],
    )


def _members(row: Row) -> dict[str, Any]:
    names = ("contact_id", "canonical_id", "created_at", "changed_at")
    members = {name: row[name] for name in names}
    return members | {"details": ContactDetails.model_validate(row["details"])}
