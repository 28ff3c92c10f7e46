"""Persons of the customer base as they are shown, and how a list of them is asked for."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.history.domain.search.queries import (
    A_PHONE,
    AN_ADDRESS,
    email_spelling,
    phone_spellings,
)
from services.history.domain.segments.fields import Field as CardField
from services.history.domain.segments.fields import field_of
from services.history.domain.segments.tree import Comparison, Node, Value
from services.history.domain.segments.windows import Window
from services.history.schemas.labels import LabelsOut
from services.history.use_cases.cards.show import PersonFilter, PersonView
from shared.contracts.inquiry import Amount
from shared.text import Text
from shared.web.ranges import Moment
from shared.web.tokens import Caller

Word = Annotated[Text, Field(min_length=1, max_length=200)]


def _phone(text: str) -> str:
    if not phone_spellings(text):
        raise ValueError(A_PHONE)
    return text


def _email(text: str) -> str:
    spelling = email_spelling(text)
    if spelling is None:
        raise ValueError(AN_ADDRESS)
    return spelling


Phone = Annotated[Word, AfterValidator(_phone)]
Email = Annotated[Word, AfterValidator(_email)]
SortName = Literal[
    "-first_seen", "first_seen", "last_seen", "-last_seen", "-last_purchase", "person_id"
]
GroupName = Literal[
    "tag", "channel", "source", "region", "product", "campaign", "owner", "open_stage", "consent",
    "do_not_contact",
]  # fmt: skip


class ConsentOut(BaseModel):
    """The latest word about a purpose; `any` is every use. Without channels it is about all."""

    given: bool
    at: datetime
    channels: list[str]


class PersonOut(BaseModel):
    """A person with all their contacts. `name` is the latest of `names`; `sums` are what was
    bought, by currency; `consents` by purpose; `open_stages` are `pipeline/stage` of open leads.
    """

    model_config = ConfigDict(from_attributes=True)

    person_id: UUID
    contact_ids: list[UUID]
    name: str | None
    names: list[str]
    company: str | None
    phones: list[str]
    emails: list[str]
    other: dict[str, Any]
    channels: list[str]
    source_ids: list[UUID]
    regions: list[str]
    cities: list[str]
    products: list[str]
    campaigns: list[str]
    languages: list[str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    last_touch_at: datetime | None
    inquiry_count: int
    activity_count: int
    owner_ids: list[UUID]
    open_stages: list[str]
    stages_reached: list[str]
    open_lead_count: int
    won_lead_count: int
    lost_lead_count: int
    purchase_count: int
    sums: dict[str, Amount]
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    consents: dict[str, ConsentOut]
    do_not_contact: list[str]
    tags: list[str]
    fields: dict[str, Any]


class OpenLeadOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    lead_id: UUID
    owner_id: UUID | None
    pipeline: str | None
    stage: str | None
    opened_at: datetime | None


class PurchaseOut(BaseModel):
    """An order, or a lead that was won: `purchase_id` is then its id."""

    model_config = ConfigDict(from_attributes=True)

    purchase_id: UUID
    at: datetime
    amount: Amount | None
    currency: str | None
    product: str | None


class CardOut(PersonOut):
    """A person's card: open leads (the newest; a manager sees own ones), the latest purchases, and
    what was set by hand as it is this moment.
    """

    leads: list[OpenLeadOut]
    purchases: list[PurchaseOut]
    labels: LabelsOut

    @classmethod
    def of(cls, view: PersonView) -> Self:
        return cls(
            **PersonOut.model_validate(view.card).model_dump(),
            leads=[OpenLeadOut.model_validate(item) for item in view.leads],
            purchases=[PurchaseOut.model_validate(item) for item in view.purchases],
            labels=LabelsOut.of(view.labels),
        )


class GroupOut(BaseModel):
    value: str
    count: int


class CountsOut(BaseModel):
    """How many persons there are; with `group_by` also by value, the most frequent first. A person
    with several values counts for each.
    """

    total: int
    groups: list[GroupOut]


class PersonQuery(BaseModel):
    """What a list of persons is filtered by; all that is given has to hold. A `phone` is read in
    any notation, as search reads it, an `email` in any case.
    """

    model_config = ConfigDict(frozen=True)

    name: Word | None = None
    phone: Phone | None = None
    email: Email | None = None
    tag: Word | None = None
    channel: Word | None = None
    region: Word | None = None
    product: Word | None = None
    campaign: Word | None = None
    open_stage: Word | None = None
    consent: Word | None = None
    do_not_contact: Word | None = None
    source: UUID | None = None
    owner: UUID | None = None
    has_open_leads: bool | None = None
    has_purchases: bool | None = None
    first_seen_from: Moment | None = None
    first_seen_to: Moment | None = None
    last_seen_from: Moment | None = None
    last_seen_to: Moment | None = None
    segment_id: UUID | None = None

    def criteria(self, caller: Caller, *, now: datetime) -> PersonFilter:
        """The filter, as conditions in the language of segments; a manager's is of own leads."""
        return PersonFilter(
            now=now,
            nodes=list(self._nodes()),
            reader_id=caller.manager_id,
            segment_id=self.segment_id,
        )

    def _nodes(self) -> Iterator[Node]:
        if self.name is not None:
            yield _comparison("name", "contains", self.name)
        if self.phone is not None:
            yield _comparison("phones", "has_any", phone_spellings(self.phone))
        for name, field in _LISTED.items():
            value = getattr(self, name)
            if value is not None:
                yield _comparison(field, "has_any", (value,))
        flags = ((self.has_open_leads, "open_stages"), (self.has_purchases, "last_purchase"))
        for flag, field in flags:
            if flag is not None:
                yield _comparison(field, "known", flag)
        for field in ("first_seen", "last_seen"):
            since, until = getattr(self, f"{field}_from"), getattr(self, f"{field}_to")
            if since is not None or until is not None:
                yield _comparison(field, "during", Window(since=since, until=until))


class PersonListQuery(PersonQuery):
    """Whom an order says nothing of comes last. A walk by `person_id` gives whoever is there from
    its beginning to its end exactly once; in the others a person stands where they stand now.
    """

    sort: SortName = "-last_seen"
    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PersonCountQuery(PersonQuery):
    group_by: GroupName | None = None


_LISTED: Mapping[str, str] = {
    "email": "emails", "tag": "tags", "channel": "channels",
    "region": "regions", "product": "products", "campaign": "campaigns",
    "open_stage": "open_stages", "consent": "consents", "do_not_contact": "do_not_contact",
    "source": "sources", "owner": "owners",
}  # fmt: skip


def _comparison(name: str, operation: str, value: Value) -> Comparison:
    field: CardField | None = field_of(name, {})
    assert field is not None, "one of the card's own"
    return Comparison(field, operation, value)
