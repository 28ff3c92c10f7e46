"""The result of a reconciliation as it is shown."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class StateCountsOut(BaseModel):
    """`fetching` of the pending ones wait for a document that their provider keeps; the age is that
    of the oldest other one.
    """

    received: int
    pending: int
    normalised: int
    quarantined: int
    ignored: int
    difference: int
    fetching: int
    oldest_pending_seconds: float


class InquiryCountsOut(BaseModel):
    """Inquiries promised on receipts and kept as rows: the same ones."""

    promised: int
    kept: int
    difference: int
    missing: list[UUID]
    surplus: list[UUID]
    minutes: list[datetime]


class ServiceComparisonOut(BaseModel):
    """Up to 50 ids of each kind. `unexamined` minutes differ too and are left to later rounds."""

    state: str
    difference: int | None
    missing: list[UUID]
    surplus: list[UUID]
    doubled: list[UUID]
    minutes: list[datetime]
    unexamined: int


class ReconciliationOut(BaseModel):
    """Promise by promise: `difference` is 0 when everything is where it must be, once.

    `complete` tells whether all services could be asked; `whole` whether all time was looked at.
    """

    computed_at: datetime
    balanced: bool
    complete: bool
    whole: bool
    difference: int
    submissions: StateCountsOut
    inquiries: InquiryCountsOut
    services: dict[str, ServiceComparisonOut]
