"""How an assignment ended, in words for whoever comes too late."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.lead_state import ERASED

RETURNED_OFFLINE = "returned_offline"
LEFT = "left"
# Ends that are no fault of the manager's: they may get the lead again in the same round.
UNBLAMED = frozenset({RETURNED_OFFLINE, LEFT})

_WORDS = {
    "accept_expired": "it was not accepted in time",
    "first_touch_expired": "the customer was not contacted in time",
    "declined": "it was declined",
    "returned": "it was returned",
    RETURNED_OFFLINE: "its owner was away and had not accepted it",
    "reassigned": "a supervisor gave it to somebody else",
    "merged": "the lead was merged into another one",
    LEFT: "its owner left the company",
    ERASED: "the customer asked to be forgotten",
    "won": "the lead was won",
    "lost": "the lead was lost",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """The last assignment of a lead that ended. `next_owner_id` has it now, since `next_since`."""

    epoch: int
    manager_id: UUID
    outcome: str
    ended_at: datetime
    merged_into: UUID | None
    next_owner_id: UUID | None
    next_since: datetime | None
    by: str | None


def sentence(ending: Ending) -> str:
    """Why the assignment ended and who has the lead now, without anybody's name or id."""
    why = _WORDS.get(ending.outcome, f"it ended as {ending.outcome}")
    text = f"The assignment ended at {_moment(ending.ended_at)}: {why}."
    if ending.next_since is not None:
        is_same = ending.next_owner_id == ending.manager_id
        who = "The same manager has it again" if is_same else "Another manager has had the lead"
        text += f" {who} since {_moment(ending.next_since)}."
    return text


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
