"""What routing does when people turn out to be one, or two: leads merge and part again."""

from uuid import UUID

from shared.contracts.leads import LeadInquiryAttached, LeadMerged, LeadReopened
from tests.integration.truth.state import Company, Lead


def merge(company: Company) -> None:
    """Two open leads of one person become one."""
    leads = company.of_state("open")
    pairs = [
        (lead, into)
        for lead in leads
        for into in leads
        if lead is not into and _alike(company, lead, into)
    ]
    if pairs:
        unite(company, *company.choice.choice(pairs))


def unite(company: Company, lead: Lead, into: Lead) -> None:
    if lead.state == "open":
        lead.brought = [inquiry for inquiry, place in company.place.items() if place is lead]
    company.telling.on_lead(
        LeadMerged, lead.lead_id, lead.contact_id, into=into.lead_id, inquiry_ids=lead.brought
    )
    lead.state, lead.into, lead.owner_id, lead.is_accepted = "merged", into, None, False
    for inquiry_id in lead.brought:
        bring(company, inquiry_id, into)


def part(company: Company) -> None:
    """What was merged becomes a lead of its own again, with what it had brought, or is merged into
    another lead instead.
    """
    leads = company.of_state("merged")
    if not leads:
        return
    lead = company.choice.choice(leads)
    others = [
        one
        for one in company.of_state("open")
        if one is not lead.into and _alike(company, one, lead)
    ]
    if others and company.choice.random() < 0.4:
        unite(company, lead, company.choice.choice(others))
        return
    lead.state, lead.into = "open", None
    company.telling.on_lead(
        LeadReopened, lead.lead_id, lead.contact_id, reason="contacts_parted", closed_as="merged"
    )
    for inquiry_id in lead.brought:
        bring(company, inquiry_id, lead)
    lead.brought = []


def _alike(company: Company, one: Lead, other: Lead) -> bool:
    """Whether they are of one person."""
    return company.who(one.contact_id) == company.who(other.contact_id)


def move(company: Company) -> None:
    """An inquiry goes to another lead of whoever asked: contacts have parted."""
    if not company.asked_by:
        return
    inquiry_id = company.choice.choice(list(company.asked_by))
    person = company.who(company.asked_by[inquiry_id])
    leads = [lead for lead in company.of_state("open") if company.who(lead.contact_id) == person]
    if leads and company.place[inquiry_id] is not None:
        lead = company.choice.choice(leads)
        if lead is not company.place[inquiry_id]:
            bring(company, inquiry_id, lead)


def bring(company: Company, inquiry_id: UUID, lead: Lead) -> None:
    """The inquiry leaves the lead that it is in, if any, and comes to this one."""
    place = company.place.get(inquiry_id)
    company.place[inquiry_id] = lead
    company.telling.on_lead(
        LeadInquiryAttached,
        lead.lead_id,
        lead.contact_id,
        inquiry_id=inquiry_id,
        from_lead_id=place and place.lead_id,
    )
