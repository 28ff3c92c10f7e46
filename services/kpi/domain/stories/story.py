"""The story of a lead and of an inquiry at one moment of knowledge."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class Visit(NamedTuple):
    """A stage: when the lead first came to it, how many seconds of finished stays it had there
    since, and when the present stay began, if the lead is there.
    """

    stage: str
    entered_at: datetime
    seconds: float
    since: datetime | None


class Holding(NamedTuple):
    """A manager owned the lead from `since` to before `until` (None: still).

    `ended`: the kind of event that ended it. `touched_at`: the first contact meanwhile.
    `units_milli`: how much of the manager's capacity it takes.
    """

    manager_id: UUID
    since: datetime
    until: datetime | None
    ended: str | None
    accepted_at: datetime | None
    touched_at: datetime | None
    accept_by: datetime | None
    first_touch_by: datetime | None
    units_milli: int = 1000


class Apart(NamedTuple):
    """What an inquiry in a lead is counted by, where the story of the lead does not say it."""

    received_at: datetime
    source_id: UUID
    channel: str
    campaign: str | None
    region: str | None
    product: str | None


class LeadStory(NamedTuple):
    """What is known of an unmerged lead, with all that was merged into it.

    `assigned_at`, `accepted_at`, `contacted_at` are the first ones; `accept_by`, `first_touch_by`
    are of the first assignment. `won_at` or `lost_at` is set while it is closed, `aside_at` while
    it lies aside because everybody who asked was forgotten; `closed_by` is who
    closed it or owned it then, `contacted_by` who owned it at the contact. `campaign`, `region` and
    `product` are its first inquiry's. `arrivals` are when its inquiries were received, tests not
    among them; `apart` are those of these inquiries that the story does not tell, by time.
    """

    lead_id: UUID
    contact_id: UUID
    inquiry_id: UUID
    opened_at: datetime
    received_at: datetime
    is_test: bool
    source_id: UUID
    channel: str
    campaign: str | None
    region: str | None
    product: str | None
    priority_class: str
    pool: str
    pipeline: str
    stage: str
    owner_id: UUID | None
    assigned_at: datetime | None
    accepted_at: datetime | None
    contacted_at: datetime | None
    contacted_by: UUID | None
    accept_by: datetime | None
    first_touch_by: datetime | None
    won_at: datetime | None
    lost_at: datetime | None
    aside_at: datetime | None
    closed_by: UUID | None
    amount: Decimal | None
    currency: str | None
    loss_reason: str | None
    reopened: int
    apart: tuple[Apart, ...]
    arrivals: tuple[datetime, ...]
    visits: tuple[Visit, ...]
    holdings: tuple[Holding, ...]


class Placement(NamedTuple):
    """The unmerged lead that an inquiry is in."""

    inquiry_id: UUID
    lead_id: UUID


Story = LeadStory | Placement

FOR_EVER = date.max  # the end of what is still known


class Version(NamedTuple):
    """A story as it was known at the end of the days from `known_on` to before `known_until`."""

    known_on: date
    known_until: date
    story: Story
