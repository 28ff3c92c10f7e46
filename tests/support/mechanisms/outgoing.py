"""What keeps promises where routing tells others: the stream and outgoing webhooks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.event_views import Payload
from services.routing.use_cases.stream.places import Start
from tests.support.mechanisms.mechanism import Mechanism, always

STREAM = "tests/integration/routing/test_stream.py"
CROWD = "tests/integration/routing/test_stream_crowd.py"
SENDING = "tests/integration/routing/test_webhook_sending.py"
HOSTILE = "tests/attacks/test_hostile_receivers.py"


def _from_now_on(_text: str | None, _life: str, *, present: int, **_named: int) -> Start:
    return Start(present)


def _all_of_it(payload: Payload, _manager_id: UUID, *, still_theirs: bool) -> dict[str, Any]:
    return {**payload, "still_theirs": still_theirs}


def _soon_over(_first_failure: datetime, *, now: datetime) -> bool:
    return now.year > 0


def _in_the_clear(_sealing: object, text: str, **_named: bytes) -> str:
    return text


def _deaf(_database: object, _connection: object) -> Callable[..., None]:
    return always(None)


OUTGOING: tuple[Mechanism, ...] = (
    Mechanism(
        "a stream goes on where it was cut",
        2,
        (f"{STREAM}::test_whoever_comes_back_gets_what_was_missed_once_at_any_process",),
        {"services.routing.use_cases.stream.reading:place_of": _from_now_on},
    ),
    Mechanism(
        "a stream is woken by what is committed",
        2,
        (f"{CROWD}::test_what_is_committed_is_told_by_its_wake_up",),
        {"shared.runtime.wakeup:_listener": _deaf},
    ),
    Mechanism(
        "a journal is followed below what is open",
        2,
        (
            (
                "tests/integration/shared/test_following.py::"
                "test_a_lower_row_that_commits_later_is_waited_for"
            ),
        ),
        {
            "shared.messaging.outbox.following:horizon": always(
                "pg_snapshot_xmax(pg_current_snapshot())"
            )
        },
    ),
    Mechanism(
        "events that take a lead away name nobody",
        8,
        (f"{STREAM}::test_a_manager_gets_what_is_theirs_and_no_more_of_what_is_taken_away",),
        {"services.routing.use_cases.stream.followers:seen_by_manager": _all_of_it},
    ),
    Mechanism(
        "webhooks in the order of each lead",
        4,
        (f"{SENDING}::test_the_events_of_a_lead_wait_for_one_another_and_leads_do_not",),
        {"services.routing.use_cases.webhooks.sender:may_start": always(value=True)},
    ),
    Mechanism(
        "webhooks are tried for days",
        2,
        (f"{SENDING}::test_tries_go_on_for_more_than_eight_days_and_then_it_is_switched_off",),
        {"shared.web.standard_webhooks:is_over": _soon_over},
    ),
    Mechanism(
        "a receiver's wish to wait",
        11,
        (f"{SENDING}::test_retry_after_is_respected",),
        {"shared.web.standard_webhooks:wish": always(None)},
    ),
    Mechanism(
        "receivers are not inside",
        8,
        (f"{HOSTILE}::test_a_name_that_leads_inside_is_not_called[addresses0]",),
        {"shared.web.receiver_client:is_public": always(value=True)},
    ),
    Mechanism(
        "secrets of webhooks are sealed",
        8,
        (
            (
                "tests/integration/routing/test_webhooks.py::"
                "test_a_secret_is_told_once_and_lies_sealed"
            ),
        ),
        {"services.routing.repository.webhooks.webhooks:sealed": _in_the_clear},
    ),
    Mechanism(
        "a slow reader of the stream is cut off",
        11,
        (f"{CROWD}::test_a_slow_reader_is_cut_off_and_slows_nobody",),
        {"services.routing.use_cases.stream.followers:is_too_far_behind": always(value=False)},
    ),
)
