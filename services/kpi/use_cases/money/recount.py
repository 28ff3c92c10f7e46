"""Carries out a change of the rule by which a win and an order are one sale: everybody of whose
sales something was said is told anew, some people at a time, from where that stood.
"""

from datetime import date, datetime
from typing import Final

from services.kpi.repository.money import rule
from services.kpi.repository.money.people import lock_people
from services.kpi.use_cases.money.tell import tell_people
from shared.contracts.indicators import SaleRuleChanged
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.loop import Loop, Progress

RECOUNT: Final = "kpi_recount"
COMPANY: Final = "company"  # whom the event is about
POLL_SECONDS: Final = 5.0
CONTACTS_AT_ONCE: Final = 200


async def put_rule(session: Session, hours: int, *, actor: str, now: datetime) -> rule.SaleRule:
    """Set how far apart a win and an order may lie, and tell whoever else counts sales; gives the
    rule as it is now.
    """
    await lock_people(session)
    await rule.set_rule(session, hours)
    event = SaleRuleChanged(subject=COMPANY, changed_at=now, same_sale_hours=hours, actor=actor)
    emit(session, event, now=now)
    session.notify_after_commit(RECOUNT)
    return await rule.get_rule(session)


async def recount(session: Session) -> bool:
    """Tell the next people's sales anew; False if all follow the rule."""
    if (await rule.get_rule(session)).counted_to is None:
        return False
    await lock_people(session)
    after = (await rule.get_rule(session)).counted_to
    if after is None:
        return False
    contact_ids = await rule.list_contacts_with_sales(session, after=after, limit=CONTACTS_AT_ONCE)
    if contact_ids:
        await tell_people(session, dict.fromkeys(contact_ids, date.min))
    is_last = len(contact_ids) < CONTACTS_AT_ONCE
    await rule.advance_to(session, None if is_last else contact_ids[-1])
    return not is_last


def recount_loop(database: Database) -> Loop:
    """Counts again at every wake-up, and looks now and then since wake-ups may be lost."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                has_more = await recount(session)
            if not has_more:
                await database.wakeup.wait(RECOUNT, seconds=POLL_SECONDS)

    return Loop("recount", run)
