"""What keeps an erased person erased."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from shared.database import Session
from shared.messaging.decoding import Placed
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SHARED = "tests/integration/shared/test_erasures.py"
INTAKE = "tests/integration/intake/test_erasing.py"
ALL = "tests/integration/erasure/test_forgotten.py"


async def _as_they_are(_session: Session, received: Sequence[Placed]) -> Sequence[Placed]:
    return received


async def _nothing(*_given: Any, **_named: Any) -> SimpleNamespace:
    return SimpleNamespace(ids=[], number=0, last=None)


def _unchanged(_type_name: str, payload: str) -> str:
    return payload


ERASING = (
    Mechanism(
        "events of the erased arrive blank",
        8,
        (f"{SHARED}::test_late_copies_arrive_blank_and_are_held_blank",),
        {"shared.messaging.consumer.apply:blank_arrivals": _as_they_are},
    ),
    Mechanism(
        "what is held of the erased is blanked",
        8,
        (f"{SHARED}::test_late_copies_arrive_blank_and_are_held_blank",),
        {"shared.messaging.consumer.erasures:blank_held": awaited(0)},
    ),
    Mechanism(
        "what is put back of the erased is blank",
        8,
        (f"{SHARED}::test_what_the_log_still_has_is_put_back_blank",),
        {"shared.messaging.outbox.put_back:blanked_payload": _unchanged},
    ),
    Mechanism(
        "a second look before an erasure is confirmed",
        8,
        (f"{SHARED}::test_it_is_confirmed_when_nobody_can_write_any_more_what_they_read_before",),
        {"shared.messaging.consumer.erasures:_is_past": awaited(value=True)},
    ),
    Mechanism(
        "journals of the erased are blanked",
        8,
        (f"{SHARED}::test_the_journal_is_blanked_where_it_stands",),
        {"shared.messaging.outbox.blanking:blanked_payload": _unchanged},
    ),
    Mechanism(
        "late deliveries of the erased are emptied",
        8,
        (f"{INTAKE}::test_what_comes_late_of_an_erased_person_is_known_and_not_kept",),
        {"services.intake.use_cases.normalise:forget_repeats": awaited()},
    ),
    Mechanism(
        "copies without a contact are searched",
        8,
        (f"{INTAKE}::test_copies_that_no_contact_leads_to_are_found_and_never_read_again",),
        {"services.intake.repository.erasure.copies:search_submissions": _nothing},
    ),
    Mechanism(
        "emptied submissions are never read again",
        8,
        (f"{INTAKE}::test_copies_that_no_contact_leads_to_are_found_and_never_read_again",),
        {"services.intake.use_cases.repair:_refuse_erased": always(value=None)},
    ),
    Mechanism(
        "erasures are begun again after a restore",
        8,
        (f"{INTAKE}::test_an_older_backup_forgets_again",),
        {"services.intake.use_cases.restore:restore_erasures": awaited()},
    ),
    Mechanism(
        "words about an erased person's leads are blanked",
        8,
        (f"{ALL}::test_no_word_of_an_erased_person_is_left_and_every_figure_stays",),
        {"services.routing.repository.erasure:blank": awaited({})},
    ),
)
