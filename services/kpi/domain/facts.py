"""The facts of events: what every figure is computed from, and nothing else.

Each is inserted once and never changes. `known_at` is when its event was recorded, so that what was
known at any moment can be told later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID


class LeadOpening(NamedTuple):
    """How a lead began. `received_at` is its first inquiry's: where cohorts place the lead.
    `units_milli` is how much of a manager's capacity it takes, in thousandths.
    """

    lead_id: UUID
    contact_id: UUID
    inquiry_id: UUID
    known_at: datetime
    opened_at: datetime
    received_at: datetime
    source_id: UUID
    channel: str
    pool: str
    pipeline: str
    stage: str
    priority_class: str
    is_test: bool
    units_milli: int = 1000


class LeadStep(NamedTuple):
    """One later event of a lead; `kind` is the event's type without `lead.` and its number.

    `into_id` is set when the lead was merged; `deadline` names the promise that ran out. A `reason`
    that `is_listed` is a word of the pipeline or of routing, any other somebody's own. A lead that
    was parked as `erased` lies aside: nobody can ring whoever was forgotten.
    """

    lead_id: UUID
    version: int
    known_at: datetime
    at: datetime
    kind: str
    manager_id: UUID | None = None
    stage: str | None = None
    reason: str | None = None
    deadline: str | None = None
    into_id: UUID | None = None
    amount: Decimal | None = None
    currency: str | None = None
    accept_by: datetime | None = None
    first_touch_by: datetime | None = None
    is_listed: bool = False


class InquiryFact(NamedTuple):
    """An inquiry as it came. `answered_at` is set when it is an incoming call that somebody
    answered; `click_kinds` are the names of its click ids, without the ids, between spaces.
    """

    inquiry_id: UUID
    contact_id: UUID
    known_at: datetime
    received_at: datetime
    source_id: UUID
    source_key: str | None
    channel: str
    is_test: bool
    is_repeat: bool
    answered_at: datetime | None
    priority_class: str
    language: str | None
    region: str | None
    product: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None
    utm_content: str | None
    click_kinds: str


class InquiryChange(NamedTuple):
    """A correction: the columns named in `members`, between spaces, have these values since."""

    inquiry_id: UUID
    version: int
    known_at: datetime
    members: str
    channel: str | None = None
    is_test: bool | None = None
    answered_at: datetime | None = None
    priority_class: str | None = None
    language: str | None = None
    region: str | None = None
    product: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    click_kinds: str | None = None


class InquiryLinkFact(NamedTuple):
    """An inquiry came to a lead (`sign` +1) or left it (-1); it is there while the sum is above 0.

    Links of a merged lead count for the lead that it was merged into.
    """

    event_id: UUID
    lead_id: UUID
    inquiry_id: UUID
    sign: int
    known_at: datetime


class Touch(NamedTuple):
    """Something done about a contact by which the customer may have been contacted."""

    touch_id: UUID
    contact_id: UUID
    lead_id: UUID | None
    at: datetime
    learned_at: datetime
    known_at: datetime
    manager_id: UUID | None
    kind: str


class ContactLinkFact(NamedTuple):
    """Since this version the contact stands for the person of `canonical_id`."""

    contact_id: UUID
    version: int
    canonical_id: UUID
    known_at: datetime


# What stories are told from, by the name of the table; each fact's first members are its key.
KINDS: Final[Mapping[str, Any]] = {
    "lead": LeadOpening,
    "lead_event": LeadStep,
    "inquiry": InquiryFact,
    "inquiry_change": InquiryChange,
    "inquiry_link": InquiryLinkFact,
    "touch": Touch,
    "contact_link": ContactLinkFact,
}
_KEY_MEMBERS: Final = {"lead_event": 2, "inquiry_change": 2, "inquiry_link": 3, "contact_link": 2}
Facts = Mapping[str, Sequence[Any]]


def united(stored: Facts, new: Facts) -> Facts:
    """All of them: a fact that is stored stays as it is, as does the first of several."""
    facts = dict(stored)
    for name, items in new.items():
        size = _KEY_MEMBERS.get(name, 1)
        all_items = (*reversed(items), *stored.get(name, ()))
        facts[name] = list({item[:size]: item for item in all_items}.values())
    return facts


class ManagerFact(NamedTuple):
    """What a manager is since this version; `calendar` is JSON text in the form of routing's API,
    None for somebody who is always on shift.
    """

    manager_id: UUID
    version: int
    known_at: datetime
    changed_at: datetime
    name: str | None
    capacity: Decimal
    time_zone: str
    calendar: str | None
    left_at: datetime | None


class ManagerStatusFact(NamedTuple):
    """A manager's status since this version, up to `until` if that is set."""

    manager_id: UUID
    version: int
    known_at: datetime
    status: str
    changed_at: datetime
    until: datetime | None
