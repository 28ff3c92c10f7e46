"""Who may do what with the log: computed from the catalogue of events.

A service writes what it produces, reads what it consumes and what it produced itself (after a
restore), and joins its own group. Topics, users and these grants are made by the administrator.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from shared.contracts.catalog import TOPICS, consumed_by, produced_by

USERS = tuple(
    dict.fromkeys(
        service for topic in TOPICS for service in (topic.producer, *sorted(topic.consumers))
    )
)


class Grant(NamedTuple):
    """One permission of one user, from any host; either includes looking at what is named."""

    user: str
    operation: Literal["READ", "WRITE", "ALL"]
    kind: Literal["TOPIC", "GROUP"]
    name: str

    def line(self) -> str:
        return f"User:{self.user} may {self.operation} {self.kind} {self.name}"


def grants() -> Sequence[Grant]:
    """All that is allowed, in a fixed order; what is not here is refused."""
    return [grant for service in USERS for grant in _of(service)]


def _of(service: str) -> Sequence[Grant]:
    own, others = produced_by(service), consumed_by(service)
    return [
        *(Grant(service, "WRITE", "TOPIC", topic) for topic in own),
        *(Grant(service, "READ", "TOPIC", topic) for topic in sorted({*own, *others})),
        *([Grant(service, "READ", "GROUP", service)] if others else ()),
    ]
