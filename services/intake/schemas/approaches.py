"""Lists of people to approach, and what became of each of them."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.intake.domain.approaches import Obstacle
from shared.text import ONE_LINE

MOST_APPROACHED = 500  # contacts of a request
Outcome = Literal["stored", "duplicate"] | Obstacle


def _once_each(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("names a contact twice")
    return ids


class ApproachesIn(BaseModel):
    """Whom a list, say of those to be won back, asks to approach: each becomes an inquiry of the
    source, with the list's `name` as subject. The same `list_id` again stores nobody twice.
    """

    model_config = ConfigDict(extra="forbid")

    source_id: UUID
    list_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
    contact_ids: Annotated[
        list[UUID], Field(min_length=1, max_length=MOST_APPROACHED), AfterValidator(_once_each)
    ]


class ApproachOut(BaseModel):
    """`stored`: there is an inquiry now; `duplicate`: there was one of this list already. All
    others are left out: `unknown`, `erased`, `no_consent` (none to advertising, or it was taken
    back), `refused` (every channel that reaches them), `no_point` (neither phone nor address of
    their own), `twice` (one person with another contact of the list), `source_off` (somebody has
    disabled the source of such lists).
    """

    model_config = ConfigDict(from_attributes=True)

    contact_id: UUID
    outcome: Outcome
    receipt_id: UUID | None = None


class ApproachesOut(BaseModel):
    """`stored` and `duplicates` are approached, `left_out` are not."""

    stored: int
    duplicates: int
    left_out: int
    items: list[ApproachOut]


class ListOut(BaseModel):
    """Of a list's contacts so many were looked at, by outcome as of `ApproachOut`."""

    list_id: UUID
    contacts: int
    outcomes: dict[Outcome, int]

    @classmethod
    def of(cls, list_id: UUID, counts: Mapping[str, int]) -> Self:
        return cls.model_validate(
            {"list_id": list_id, "contacts": sum(counts.values()), "outcomes": counts}
        )
