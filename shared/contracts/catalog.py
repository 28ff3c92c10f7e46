"""Who produces what for whom: the system on one screen.

It creates the topics, feeds the contract tests and generates the AsyncAPI document.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.activities import ActivityRecorded
from shared.contracts.approaches import ApproachRequested
from shared.contracts.contacts import (
    ConsentRecorded,
    ContactChanged,
    ContactErased,
    ContactRelinked,
)
from shared.contracts.envelope import Event
from shared.contracts.indicators import AlertRaised, AttainmentMeasured, SaleRuleChanged
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadInquiryAttached,
    LeadLeaseExpired,
    LeadLost,
    LeadMerged,
    LeadNextActionSet,
    LeadOpened,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadStageChanged,
    LeadWon,
)
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from shared.contracts.segments import SegmentEntered, SegmentLeft
from shared.contracts.streams import StreamGap


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    key: str
    partitions: int
    producer: str
    consumers: tuple[str, ...]
    events: tuple[type[Event], ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "inquiries",
        "contact id at birth",
        6,
        "intake",
        ("routing", "history", "kpi"),
        (InquiryReceived, InquiryUpdated, CallObserved),
    ),
    Topic(
        "contacts",
        "contact id",
        6,
        "intake",
        ("history",),
        (ContactChanged, ConsentRecorded),
    ),
    Topic(
        "contact-links",
        "contact id",
        6,
        "intake",
        ("routing", "history", "kpi"),
        (ContactRelinked, ContactErased),
    ),
    Topic(
        "purchases",
        "contact id at birth",
        3,
        "intake",
        ("history", "kpi"),
        (PurchaseRecorded, PurchaseCancelled),
    ),
    Topic(
        "leads",
        "lead id",
        6,
        "routing",
        ("history", "kpi"),
        (
            LeadOpened,
            LeadInquiryAttached,
            LeadMerged,
            LeadAssigned,
            LeadParked,
            LeadAccepted,
            LeadDeclined,
            LeadLeaseExpired,
            LeadReturned,
            LeadStageChanged,
            LeadNextActionSet,
            LeadWon,
            LeadLost,
            LeadReopened,
        ),
    ),
    Topic(
        "managers",
        "manager id",
        3,
        "routing",
        ("history", "kpi"),
        (ManagerChanged, ManagerStatusChanged),
    ),
    Topic(
        "activities",
        "contact id at birth",
        6,
        "history",
        ("routing", "kpi"),
        (ActivityRecorded,),
    ),
    # Nobody inside consumes them: they are for a company's own tools, which may read the log.
    Topic(
        "segments",
        "contact id",
        6,
        "history",
        (),
        (SegmentEntered, SegmentLeft),
    ),
    Topic(
        "indicators",
        "manager id or company",
        1,
        "kpi",
        ("routing", "history"),
        (AttainmentMeasured, AlertRaised, SaleRuleChanged),
    ),
    Topic(
        "approaches",
        "list id",
        1,
        "kpi",
        ("intake",),
        (ApproachRequested,),
    ),
)

# What may stand on every topic besides its own events; no handler is given it.
ON_EVERY_TOPIC: tuple[type[Event], ...] = (StreamGap,)
TOPIC_BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in TOPICS}
EVENT_BY_TYPE: Mapping[str, type[Event]] = {
    event.TYPE: event for topic in TOPICS for event in topic.events
}


def consumed_by(service: str) -> tuple[str, ...]:
    """The topics that a service consumes."""
    return tuple(topic.name for topic in TOPICS if service in topic.consumers)


def produced_by(service: str) -> tuple[str, ...]:
    """The topics that a service produces."""
    return tuple(topic.name for topic in TOPICS if topic.producer == service)


def producers_for(service: str) -> tuple[str, ...]:
    """The services whose topics a service consumes."""
    return tuple(dict.fromkeys(topic.producer for topic in TOPICS if service in topic.consumers))


def consumers_of(service: str) -> tuple[str, ...]:
    """The services that consume a service's topics."""
    topics = (topic for topic in TOPICS if topic.producer == service)
    return tuple(dict.fromkeys(name for topic in topics for name in topic.consumers))
