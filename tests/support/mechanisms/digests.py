"""What keeps promises of scheduled reports: due once, in local time, for nobody's markup."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from services.kpi.repository.digests import Run, add_run
from shared.database import Session
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

_DIGESTS = "tests/integration/kpi/test_digests.py"
_UNIT = "tests/unit/kpi"


def _by_the_offset_before(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


async def _as_if_asked_for(session: Session, item: Run) -> bool:
    return await add_run(session, replace(item, is_scheduled=False))


def _as_it_is(words: str, most: int) -> str:
    return words[:most]


DIGESTS: tuple[Mechanism, ...] = (
    Mechanism(
        "a report is made once for each due time",
        2,
        (f"{_DIGESTS}::test_a_due_time_is_sent_once_whoever_leads_and_however_often_it_restarts",),
        {
            "services.kpi.use_cases.digests.runs:is_due": always(value=True),
            "services.kpi.repository.digests:add_run": _as_if_asked_for,
        },
    ),
    Mechanism(
        "a report that is asked for twice at once is sent once",
        2,
        (f"{_DIGESTS}::test_whoever_asks_twice_at_once_has_it_sent_once",),
        {"services.kpi.repository.digests:list_untried": awaited([])},
    ),
    Mechanism(
        "a mail server that hangs holds up no webhook",
        9,
        (
            (
                "tests/integration/kpi/test_hanging_receivers.py::"
                "test_a_mail_server_that_hangs_holds_up_no_webhook_and_nothing_is_sent_twice"
            ),
        ),
        {"services.kpi.use_cases.deliveries.tries:has_room": lambda tries, _lane: not tries},
    ),
    Mechanism(
        "of many groups the largest are sent",
        11,
        (f"{_DIGESTS}::test_of_many_groups_the_largest_are_sent",),
        {"services.kpi.routes.digest_sections:most_groups": always(None)},
    ),
    Mechanism(
        "skipped local times of reports",
        9,
        (f"{_UNIT}/test_digest_schedule.py::test_skipped_and_repeated_times",),
        {"services.kpi.domain.digests.schedule:moment_at": _by_the_offset_before},
    ),
    Mechanism(
        "words in pictures are no markup",
        8,
        (f"{_UNIT}/test_digest_charts.py::test_any_words_and_figures_make_a_picture",),
        {"services.kpi.domain.digests.charts:_clean": _as_it_is},
    ),
    Mechanism(
        "a report is tried for a day",
        9,
        (
            (
                f"{_DIGESTS}::"
                "test_what_is_not_taken_is_tried_again_under_one_id_and_given_up_after_a_day"
            ),
        ),
        {"services.kpi.use_cases.deliveries.sending:is_over": always(value=True)},
    ),
)
