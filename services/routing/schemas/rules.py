"""Rules of pools as bodies and answers."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, model_validator

from services.routing.schemas.fields import Currency, Word, distinct
from shared.validation import MemberError
from shared.web.fields import Body, Zone

Values = Annotated[list[Word], Field(min_length=1, max_length=100)]
# Few enough digits for a number in JSON to be exact.
Bound = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(float, return_type=float, when_used="json"),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Begin = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
End = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class AmountRange(Body):
    """Amounts from `from` to less than `to`; in any currency unless one is given."""

    from_: Annotated[Bound | None, Field(alias="from")] = None
    to: Bound | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.from_ is None and self.to is None:
            raise MemberError("from", "give from, to, or both")
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise MemberError("to", "has to be more than from")
        return self


class WeekWindow(Body):
    """A time of the week, on the clocks of a zone. If `to` is not after `from`, it goes on after
    midnight, and `days` are those on which it begins.
    """

    days: Annotated[list[Day], Field(min_length=1), AfterValidator(distinct)] = Field(
        default_factory=lambda: list(get_args(Day))
    )
    from_: Annotated[Begin, Field(alias="from")] = "00:00"
    to: End = "24:00"
    time_zone: Zone = "Europe/Moscow"

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.from_ == self.to:
            raise MemberError("to", "the same as from; a whole day is 00:00 to 24:00")
        return self


class RuleFacts(Body):
    """Facts and the values that they may have. Case does not matter, but for keys of sources. Of
    `product`, `city`, `campaign` and `utm_…` a value is the whole or a word of it.
    """

    source: Values | None = None
    channel: Values | None = None
    region: Values | None = None
    language: Values | None = None
    priority_class: Values | None = None
    product: Values | None = None
    city: Values | None = None
    campaign: Values | None = None
    utm_source: Values | None = None
    utm_medium: Values | None = None
    utm_campaign: Values | None = None
    utm_term: Values | None = None
    utm_content: Values | None = None
    amount: AmountRange | None = None
    week: Annotated[list[WeekWindow], Field(min_length=1, max_length=20)] | None = None


class When(RuleFacts):
    """The facts that a rule needs; all that are given must match, and none of `not`."""

    not_: Annotated[RuleFacts | None, Field(alias="not")] = None


class PoolRule(Body):
    when: When

    def record(self) -> dict[str, Any]:
        """The rule as it is stored."""
        return self.when.model_dump(mode="json", by_alias=True, exclude_none=True)
