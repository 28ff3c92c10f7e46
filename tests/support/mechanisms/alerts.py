"""What keeps promises where kpi tells of breached indicators, is rebuilt, and forgets."""

from datetime import datetime

from services.kpi.repository.deliveries.recipients import Recipient
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

_ALERTS = "tests/integration/kpi/test_alerts.py"
_FORGETTING = "tests/integration/kpi/test_forgetting.py"
_BESIDE = "tests/integration/kpi/test_rebuild_beside.py"


def _at_once(_item: Recipient, now: datetime) -> datetime:
    return now


def _in_the_clear(_sealing: object, text: str, *_about: object) -> str:
    return text


ALERTS: tuple[Mechanism, ...] = (
    Mechanism(
        "reasons in somebody's own words",
        8,
        (f"{_FORGETTING}::test_somebodys_own_words_go_and_figures_stay",),
        {"services.kpi.repository.facts:blank_reasons": awaited([])},
    ),
    Mechanism(
        "stories without forgotten words",
        7,
        (f"{_FORGETTING}::test_somebodys_own_words_go_and_figures_stay",),
        {"services.kpi.use_cases.erasure:tell_anew": awaited()},
    ),
    Mechanism(
        "a rebuild beside the live tables",
        7,
        (f"{_BESIDE}::test_a_damage_is_named_and_made_good",),
        {"shared.beside:_exchange": awaited()},
    ),
    Mechanism(
        "an alert is told once",
        2,
        (f"{_ALERTS}::test_it_is_raised_once_told_by_each_way_and_over_when_it_is_over",),
        {"services.kpi.repository.alerts.rules:list_watches": awaited({})},
    ),
    Mechanism(
        "quiet hours",
        9,
        (f"{_ALERTS}::test_at_night_it_waits_and_what_is_over_by_morning_is_not_told",),
        {"services.kpi.use_cases.deliveries.recipients:when_to_tell": _at_once},
    ),
    Mechanism(
        "alerts are tried for a day",
        9,
        (f"{_ALERTS}::test_what_is_not_taken_is_tried_again_for_a_day",),
        {"services.kpi.use_cases.deliveries.sending:is_over": always(value=True)},
    ),
    Mechanism(
        "each host of webhooks has a lane of its own",
        9,
        (
            (
                "tests/integration/kpi/test_hanging_receivers.py::"
                "test_a_host_that_hangs_holds_up_no_other_and_is_asked_one_thing_at_a_time"
            ),
        ),
        {"services.kpi.use_cases.deliveries.tries:lane_of": always("//one")},
    ),
    Mechanism(
        "alerts' secrets are sealed",
        8,
        (f"{_ALERTS}::test_secrets_are_sealed_and_told_once",),
        {"services.kpi.repository.deliveries.recipients:sealed": _in_the_clear},
    ),
    Mechanism(
        "alerts of an older copy come back",
        7,
        (f"{_ALERTS}::test_an_older_copy_lists_what_was_raised_after_it",),
        {"services.kpi.repository.alerts.alerts:restore_alerts": awaited()},
    ),
)
