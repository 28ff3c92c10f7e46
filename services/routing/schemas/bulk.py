"""One action on many leads: the body, and each lead's own result."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.routing.schemas.fields import Label, Word, Words
from services.routing.schemas.leads import LeadOut, NextActionPlan
from shared.errors import InvalidError
from shared.web.fields import Body
from shared.web.problems import Problem

MOST_BULK_ITEMS = 200
# What each action takes, and without which of it there is nothing to do.
_TAKES: Mapping[str, frozenset[str]] = {
    "accept": frozenset({"next_action"}),
    "return": frozenset({"reason"}),
    "stage": frozenset({"stage", "facts", "next_action"}),
    "reassign": frozenset({"manager_id", "reason"}),
    "lost": frozenset({"loss_reason", "facts"}),
}
_NEEDS = {"stage": "stage", "reassign": "manager_id", "lost": "loss_reason"}


class BulkItem(Body):
    """A lead, and its version as last seen."""

    lead_id: UUID
    version: Annotated[int, Field(ge=0, le=10**18)]


def _each_once(items: list[BulkItem]) -> list[BulkItem]:
    if len({item.lead_id for item in items}) != len(items):
        raise ValueError("the same lead twice")
    return items


class BulkIn(Body):
    """The other members are those of the action on one lead."""

    action: Literal["accept", "return", "stage", "reassign", "lost"]
    items: Annotated[
        list[BulkItem], Field(min_length=1, max_length=MOST_BULK_ITEMS), AfterValidator(_each_once)
    ]
    reason: Words | None = None
    stage: Word | None = None
    facts: Annotated[dict[Word, Words], Field(max_length=20)] | None = None
    next_action: NextActionPlan | None = None
    manager_id: UUID | None = None
    loss_reason: Label | None = None

    def require_fitting(self) -> None:
        """Raises InvalidError that names a member which the action does not take, or needs."""
        members = self.model_dump(exclude={"action", "items"}, exclude_none=True)
        errors = [
            (f"/{name}", f"is not for {self.action}")
            for name in sorted(members.keys() - _TAKES[self.action])
        ]
        need = _NEEDS.get(self.action)
        if need is not None and need not in members:
            errors.append((f"/{need}", "is required"))
        if errors:
            raise InvalidError("The action and the rest do not fit.", errors=errors)


class BulkResult(BaseModel):
    """What became of one lead: 200 with the lead as it is now, or 403, 404, 409 or 422 with the
    problem, and for 409 the lead as it is.
    """

    lead_id: UUID
    status: int
    lead: LeadOut | None = None
    problem: Problem | None = None


class BulkOut(BaseModel):
    """In the order of the items."""

    results: list[BulkResult]
    done: int


def bulk_out(results: list[BulkResult]) -> BulkOut:
    return BulkOut(results=results, done=sum(result.status == 200 for result in results))
