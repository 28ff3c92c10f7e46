"""What managers and supervisors do: leads are assigned, worked, closed and opened again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.leads import (
    LeadAccepted,
    LeadAssigned,
    LeadDeclined,
    LeadLeaseExpired,
    LeadLost,
    LeadNextActionSet,
    LeadParked,
    LeadReopened,
    LeadReturned,
    LeadStageChanged,
    LeadWon,
)
from tests.integration.truth.cast import CURRENCIES, MANAGERS, REASONS, STAGES
from tests.integration.truth.state import Company, Lead

AMOUNTS = (100, 99.99, 0.07, 1234567.01, 50, 10, 0, 0.333)


def assign(company: Company) -> None:
    """Somebody who has no owner gets one; at times nobody is there."""
    waiting = [lead for lead in company.of_state("open") if lead.owner_id is None]
    if not waiting:
        return
    lead = company.choice.choice(waiting)
    if company.choice.random() < 0.15:
        company.telling.on_lead(LeadParked, lead.lead_id, lead.contact_id, reason="nobody_on_duty")
        return
    give(company, lead, company.choice.choice(MANAGERS))


def set_aside(company: Company, lead: Lead) -> None:
    """All who asked were erased: nobody works on it, until a supervisor has somebody do so."""
    lead.owner_id, lead.is_accepted = None, False
    company.telling.on_lead(LeadParked, lead.lead_id, lead.contact_id, reason="erased")


def give(company: Company, lead: Lead, manager_id: UUID) -> None:
    at = company.telling.at
    lead.owner_id, lead.is_accepted, lead.epoch = manager_id, False, lead.epoch + 1
    company.telling.on_lead(
        LeadAssigned,
        lead.lead_id,
        lead.contact_id,
        manager_id=manager_id,
        epoch=lead.epoch,
        round=1,
        accept_by=at + timedelta(minutes=company.choice.choice((1, 5, 60))),
        first_touch_by=at + timedelta(minutes=company.choice.choice((5, 30, 600))),
        reason="least_score",
    )


def answer_for(company: Company) -> None:
    """Whoever has a new lead accepts it, declines it, lets it run out, or gives it back."""
    owned = [lead for lead in company.of_state("open") if lead.owner_id]
    if not owned:
        return
    lead = company.choice.choice(owned)
    said = {"manager_id": lead.owner_id, "epoch": lead.epoch}
    telling, chance = company.telling, company.choice.random()
    if not lead.is_accepted and chance < 0.65:
        lead.is_accepted = True
        telling.on_lead(LeadAccepted, lead.lead_id, lead.contact_id, **said)
        return
    lead.owner_id = None
    if lead.is_accepted:
        telling.on_lead(LeadReturned, lead.lead_id, lead.contact_id, **said)
    elif chance < 0.8:
        telling.on_lead(LeadDeclined, lead.lead_id, lead.contact_id, reason="busy", **said)
    else:
        at = telling.at - timedelta(seconds=company.choice.randrange(30))
        telling.on_lead(
            LeadLeaseExpired, lead.lead_id, lead.contact_id, deadline="accept", at=at, **said
        )
    lead.is_accepted = False


def hand_over(company: Company) -> None:
    """A supervisor gives the lead to somebody else, who at times takes it at once."""
    leads = company.of_state("open")
    if not leads:
        return
    lead = company.choice.choice(leads)
    manager_id = company.choice.choice(MANAGERS)
    if manager_id == lead.owner_id:
        return
    if company.choice.random() < 0.2:  # taken without having been assigned
        lead.owner_id, lead.is_accepted = manager_id, True
        company.telling.on_lead(
            LeadAccepted, lead.lead_id, lead.contact_id, manager_id=manager_id, epoch=lead.epoch
        )
        return
    give(company, lead, manager_id)


def move_on(company: Company) -> None:
    leads = company.of_state("open")
    if not leads:
        return
    lead = company.choice.choice(leads)
    stage = company.choice.choice(STAGES[lead.pipeline])
    if stage == lead.stage:
        company.telling.on_lead(
            LeadNextActionSet, lead.lead_id, lead.contact_id, next_action="call again"
        )
        return
    company.telling.on_lead(
        LeadStageChanged,
        lead.lead_id,
        lead.contact_id,
        from_stage=lead.stage,
        to_stage=stage,
        manager_id=lead.owner_id,
    )
    lead.stage = stage


def close(company: Company) -> None:
    leads = company.of_state("open")
    if not leads:
        return
    lead, choice = company.choice.choice(leads), company.choice
    by = choice.choice((lead.owner_id, lead.owner_id, None, choice.choice(MANAGERS)))
    if choice.random() < 0.35:
        lead.state = "lost"
        reason, is_listed = choice.choice(REASONS)
        said = {"manager_id": by, "loss_reason": reason, "is_listed": is_listed}
        company.telling.on_lead(LeadLost, lead.lead_id, lead.contact_id, **said)
        return
    lead.state = "won"
    amount = choice.choice((*AMOUNTS, None))
    win: dict[str, Any] = {
        "amount": amount,
        "currency": choice.choice(CURRENCIES) if amount is not None else None,
    }
    orders = [one["external_id"] for one in company.orders.values()]
    if orders and choice.random() < 0.3:
        win["facts"] = {"order_id": choice.choice((*orders, " 77 ")), "contract": "7"}
    company.telling.on_lead(LeadWon, lead.lead_id, lead.contact_id, manager_id=by, **win)
    company.wins.append({"contact_id": lead.contact_id, **win})


def reopen(company: Company) -> None:
    leads = company.of_state("won", "lost")
    if not leads:
        return
    lead = company.choice.choice(leads)
    company.telling.on_lead(
        LeadReopened, lead.lead_id, lead.contact_id, reason="came back", closed_as=lead.state
    )
    lead.state, lead.owner_id, lead.is_accepted = "open", None, False


def touch(company: Company) -> None:
    """A manager reports what was done: of a lead, or of a person alone; at times days later."""
    choice, telling = company.choice, company.telling
    leads = list(company.leads.values())
    lead = choice.choice(leads) if leads and choice.random() < 0.7 else None
    kind = choice.choice(("call", "call", "mail", "message", "meeting", "note", "task"))
    at = telling.before(timedelta(days=4))
    learned_at = telling.before(timedelta(hours=choice.choice((0, 0, 9))))
    telling.tell(
        ActivityRecorded(
            activity_id=telling.some_id(),
            contact_id=lead.contact_id if lead else choice.choice(company.contact_ids),
            lead_id=lead and lead.lead_id,
            manager_id=choice.choice((*MANAGERS, None)),
            kind=kind,
            direction=choice.choice(("outgoing", "incoming", None)),
            at=min(at, learned_at),
            learned_at=learned_at,
            facts={"outcome": choice.choice(("answered", "busy"))} if kind == "call" else {},
            actor="manager",
        )
    )
