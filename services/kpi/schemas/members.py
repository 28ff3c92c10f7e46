"""The members of answers: quotients, and how they are told apart by what they hold."""

from typing import Any, Self, get_args, get_origin

from pydantic import BaseModel

from services.kpi.domain.sales.returns import Quotient
from shared.contracts.inquiry import Amount


def is_nested(annotation: Any) -> bool:
    """Whether it holds members of its own, by names or by any words."""
    return any(
        get_origin(each) is dict or (isinstance(each, type) and issubclass(each, BaseModel))
        for each in (annotation, *get_args(annotation))
    )


class QuotientOut(BaseModel):
    """`missing` says why there is no value; `currency` is set for money."""

    value: Amount | None
    missing: str | None
    currency: str | None

    @classmethod
    def of(cls, quotient: Quotient) -> Self:
        return cls(**quotient._asdict())
