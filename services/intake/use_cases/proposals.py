"""A supervisor's answer to a proposal: one person, or two.

Invariant: contacts are locked before the proposal, in the normaliser's order.
"""

from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Person, survivor
from services.intake.repository import contacts, merges, proposals
from services.intake.repository.merges import NewMerge
from services.intake.use_cases.events import contact_changed, contact_relinked, merge_batch
from shared.database import Row, Session
from shared.errors import ConflictError
from shared.messaging.outbox.publish import emit

ACCEPTED = "proposal_accepted"


class ProposalSettledError(ConflictError):
    """The proposal has the other answer already."""


async def accept_proposal(session: Session, proposal_id: UUID, *, by: str, now: datetime) -> Row:
    """Merge the two people, without the limits of inquiries. Returns the proposal.

    Raises NotFoundError, ProposalSettledError.
    """
    proposal = await proposals.get_proposal(session, proposal_id)
    people, targets = await contacts.lock_people(session, [proposal["low_id"], proposal["high_id"]])
    row = await proposals.get_proposal(session, proposal_id, lock=True)
    if row["state"] == "open":
        if len(people) > 1:
            await _join(session, row, list(people.values()), now=now)
        await proposals.settle_proposal(session, proposal_id, state="accepted", by=by, now=now)
        await proposals.accept_joined_proposals(session, set(targets.values()), by=by, now=now)
    return await _answered(session, proposal_id, "accepted")


async def decline_proposal(session: Session, proposal_id: UUID, *, by: str, now: datetime) -> Row:
    """Keep the two apart: no inquiry merges them, and only other points propose them again.

    Raises NotFoundError, ProposalSettledError.
    """
    row = await proposals.get_proposal(session, proposal_id, lock=True)
    if row["state"] == "open":
        await proposals.settle_proposal(session, proposal_id, state="declined", by=by, now=now)
    return await _answered(session, proposal_id, "declined")


async def _answered(session: Session, proposal_id: UUID, answer: str) -> Row:
    row = await proposals.get_proposal(session, proposal_id)
    if row["state"] != answer:
        raise ProposalSettledError(f"The proposal is {row['state']}.")
    return row


async def _join(session: Session, row: Row, people: list[Person], *, now: datetime) -> None:
    winner = survivor(people)
    before = next(person for person in people if person.contact_id == winner.contact_id)
    loser = next(person for person in people if person is not before)
    batch_id = merge_batch(row["proposal_id"])
    merge = NewMerge(loser.contact_id, winner.contact_id, batch_id, ACCEPTED, row["inquiry_id"])
    await merges.add_merges(session, [merge], now=now)
    await contacts.change_people(session, [winner], now=now)
    if winner.details != before.details:
        emit(session, contact_changed(winner, now=now), now=now)
    links = await contacts.relink_contacts(session, {loser.contact_id: winner.contact_id}, now=now)
    for contact_id, _, target in links:
        event = contact_relinked(contact_id, target, batch_id=batch_id, reason=ACCEPTED, now=now)
        emit(session, event, now=now)
