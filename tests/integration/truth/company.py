"""A company by chance: what its customers, managers and supervisors do over some weeks."""

import random

from tests.integration.truth import customers, employing, uniting, working
from tests.integration.truth.cast import moments, some_id, stretches
from tests.integration.truth.state import Company
from tests.integration.truth.telling import Telling

CUSTOMERS = (
    *((customers.ask, 8), (customers.correct, 3), (customers.judge, 1), (customers.join, 2)),
    *((customers.part, 2), (customers.buy, 4), (customers.cancel, 2), (customers.ring, 2)),
    (customers.forget, 1),
)
WORKERS = (
    *((working.assign, 7), (working.answer_for, 5), (working.hand_over, 2), (working.move_on, 4)),
    *((working.close, 5), (working.reopen, 3), (uniting.merge, 3), (uniting.part, 2)),
    *((working.touch, 6), (uniting.move, 2), (employing.change, 1), (employing.come_or_go, 3)),
)


def live(seed: int, *, deeds: int) -> Company:
    """All that happens in the company of this seed."""
    choice = random.Random(seed)
    spans = stretches(choice)
    company = Company(
        seed=seed,
        choice=choice,
        telling=Telling(choice, spans[0].begins_at),
        contact_ids=[some_id("contact", seed, number) for number in range(choice.randrange(3, 8))],
    )
    weighed = [deed for deed, weight in (*CUSTOMERS, *WORKERS) for _ in range(weight)]
    for span in spans:
        company.telling.at = max(company.telling.at, span.begins_at)
        employing.employ(company)
        for moment in moments(choice, span, deeds // len(spans)):
            company.telling.at = max(company.telling.at, moment)
            choice.choice(weighed)(company)
    return company
