"""What customers do, and what becomes known of them: inquiries, orders, who is one person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.leads import LeadOpened
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from tests.integration.truth import uniting, working
from tests.integration.truth.cast import (
    CHANNELS,
    CURRENCIES,
    MARKS,
    PRODUCTS,
    REGIONS,
    SOURCES,
    STAGES,
)
from tests.integration.truth.state import Company, Lead

OUTCOMES = ("answered", "missed", "busy")


def ask(company: Company) -> None:
    """An inquiry, at times received a while ago; it opens a lead, joins one, or waits."""
    choice, telling = company.choice, company.telling
    contact_id = choice.choice(company.contact_ids)
    key, channel = choice.choice(sorted(SOURCES)), choice.choice(CHANNELS)
    inquiry_id = telling.some_id()
    received_at = telling.before(timedelta(minutes=choice.choice((0, 5, 300))))
    is_test = choice.random() < 0.08
    telling.tell(
        InquiryReceived(
            inquiry_id=inquiry_id,
            contact_id=contact_id,
            source_id=SOURCES[key],
            source_key=key,
            channel=channel,
            received_at=received_at,
            occurred_at=choice.choice((None, received_at - timedelta(minutes=2))),
            is_test=is_test,
            is_repeat=contact_id in company.asked_by.values(),
            campaign=choice.choice(MARKS),
            region=choice.choice(REGIONS),
            product_interest=choice.choice(PRODUCTS),
            call=_call(company) if channel == "call" else None,
            text="нужен насос",
        )
    )
    company.asked_by[inquiry_id], company.place[inquiry_id] = contact_id, None
    own = [
        lead
        for lead in company.of_state("open")
        if company.who(lead.contact_id) == company.who(contact_id)
    ]
    if own and choice.random() < 0.5:
        uniting.bring(company, inquiry_id, choice.choice(own))
    elif choice.random() < 0.85:
        opens = {"is_test": is_test, "received_at": received_at, "channel": channel}
        _open(company, inquiry_id, contact_id, source_id=SOURCES[key], **opens)


def _open(company: Company, inquiry_id: UUID, contact_id: UUID, **more: Any) -> None:
    pipeline = company.choice.choice(sorted(STAGES))
    lead = Lead(company.telling.some_id(), contact_id, pipeline, "new")
    company.leads[lead.lead_id], company.place[inquiry_id] = lead, lead
    company.telling.on_lead(
        LeadOpened,
        lead.lead_id,
        contact_id,
        inquiry_id=inquiry_id,
        pool="default",
        pipeline=pipeline,
        stage=lead.stage,
        priority_class="normal",
        work_units=company.choice.choice((1.0, 1.0, 0.5, 2.25)),
        **more,
    )


def _call(company: Company) -> Call:
    at = company.telling.at - timedelta(seconds=company.choice.randrange(200))
    outcome = company.choice.choice(OUTCOMES)
    return Call(
        direction=company.choice.choice(("incoming", "incoming", None)),
        outcome=outcome,
        started_at=company.choice.choice((None, at)),
        answered_at=at if outcome == "answered" and company.choice.random() < 0.6 else None,
    )


def correct(company: Company) -> None:
    """A supervisor or an exchange says later what an inquiry was."""
    if not company.asked_by:
        return
    choice = company.choice
    inquiry_id = choice.choice(list(company.asked_by))
    changes = {
        "is_test": choice.random() < 0.3,
        "channel": choice.choice(CHANNELS),
        "region": choice.choice(REGIONS),
        "product_interest": choice.choice(PRODUCTS),
        "campaign": choice.choice((*MARKS, None)),
        "call": choice.choice(
            ({"direction": "incoming", "outcome": choice.choice(OUTCOMES)}, None)
        ),
        "text": "исправлено",
    }
    names = choice.sample(sorted(changes), choice.randrange(1, 4))
    _update(company, inquiry_id, {name: changes[name] for name in names})


def judge(company: Company) -> None:
    """Somebody calls an inquiry spam, or says that it is none."""
    if company.asked_by:
        reasons = company.choice.choice((["rejected"], ["rejected", "links"], []))
        inquiry_id = company.choice.choice(list(company.asked_by))
        _update(company, inquiry_id, {"spam": {"score": 0.5, "reasons": reasons}})


def _update(company: Company, inquiry_id: UUID, changes: dict[str, Any]) -> None:
    company.telling.tell(
        InquiryUpdated(
            inquiry_id=inquiry_id,
            contact_id=company.asked_by[inquiry_id],
            changed_at=company.telling.before(timedelta(hours=1)),
            changes=changes,
        )
    )


def join(company: Company) -> None:
    """Two people turn out to be one: all contacts of the one stand for the other."""
    people = sorted({company.who(contact_id) for contact_id in company.contact_ids})
    if len(people) < 2:
        return
    one, other = company.choice.sample(people, 2)
    _relink(company, [item for item in company.contact_ids if company.who(item) == one], other)


def part(company: Company) -> None:
    """Contacts that were taken for one person are two again."""
    moved = [item for item in company.contact_ids if company.who(item) != item]
    if moved:
        contact_id = company.choice.choice(moved)
        _relink(company, [contact_id], contact_id)


def _relink(company: Company, contact_ids: list[UUID], canonical_id: UUID) -> None:
    batch_id, at = company.telling.some_id(), company.telling.at
    for contact_id in contact_ids:
        company.person[contact_id] = canonical_id
        company.telling.tell(
            ContactRelinked(
                contact_id=contact_id,
                canonical_id=canonical_id,
                batch_id=batch_id,
                reason="phone",
                relinked_at=at,
            )
        )


def buy(company: Company) -> None:
    """An order from a shop, a correction of one, or the one that a win came of."""
    choice, telling = company.choice, company.telling
    if company.orders and choice.random() < 0.3:
        purchase_id = choice.choice(sorted(company.orders))
        order = company.orders[purchase_id]
    else:
        purchase_id = telling.some_id()
        contact_id = choice.choice(company.contact_ids)
        order = {"contact_id": contact_id, "external_id": str(choice.randrange(9))}
    amount = choice.choice((*working.AMOUNTS, None))
    order |= {
        "amount": amount,
        "currency": choice.choice(CURRENCIES) if amount is not None else None,
    }
    if company.wins and choice.random() < 0.4 and purchase_id not in company.orders:
        win = choice.choice(company.wins[-4:])
        order |= {name: win[name] for name in ("contact_id", "amount", "currency")}
    company.orders[purchase_id] = order
    telling.tell(
        PurchaseRecorded(
            purchase_id=purchase_id,
            source_id=SOURCES["shop"],
            product=choice.choice(PRODUCTS),
            region=choice.choice(REGIONS),
            purchased_at=telling.before(timedelta(days=choice.choice((1, 6)))),
            **order,
        )
    )


def cancel(company: Company) -> None:
    if company.orders:
        purchase_id = company.choice.choice(sorted(company.orders))
        order = company.orders[purchase_id]
        company.telling.tell(
            PurchaseCancelled(
                purchase_id=purchase_id,
                contact_id=order["contact_id"],
                external_id=order["external_id"],
                cancelled_at=company.telling.before(timedelta(days=2)),
            )
        )


def forget(company: Company) -> None:
    """A person is erased, with all contacts that stand for them."""
    person_id = company.who(company.choice.choice(company.contact_ids))
    own = [item for item in company.contact_ids if company.who(item) == person_id]
    company.telling.tell(
        ContactErased(contact_id=person_id, birth_ids=own, erased_at=company.telling.at)
    )
    for lead in company.of_state("open"):
        if lead.contact_id in own and company.choice.random() < 0.9:
            working.set_aside(company, lead)


def ring(company: Company) -> None:
    """An exchange reports a call out, after a while."""
    choice, telling = company.choice, company.telling
    received_at = telling.before(timedelta(minutes=30))
    telling.tell(
        CallObserved(
            observation_id=telling.some_id(),
            contact_id=choice.choice(company.contact_ids),
            source_id=SOURCES["pbx"],
            occurred_at=received_at - timedelta(seconds=choice.randrange(90_000)),
            received_at=received_at,
            call=Call(
                direction=choice.choice(("outgoing", "outgoing", "internal")),
                outcome=choice.choice(OUTCOMES),
            ),
        )
    )
