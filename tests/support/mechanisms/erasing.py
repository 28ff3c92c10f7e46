"""What keeps an erased person erased."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import true

from shared.contracts.envelope import Event
from shared.database import Session
from shared.messaging.decoding import Placed
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SHARED = "tests/integration/shared/test_erasures.py"
INTAKE = "tests/integration/intake/test_erasing.py"
KPI = "tests/integration/kpi/test_forgetting.py"
ENTRIES = "tests/unit/history/test_entries.py"
CONVERSIONS = "tests/integration/kpi/test_conversions.py"
CARDS = "tests/integration/history/customers/test_set_aside.py"
ROUTING = "tests/integration/routing/test_forgotten.py"
ALL = "tests/integration/erasure/test_forgotten.py"


def _as_it_is(event: Event) -> Event:
    return event


def _all_of_them(_contract: type[Event], members: Mapping[str, Any]) -> dict[str, Any]:
    return dict(members)


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
        "a win and its order stay one sale after an erasure",
        8,
        (f"{KPI}::test_a_win_and_the_order_that_it_names_stay_one_sale",),
        {"shared.contracts.erasing:digest_left": always(value=None)},
    ),
    Mechanism(
        "labels in which a point stands are none",
        8,
        (f"{KPI}::test_a_label_by_which_somebody_could_be_found_is_none_from_the_beginning",),
        {"services.kpi.handlers:labelled": _as_it_is},
    ),
    Mechanism(
        "what a correction took back stays taken back",
        8,
        (f"{KPI}::test_what_a_correction_took_back_stays_taken_back",),
        {"shared.contracts.erasing:_taken_back": always({})},
    ),
    Mechanism(
        "an entry keeps what its blanked event says",
        8,
        (f"{ENTRIES}::test_an_erasure_leaves_of_an_entry_what_it_leaves_of_its_event",),
        {"services.history.domain.entries:left_of_facts": _all_of_them},
    ),
    Mechanism(
        "figures know that leads of the erased are no work",
        8,
        (
            f"{CONVERSIONS}::test_leads_of_the_forgotten_are_not_open",
            f"{CONVERSIONS}::test_leads_of_the_forgotten_are_watched_up_to_then",
        ),
        {"services.kpi.domain.stories.course:aside_since": always(value=None)},
    ),
    Mechanism(
        "cards know that leads of the erased are no work",
        8,
        (f"{CARDS}::test_a_lead_of_somebody_forgotten_is_no_open_one",),
        {"services.history.domain.leads:is_set_aside": always(value=False)},
    ),
    Mechanism(
        "lists know that leads of the erased are no work",
        8,
        (f"{ROUTING}::test_nobody_neglects_a_lead_of_an_erased_person",),
        {"services.routing.repository.lead_filters:is_worked": always(true())},
    ),
    Mechanism(
        "words about an erased person's leads are blanked",
        8,
        (f"{ALL}::test_no_word_of_an_erased_person_is_left_and_every_figure_stays",),
        {"services.routing.repository.erasure:blank": awaited({})},
    ),
)
