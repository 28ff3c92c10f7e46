"""A call as its events tell it: facts that fold into the same whole in any order, however often.

Invariant: `joined` is commutative, associative and idempotent.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from services.intake.domain.priority import priority_class
from services.intake.domain.requests import CallReport, Content, Draft
from services.intake.domain.states import IgnoreReason
from services.intake.domain.times import seconds_between
from shared.contracts.inquiry import Call

Tree = Mapping[str, Any]  # of a draft as JSON, without what is empty
# Who is unsure between two takes the later one: it is better to call back than to lose somebody.
_DIRECTIONS: Final = ("internal", "outgoing", "incoming")
_OUTCOMES: Final = ("failed", "missed", "busy", "voicemail", "answered")
# These follow from the others and from the source, so the events' own say nothing.
_DERIVED: Final = frozenset({"channel", "external_id", "priority_class"})
_EARLIEST: Final = frozenset({"started_at", "answered_at", "occurred_at"})
_GREATEST: Final = frozenset({"talk_seconds"})
_SMALLEST: Final = frozenset({"wait_seconds"})


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call. `final` comes from events that told its end, None before the first;
    it wins over `phases`, which come from all others.
    """

    phases: Tree = field(default_factory=dict)
    final: Tree | None = None

    @property
    def has_ended(self) -> bool:
        return self.final is not None

    def as_text(self) -> str:
        """As it is stored; `of` reads it back."""
        return json.dumps({"phases": self.phases, "final": self.final})

    @classmethod
    def of(cls, stored: Tree) -> "CallFacts":
        return cls(stored.get("phases", {}), stored.get("final"))


def facts_of(report: CallReport) -> CallFacts:
    """What one event knows."""
    content = report.draft.model_dump(mode="json", exclude_defaults=True)
    tree = filled({name: value for name, value in content.items() if name not in _DERIVED})
    return CallFacts(final=tree) if report.final else CallFacts(phases=tree)


def joined(first: CallFacts, second: CallFacts) -> CallFacts:
    """What both know."""
    final = first.final if second.final is None else second.final
    if first.final is not None and second.final is not None:
        final = _trees(first.final, second.final)
    return CallFacts(_trees(first.phases, second.phases), final)


def folded(facts: CallFacts, report: CallReport) -> CallFacts:
    """The facts after one more event, or the same event once more."""
    return joined(facts, facts_of(report))


def draft_of(facts: CallFacts, *, call_id: str, source_priority: str | None) -> Draft:
    """The call as an inquiry or observed call, with what follows from its facts.

    A call whose end was not told counts as missed unless somebody took it.
    """
    tree = _over(facts.final or {}, facts.phases)
    call = Call.model_validate({"provider_call_id": call_id, **tree.get("call", {})})
    call = _completed(call, ended=facts.has_ended)
    draft = Draft.model_validate({**tree, "channel": "call", "external_id": call_id, "call": call})
    priority = priority_class(call, source_priority=source_priority)
    return draft.model_copy(update={"priority_class": priority})


def alone(content: Content, *, source_priority: str | None) -> Content:
    """What would come of events of calls if nothing else were told of these calls."""
    if not content.calls:
        return content
    drafts = tuple(
        draft_of(facts_of(report), call_id=report.call_id, source_priority=source_priority)
        for report in content.calls
        if report.final
    )
    external_id = content.calls[0].call_id
    ignored = None if drafts else IgnoreReason.CALL_PHASE
    return replace(content, calls=(), drafts=drafts, external_id=external_id, ignored=ignored)


def filled(tree: Tree) -> dict[str, Any]:
    """The tree without empty members, at any depth of objects."""
    members = {
        name: filled(value) if isinstance(value, dict) else value for name, value in tree.items()
    }
    return {name: value for name, value in members.items() if value not in (None, "", {}, [], ())}


def _completed(call: Call, *, ended: bool) -> Call:
    outcome = call.outcome
    if outcome is None and call.answered_at is not None:
        outcome = "answered"
    elif outcome is None and not ended and call.direction in {None, "incoming"}:
        outcome = "missed"
    wait, talk = call.wait_seconds, call.talk_seconds
    if wait is None:
        # Without its moment nobody knows how long a call that was answered had waited.
        unanswered_at = None if outcome == "answered" else call.ended_at
        wait = seconds_between(call.started_at, call.answered_at or unanswered_at)
    if talk is None:
        talk = seconds_between(call.answered_at, call.ended_at)
    return call.model_copy(update={"outcome": outcome, "wait_seconds": wait, "talk_seconds": talk})


def _over(upper: Tree, lower: Tree) -> dict[str, Any]:
    """The upper tree, with the members that only the lower one has."""
    members = {**lower, **upper}
    for name, value in members.items():
        below = lower.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            members[name] = _over(value, below)
    return members


def _trees(first: Tree, second: Tree, place: str = "") -> dict[str, Any]:
    members = {
        name: _values(first.get(name), second.get(name), name, place)
        for name in sorted(first.keys() | second.keys())
    }
    if place == "call" and "employee" in members:
        # The employee belongs to the outcome: who took the call, not whose telephone rang too.
        members["employee"] = max(map(_taken_by, (first, second)))[-1] or None
    return members


def _taken_by(call: Tree) -> tuple[tuple[int, str], str]:
    return _rank(_OUTCOMES, call.get("outcome")), str(call.get("employee") or "")


def _values(first: Any, second: Any, name: str, place: str) -> Any:
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, dict) and isinstance(second, dict):
        return _trees(first, second, name)
    by, choose = _order(name) if place in {"", "call"} else (_text, max)
    return choose(first, second, key=by)


def _order(name: str) -> tuple[Callable[[Any], Any], Callable[..., Any]]:
    """By what two values of a member are compared, and which of them is the one: every order is
    total, so that equals are the same.
    """
    if name in _EARLIEST:
        return _moment, min
    if name == "ended_at":
        return _moment, max
    if name in _SMALLEST:
        return _number, min
    if name in _GREATEST:
        return _number, max
    if name == "direction":
        return lambda value: _rank(_DIRECTIONS, value), max
    if name == "outcome":
        return lambda value: _rank(_OUTCOMES, value), max
    return _text, max


def _rank(words: tuple[str, ...], value: Any) -> tuple[int, str]:
    place = words.index(value) if value in words else -1
    return place, _text(value) if value is not None else ""


def _moment(value: Any) -> tuple[datetime, str]:
    return datetime.fromisoformat(str(value)), _text(value)


def _number(value: Any) -> tuple[int, str]:
    return int(value), _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
