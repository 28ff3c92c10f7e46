"""When a lead belongs to the supervisors of its pool, and how they stand when it is decided."""

from collections.abc import Iterable
from datetime import datetime

from services.routing.domain.deciding.candidates import UNAVAILABLE, Member
from services.routing.domain.policies import Policy

ESCALATED = "escalated"  # why a lead waits that only the supervisors of its pool may take


def is_escalated(hops: int, policy: Policy) -> bool:
    """Whether so many leases ran out, one after another, that only a supervisor may take the lead.

    `policy.supervisor` False means that this tier does not exist: the lead goes round again.
    """
    return policy.supervisor and hops >= policy.max_hops


def as_supervisors(members: Iterable[Member], *, at: datetime) -> list[Member]:
    """Supervisors as a decision among them sees them: all in one tier, on shift or not. Whoever has
    said that they are busy or away is left out.
    """
    return [
        member._replace(status="offline", status_until=None, duty="off")
        for member in members
        if not (
            member.status in UNAVAILABLE
            and (member.status_until is None or member.status_until > at)
        )
    ]
