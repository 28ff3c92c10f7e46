"""Whether two sources tell of the same call: an exchange, and the call tracking before it.

Invariant: calls of hidden callers, and two calls that one source told of, are never the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.intake.domain.calls import Tree, filled
from services.intake.domain.priority import priority_class
from services.intake.domain.requests import Draft
from shared.contracts.inquiry import Inquiry

# Between the starts that both tell: call tracking counts from its own ring, and clocks are skewed.
SAME_CALL: Final = timedelta(seconds=90)
# Facts of the visit: call tracking knows them, an exchange has its source's defaults at best.
_OF_THE_VISIT: Final = frozenset({"campaign", "fields"})
# What an inquiry was when it arrived does not change by what is heard later.
_AT_BIRTH: Final = frozenset({"channel", "external_id", "priority_class", "is_test", "occurred_at"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incoming call of a caller who shows a number, as one source told of it."""

    source_id: UUID
    inquiry_id: UUID
    caller: str
    line: str | None
    started_at: datetime
    is_tracking: bool


def sighting_of(
    draft: Draft, *, source_id: UUID, inquiry_id: UUID, heard_at: datetime, is_tracking: bool
) -> Sighting | None:
    """None for what nobody else can tell of: outgoing calls, tests, hidden callers."""
    call = draft.call
    if call is None or call.direction in {"outgoing", "internal"} or draft.is_test:
        return None
    if not draft.contact.phones:
        return None
    started_at = call.started_at or draft.occurred_at or heard_at
    caller = draft.contact.phones[0]
    return Sighting(source_id, inquiry_id, caller, call.line, started_at, is_tracking)


def same_call(call: Sighting, others: Iterable[Sighting]) -> UUID | None:
    """The inquiry that this call is in already, by another source; None if there is none."""
    by_inquiry: dict[UUID, list[Sighting]] = {}
    for other in others:
        if other.inquiry_id != call.inquiry_id:
            by_inquiry.setdefault(other.inquiry_id, []).append(other)
    candidates = [
        (*_distance(call, other), inquiry_id)
        for inquiry_id, members in by_inquiry.items()
        if not any(_is_another(call, other) for other in members)
        for other in members
        if _may_be_same(call, other)
    ]
    return min(candidates)[-1] if candidates else None


def _is_another(call: Sighting, other: Sighting) -> bool:
    """Whether the inquiry is of another call: its own source, or another exchange, told of it."""
    both_exchanges = not call.is_tracking and not other.is_tracking
    return other.source_id == call.source_id or both_exchanges


def _may_be_same(call: Sighting, other: Sighting) -> bool:
    return (
        call.is_tracking is not other.is_tracking
        and call.caller == other.caller
        and abs(call.started_at - other.started_at) <= SAME_CALL
    )


def _distance(call: Sighting, other: Sighting) -> tuple[bool, timedelta]:
    # Call tracking often names the number it showed to the visitor, which the exchange never sees.
    return call.line != other.line, abs(call.started_at - other.started_at)


def changes_of(inquiry: Inquiry, draft: Draft, before: Draft | None, *, of_tracking: bool) -> Tree:
    """The members of the inquiry that change by a call as it is told now, whole.

    `before` is how the same source told of it until now, None for the first time. Where sources
    differ, call tracking knows the visit better and the exchange all else; neither changes again
    what somebody else has corrected.
    """
    present, new, old = _tree(inquiry), _tree(draft), _tree(before) if before else {}
    changed = {
        name: member
        for name, value in new.items()
        if (
            member := _laid(
                present.get(name),
                old.get(name),
                value,
                wins=(name in _OF_THE_VISIT) is of_tracking,
            )
        )
        != present.get(name)
    }
    if not changed:
        return {}
    content = Draft.model_validate({**present, **changed, "channel": inquiry.channel})
    dumped = content.model_dump(mode="json")
    changes = {name: dumped[name] for name in changed}
    was, is_now = (
        priority_class(call, source_priority=None) for call in (inquiry.call, content.call)
    )
    if was != is_now and draft.priority_class != inquiry.priority_class:
        changes["priority_class"] = draft.priority_class
    return changes


def _tree(content: Draft) -> dict[str, Any]:
    members = content.model_dump(mode="json", exclude_defaults=True)
    return filled({name: members[name] for name in members.keys() & _MEMBERS})


_MEMBERS: Final = frozenset(Draft.model_fields) - _AT_BIRTH


def _laid(present: Any, old: Any, new: Any, *, wins: bool) -> Any:
    if new == old or new is None:
        return present
    if present is None:
        return new
    if isinstance(present, dict) and isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        return {
            name: _laid(present.get(name), before.get(name), new.get(name), wins=wins)
            for name in present.keys() | new.keys()
        }
    return new if wins or present == old else present
