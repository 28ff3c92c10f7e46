"""What reading a stored submission with today's adapters would change of its inquiry.

Invariant: an inquiry stays one; who it is from, and what it was when it arrived, do not change.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from services.intake.domain.requests import Content, Draft
from services.intake.domain.states import SET_ASIDE, IgnoreReason, QuarantineReason
from shared.contracts.inquiry import Inquiry
from shared.text import storable_tree

LONGEST_SHOWN: Final = 2_000  # characters of a value before and after; the rest is cut off
MOST_SHOWN: Final = 100  # differences of one submission
# What an inquiry was at birth; spam is judged after it.
_FIXED: Final = frozenset(
    {"channel", "external_id", "priority_class", "is_test", "occurred_at", "spam"}
)
_MEMBERS: Final = tuple(name for name in Draft.model_fields if name not in _FIXED)
# Why a submission is set aside by more than what was read of it: these stay where they are.
_BY_OTHERS: Final = frozenset(
    {
        *(QuarantineReason.PROOF_REUSED, QuarantineReason.FETCH_FAILED, QuarantineReason.SPAM),
        *(QuarantineReason.NEEDS_CREDENTIALS, IgnoreReason.DUPLICATE, IgnoreReason.CALL_PHASE),
        *(IgnoreReason.REJECTED, IgnoreReason.ERASED),
    }
)


class RenormalisationState(StrEnum):
    """`queued` waits for its turn; the last two are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({RenormalisationState.DONE, RenormalisationState.CANCELLED})


class DifferenceKind(StrEnum):
    """`changed` is applied in earnest, `new` makes the submission pending; the third is left to
    people.
    """

    CHANGED = "changed"
    NEEDS_REVIEW = "needs_review"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in an inquiry (`campaign.utm_source`), as it is and as it is read now."""

    kind: DifferenceKind
    path: str
    before: Any = None
    after: Any = None
    inquiry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes`: inquiry → its changed members, whole. `revives`: it would give an inquiry now."""

    changes: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    revives: bool = False


def compared(
    content: Content, inquiry_ids: Sequence[UUID], inquiries: Mapping[UUID, Inquiry]
) -> Comparison:
    """A normalised submission, read again, with its inquiries as they stand.

    `inquiry_ids` are those of the drafts, by which each is known as the same.
    """
    reason = content.quarantined or content.ignored
    if reason is not None or content.follow_ups:
        gone = [
            Difference(DifferenceKind.NEEDS_REVIEW, "", after=str(reason), inquiry_id=one)
            for one in inquiries
            if reason is not None
        ]
        return Comparison(differences=tuple(gone))
    changes: dict[UUID, Mapping[str, Any]] = {}
    differences: list[Difference] = []
    for inquiry_id, draft in zip(inquiry_ids, content.inquiries, strict=True):
        inquiry = inquiries.get(inquiry_id)
        if inquiry is None:
            differences.append(_more(draft))
            continue
        members, places = _of_inquiry(inquiry, draft)
        differences += places
        if members:
            changes[inquiry_id] = members
    differences += [
        Difference(DifferenceKind.NEEDS_REVIEW, "", inquiry_id=one)
        for one in inquiries
        if one not in inquiry_ids
    ]
    return Comparison(changes, tuple(differences[:MOST_SHOWN]))


def revived(content: Content, *, state: str, reason: str | None) -> Comparison:
    """A submission that was set aside, read again."""
    items = [*content.inquiries, *(report.draft for report in content.purchases)]
    if not may_revive(state, reason) or not items or content.follow_ups:
        return Comparison()
    if content.quarantined is not None or content.ignored is not None:
        return Comparison()
    drafts = [draft.model_dump(mode="json", exclude_defaults=True) for draft in items]
    places = [Difference(DifferenceKind.NEW, "", after=_excerpt(draft)) for draft in drafts]
    return Comparison(differences=tuple(places[:MOST_SHOWN]), revives=True)


def may_revive(state: str, reason: str | None) -> bool:
    """Whether it gave no inquiry because of what was read of it."""
    return state in SET_ASIDE and reason not in _BY_OTHERS


def changes_shown(inquiry: Inquiry, members: Mapping[str, Any]) -> list[Difference]:
    """Members that change, place by place."""
    present = inquiry.model_dump(mode="json")
    return [
        Difference(
            DifferenceKind.CHANGED, path, _excerpt(before), _excerpt(after), inquiry.inquiry_id
        )
        for name, member in members.items()
        for path, before, after in leaves(present.get(name), member, name)
    ]


def leaves(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """The places where two values differ; objects are gone into, lists are not."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from leaves(before.get(name), after.get(name), f"{path}.{name}")
    else:
        yield path, before, after


def _of_inquiry(inquiry: Inquiry, draft: Draft) -> tuple[dict[str, Any], list[Difference]]:
    """The members that change, whole, and all that differs."""
    present = inquiry.model_dump(mode="json", include=set(_MEMBERS))
    new = storable_tree(json.loads(draft.model_dump_json(include=set(_MEMBERS))))
    changes: dict[str, Any] = {}
    differences: list[Difference] = []
    for name in _MEMBERS:
        if new[name] == present[name]:
            continue
        kind = DifferenceKind.CHANGED
        if name == "consent" or (name == "contact" and _is_of_others(present[name], new[name])):
            kind = DifferenceKind.NEEDS_REVIEW
        else:
            changes[name] = new[name]
        differences += [
            Difference(kind, path, _excerpt(before), _excerpt(after), inquiry.inquiry_id)
            for path, before, after in leaves(present[name], new[name], name)
        ]
    return changes, differences


def _is_of_others(present: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the contact would be known by other points than it is."""
    return any(present[name] != new[name] for name in ("phones", "emails", "extensions"))


def _more(draft: Draft) -> Difference:
    content = draft.model_dump(mode="json", exclude_defaults=True)
    return Difference(DifferenceKind.NEEDS_REVIEW, "", after=_excerpt(content))


def _excerpt(value: Any) -> Any:
    value = storable_tree(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
