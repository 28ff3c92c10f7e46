"""How urgent an inquiry is before anybody has looked at it."""

from shared.contracts.inquiry import Call

UNANSWERED = frozenset({"missed", "voicemail"})


def priority_class(call: Call | None, *, source_priority: str | None) -> str:
    """High for a missed or voicemail incoming call; else the source's priority, else normal."""
    if call and call.direction == "incoming" and call.outcome in UNANSWERED:
        return "high"
    return source_priority or "normal"
