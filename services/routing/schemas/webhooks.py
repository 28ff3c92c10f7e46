"""Webhooks and their deliveries: what is configured, and what is answered."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from services.routing.repository.webhooks.deliveries import Delivery
from services.routing.repository.webhooks.webhooks import Webhook
from services.routing.schemas.fields import Key, Name, event_name
from services.routing.use_cases.webhooks.configure import WebhookFields
from shared.text import Text
from shared.validation import MemberError
from shared.web.fields import Body
from shared.web.ranges import Moment
from shared.web.standard_webhooks import MASK, masked_headers, secret_key

MAX_HEADERS = 10
_OURS = frozenset(
    {
        "accept-encoding", "connection", "expect", "host", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
_OUR_PREFIXES = ("content-", "proxy-", "webhook-")


def _not_ours(name: str) -> str:
    lower = name.lower()
    if lower in _OURS or lower.startswith(_OUR_PREFIXES):
        raise ValueError("is set by the sender itself")
    return lower


def _secret(text: str) -> str:
    secret_key(text)
    return text


def _versioned(name: str) -> str:
    return name if ".v" in name else f"{name}.v1"


HeaderName = Annotated[
    str, StringConstraints(pattern="^[A-Za-z0-9-]{1,64}$"), AfterValidator(_not_ours)
]
HeaderValue = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=1000,
        pattern=f"^({MASK}|[\\x21-\\x7e]|[\\x21-\\x7e][\\x20-\\x7e]*[\\x21-\\x7e])$",
    ),
]
EventType = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_]{1,30}\.[a-z_]{1,30}(\.v[0-9]{1,3})?$"),
    AfterValidator(event_name),
    AfterValidator(_versioned),
]
Secret = Annotated[
    str,
    StringConstraints(max_length=100, pattern="^whsec_[A-Za-z0-9+/=]+$"),
    AfterValidator(_secret),
]
Url = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class WebhookReplacementIn(Body):
    """Without `types` all events are sent, without `pools` those of all pools. A masked value among
    the `headers` stays as it is.
    """

    name: Name
    url: Url
    types: list[EventType] = Field(default_factory=list, max_length=50)
    pools: list[Key] = Field(default_factory=list, max_length=50)
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, max_length=MAX_HEADERS, repr=False
    )
    active: bool = True

    def fields(self) -> WebhookFields:
        return WebhookFields(self.name, self.url, self.types, self.pools, self.headers, self.active)


class WebhookIn(WebhookReplacementIn):
    """Without a `secret` one is made."""

    secret: Secret | None = Field(default=None, repr=False)


class SecretIn(Body):
    secret: Secret | None = Field(default=None, repr=False)


class ReplayIn(Body):
    """Either a moment or an event."""

    since: Moment | None = None
    event_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.since is None) == (self.event_id is None):
            raise MemberError("since", "give either since or event_id")
        return self


class WebhookOut(BaseModel):
    """`disabled_reason`: the receiver said that it is `gone`, or was `failing` for too long."""

    webhook_id: UUID
    name: str
    url: str
    types: list[str]
    pools: list[str]
    headers: dict[str, str]
    active: bool
    disabled_reason: str | None
    failing_since: datetime | None
    last_success_at: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime
    changed_at: datetime


class WebhookSecretOut(WebhookOut):
    """The secret is told this once."""

    secret: str


class ReplayOut(BaseModel):
    """How many rows of the journal are looked through."""

    rows: int


class DeliveryOut(BaseModel):
    """One try. `excerpt` is the beginning of the answer, masked."""

    delivery_id: UUID
    webhook_id: UUID
    event_id: UUID
    type: str
    key: str
    version: int
    outcome: Literal["waiting", "delivered", "failed", "given_up"]
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    latency_ms: int | None
    excerpt: str | None
    next_at: datetime | None


def webhook_out(item: Webhook) -> WebhookOut:
    return WebhookOut(**_members(item))


def webhook_secret_out(item: Webhook) -> WebhookSecretOut:
    return WebhookSecretOut(**_members(item), secret=item.secret)


def _members(item: Webhook) -> dict[str, object]:
    names = set(WebhookOut.model_fields) - {"previous_secret_until", "headers", "types", "pools"}
    return {
        **{name: getattr(item, name) for name in names},
        "types": list(item.types),
        "pools": list(item.pools),
        "headers": masked_headers(item.headers),
        "previous_secret_until": item.previous_until,
    }


def delivery_out(item: Delivery) -> DeliveryOut:
    return DeliveryOut.model_validate(
        {name: getattr(item, name) for name in DeliveryOut.model_fields}
    )
