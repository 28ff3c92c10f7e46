"""Who may do what with the log: computed from the catalogue, so that it can say nothing else.

A service writes what it speaks, reads what it hears and what it spoke itself (after a restore),
and joins its own two groups. Topics, users and these grants are made by the administrator alone.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from shared.contracts.catalog import TOPICS, heard_by, spoken_by
from shared.messaging.bus import hearing_group, own_voice_group

USERS = tuple(
    dict.fromkeys(
        service for topic in TOPICS for service in (topic.speaker, *sorted(topic.listeners))
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
    spoken, heard = spoken_by(service), heard_by(service)
    groups = ([hearing_group(service)] if heard else []) + (
        [own_voice_group(service)] if spoken else []
    )
    return [
        *(Grant(service, "WRITE", "TOPIC", topic) for topic in spoken),
        *(Grant(service, "READ", "TOPIC", topic) for topic in sorted({*spoken, *heard})),
        *(Grant(service, "READ", "GROUP", group) for group in groups),
    ]
