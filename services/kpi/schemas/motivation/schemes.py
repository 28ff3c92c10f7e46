"""Versions of pay schemes and what-ifs, as they are answered."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel

from services.kpi.domain.months import months_between, name_of_month
from services.kpi.repository.motivation.schemes import Scheme
from services.kpi.repository.motivation.what_ifs import WhatIf, WhatIfRow, WhatIfTotal
from services.kpi.schemas.fields import Month
from services.kpi.schemas.motivation.terms import TermsBody
from shared.contracts.inquiry import Amount
from shared.web.fields import Body


class ApprovalIn(Body):
    """The first month that the version pays."""

    from_month: Month


class SchemeOut(BaseModel):
    """A version of a scheme: a draft, or approved to pay from `from_month` on."""

    scheme_id: UUID
    version: int
    state: Literal["draft", "approved"]
    name: str
    manager_ids: list[UUID]
    terms: TermsBody
    created_at: datetime
    created_by: str
    from_month: str | None
    approved_at: datetime | None
    approved_by: str | None

    @classmethod
    def of(cls, item: Scheme) -> Self:
        return cls(
            scheme_id=item.scheme_id,
            version=item.version,
            state="draft" if item.approved_at is None else "approved",
            name=item.name,
            manager_ids=list(item.manager_ids),
            terms=TermsBody.of(item.terms),
            created_at=item.created_at,
            created_by=item.created_by,
            from_month=None if item.from_month is None else name_of_month(item.from_month),
            approved_at=item.approved_at,
            approved_by=item.approved_by,
        )


class DifferenceOut(BaseModel):
    """A member that differs, by its JSON pointer; null where a version does not have it."""

    pointer: str
    before: Any
    after: Any


class ComparisonOut(BaseModel):
    """What version `to` says otherwise than version `from`."""

    differences: list[DifferenceOut]


class WhatIfTotalOut(BaseModel):
    """Sums over all managers and months, by the currency of what is paid at present; null: nobody
    is paid. `without_target` of the `rows` had no target for the plan's bonus.
    """

    present_currency: str | None
    proposed: Amount
    present: Amount | None
    rows: int
    without_target: int


class WhatIfOut(BaseModel):
    """What a version would have paid from `first_month` to before `end_month`, in its own currency;
    `totals` are of the months done so far.
    """

    what_if_id: UUID
    scheme_id: UUID
    version: int
    state: Literal["running", "done"]
    first_month: str
    end_month: str
    months: int
    months_done: int
    requested_at: datetime
    requested_by: str
    done_at: datetime | None
    totals: list[WhatIfTotalOut]

    @classmethod
    def of(cls, item: WhatIf, totals: list[WhatIfTotal]) -> Self:
        return cls(
            what_if_id=item.what_if_id,
            scheme_id=item.scheme_id,
            version=item.version,
            state="running" if item.done_at is None else "done",
            first_month=name_of_month(item.first_month),
            end_month=name_of_month(item.end_month),
            months=months_between(item.first_month, item.end_month),
            months_done=months_between(item.first_month, item.next_month),
            requested_at=item.requested_at,
            requested_by=item.requested_by,
            done_at=item.done_at,
            totals=[WhatIfTotalOut(**total._asdict()) for total in totals],
        )


class WhatIfRowOut(BaseModel):
    """What a manager would have got in a month, beside what was paid or is paid by now."""

    month: str
    manager_id: UUID
    name: str | None
    proposed: Amount
    present: Amount | None
    present_currency: str | None
    has_target: bool

    @classmethod
    def of(cls, row: WhatIfRow, name: str | None) -> Self:
        return cls(**{**row._asdict(), "month": name_of_month(row.month), "name": name})
