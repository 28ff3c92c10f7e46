"""Erasures as they are ordered and shown, and all that is stored of a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.intake.domain.erasing import ErasureReason, ErasureStep
from services.intake.schemas.consents import ConsentOut, RefusalOut
from services.intake.schemas.contacts import ContactOut, PointOut
from services.intake.schemas.identity import MergeOut
from services.intake.schemas.inquiries import InquiryOut
from services.intake.schemas.purchases import PurchaseOut
from services.intake.use_cases.erasure.preview import Preview
from services.intake.use_cases.peers import COMPARED
from shared.database import Row

LOG_KEEPS = timedelta(days=30)  # what the topics of the log are configured with


class ErasureIn(BaseModel):
    """Why the person is erased."""

    model_config = ConfigDict(extra="forbid")

    reason: ErasureReason


class ErasurePreviewOut(BaseModel):
    """What would be blanked: service → table → rows, null for a service that could not be asked.
    `version` is that of the person, for `If-Match`. `is_part`: more is there than was counted.
    Copies that no contact leads to are only searched when it is done.
    """

    contact_ids: list[UUID]
    version: int
    services: dict[str, dict[str, int] | None]
    is_part: bool


class ServiceErasureOut(BaseModel):
    """`state` is pending, or confirmed: nothing personal is left in this service. `rows` were
    blanked, by table.
    """

    state: str
    confirmed_at: datetime | None
    rows: dict[str, int]


class ErasureOut(BaseModel):
    """`state` is pending until every service has confirmed. `step` is what intake does; `log_until`
    is when the last copy in the log ends. Backups keep theirs as long as they are kept: after one
    is restored, erasures later than it are done again.
    """

    erasure_id: UUID
    contact_id: UUID
    contact_ids: list[UUID]
    reason: ErasureReason
    erased_by: str
    erased_at: datetime
    state: str
    step: ErasureStep
    confirmed_at: datetime | None
    log_until: datetime
    services: dict[str, ServiceErasureOut]


class PersonalDataOut(BaseModel):
    """All that intake stores of a person; inquiries are a page of them, the oldest ids first.
    `requests` are the paths of the requests as they were sent, `elsewhere` those of what other
    services have.
    """

    contact_ids: list[UUID]
    contacts: list[ContactOut]
    points: list[PointOut]
    merges: list[MergeOut]
    consents: list[ConsentOut]
    refusals: list[RefusalOut]
    purchases: list[PurchaseOut]
    inquiries: list[InquiryOut]
    requests: list[str]
    elsewhere: dict[str, list[str]]
    next_cursor: str | None


def preview_out(preview: Preview) -> ErasurePreviewOut:
    return ErasurePreviewOut(
        contact_ids=list(preview.contact_ids),
        version=preview.version,
        services={
            name: None if rows is None else dict(rows) for name, rows in preview.services.items()
        },
        is_part=preview.is_part,
    )


def erasure_out(row: Row, confirmations: Mapping[str, Row]) -> ErasureOut:
    names = set(ErasureOut.model_fields)
    members: dict[str, Any] = {name: row[name] for name in names.intersection(row.keys())}
    own = _service(row["blanked_at"], row["rows"])
    others = {
        name: _service(item["confirmed_at"], item["rows"])
        if (item := confirmations.get(name)) is not None
        else _service(None, {})
        for name in COMPARED
    }
    return ErasureOut(
        **members,
        state=_state(row["confirmed_at"]),
        log_until=row["erased_at"] + LOG_KEEPS,
        services={"intake": own, **others},
    )


def _service(confirmed_at: datetime | None, rows: Mapping[str, int]) -> ServiceErasureOut:
    return ServiceErasureOut(state=_state(confirmed_at), confirmed_at=confirmed_at, rows=dict(rows))


def _state(confirmed_at: datetime | None) -> str:
    return "pending" if confirmed_at is None else "confirmed"


def elsewhere(contact_ids: Sequence[UUID]) -> dict[str, list[str]]:
    """Paths of what other services store; kpi stores nothing personal, and all that routing has
    been told in words stands on history's timelines.
    """
    return {"history": [f"/v1/contacts/{item}/timeline" for item in contact_ids]}
