"""The report on a shadow policy."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.routing.domain.lead import MILLI
from services.routing.domain.shadowing import jain
from services.routing.repository.pools.shadow import Example, Share, Sums


class ShadowShareOut(BaseModel):
    """What a manager got by the live policy, and would have got by the shadow policy."""

    manager_id: UUID
    live_leads: int
    live_work_units: float
    shadow_leads: int
    shadow_work_units: float


class ShadowExampleOut(BaseModel):
    """A decision that differs; `decisions` is where it is explained. `reason` is the shadow's."""

    decision_id: UUID
    lead_id: UUID
    at: datetime
    live_owner_id: UUID | None
    shadow_owner_id: UUID | None
    reason: str
    decisions: str


class ShadowReportOut(BaseModel):
    """Of the present shadow policy. `share_differing` is that of all decisions; `jain` says how
    even the work units of the managers are, 1 for equal ones. Examples are the newest.
    """

    pool: str
    since: datetime
    until: datetime
    decisions: int
    differing: int
    share_differing: float
    parked_by_live_only: int
    parked_by_shadow_only: int
    live_jain: float
    shadow_jain: float
    managers: list[ShadowShareOut]
    examples: list[ShadowExampleOut]


def shadow_report_out(
    pool: str,
    report: tuple[Sums, Sequence[Share], Sequence[Example]],
    *,
    since: datetime,
    until: datetime,
) -> ShadowReportOut:
    sums, shares, examples = report
    return ShadowReportOut(
        pool=pool,
        since=since,
        until=until,
        **asdict(sums),
        share_differing=sums.differing / sums.decisions if sums.decisions else 0.0,
        live_jain=jain([share.live_milli for share in shares]),
        shadow_jain=jain([share.shadow_milli for share in shares]),
        managers=[
            ShadowShareOut(
                manager_id=share.manager_id,
                live_leads=share.live_leads,
                live_work_units=share.live_milli / MILLI,
                shadow_leads=share.shadow_leads,
                shadow_work_units=share.shadow_milli / MILLI,
            )
            for share in shares
        ],
        examples=[
            ShadowExampleOut(**asdict(item), decisions=f"/v1/leads/{item.lead_id}/decisions")
            for item in examples
        ],
    )
