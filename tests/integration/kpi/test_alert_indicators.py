"""What rules watch: what happened in the window, what became of what came in it, what is held."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kpi.repository.alerts import indicators
from services.kpi.repository.reports import counted
from services.kpi.use_cases.alerts.watch import watch_loop
from shared.contracts.leads import LeadDeclined, LeadLeaseExpired, LeadWon
from shared.contracts.managers import ManagerChanged
from shared.runtime.loop import Progress
from tests.integration.kpi.alerting import HEAD, Alerting, a_rule
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import some_id


def a_sale_of_last_week(alerting: Alerting) -> None:
    """Received nine days ago; Anna declines it and is won with it in the last hour, and holds two
    more that came minutes ago, while she can hold one.
    """
    streams = alerting.streams
    streams.emit(
        ManagerChanged(
            manager_id=ANNA, changed_at=streams.at, name="Anna", capacity=1, time_zone="UTC"
        )
    )
    leads = [_received(alerting, number) for number in range(3)]
    alerting.pass_time(days=9)
    streams.at = alerting.now - timedelta(minutes=50)
    contact = some_id("contact", 0)
    streams.assigned(leads[0], contact, ANNA)
    streams.on_lead(LeadDeclined, leads[0], contact, manager_id=ANNA, epoch=1)
    streams.accepted(leads[0], contact, ANNA)
    members = {"manager_id": ANNA, "amount": 500, "currency": "RUB"}
    streams.on_lead(LeadWon, leads[0], contact, **members)
    streams.at = alerting.now - timedelta(minutes=3)
    for number in (1, 2):
        streams.assigned(leads[number], some_id("contact", number), ANNA)


def _received(alerting: Alerting, number: int) -> UUID:
    contact = some_id("contact", number)
    inquiry = alerting.streams.inquiry(number, contact=contact)
    return alerting.streams.opened(number, inquiry=inquiry, contact=contact)


async def tried(alerting: Alerting, indicator: str, **more: Any) -> dict[str, tuple[Any, int]]:
    """The value and the count of each key."""
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    members = {"window_hours": 1, "least": 1, "threshold": 1, "comparison": "above", **more}
    rule = await a_rule(alerting, recipient, indicator=indicator, **members)
    answer = await alerting.ask("POST", f"/v1/alert-rules/{rule['rule_id']}/try")
    assert answer.status_code == 200, answer.text
    findings = answer.json()["findings"]
    return {item["key"]: (item["value"], item["count"]) for item in findings}


async def test_a_rule_watches_what_happened_in_its_window(alerting: Alerting) -> None:
    a_sale_of_last_week(alerting)
    await alerting.consume()
    roubles = {"currency": "RUB"}
    for indicator, more, found in (
        ("won", {}, ("1", 1)),
        ("cohort_won", {}, ("0", 0)),
        ("cohort_won", {"window_hours": 240}, ("1", 1)),
        ("declined", {}, ("1", 1)),
        ("received", {}, ("0", 0)),
        ("won_amount", roubles, ("500", 1)),
        ("cohort_amount", roubles, ("0", 0)),
        ("average_check", roubles, ("500", 1)),
        ("average_check", {"currency": "USD"}, (None, 0)),
        ("accept_kept_share", {}, (None, 0)),  # nobody's time to accept is over
        ("won_share", {"window_hours": 240}, (pytest.approx(1 / 3), 3)),
    ):
        ((value, count),) = (await tried(alerting, indicator, **more)).values()
        number = value if isinstance(found[0], str | None) else float(value)
        assert (number, count) == found, indicator
    by_manager = await tried(alerting, "declined", axis="manager")
    assert by_manager == {str(ANNA): ("1", 1)}


async def test_promises_are_judged_once_they_are_kept_or_broken(alerting: Alerting) -> None:
    leads = [_received(alerting, number) for number in range(3)]
    streams, contacts = alerting.streams, [some_id("contact", number) for number in range(3)]
    streams.at = alerting.now - timedelta(minutes=50)
    streams.assigned(leads[0], contacts[0], ANNA)
    streams.accepted(leads[0], contacts[0], ANNA)
    streams.assigned(leads[1], contacts[1], ANNA)
    streams.at += timedelta(minutes=5)
    expiry = {"manager_id": ANNA, "epoch": 1, "deadline": "accept"}
    streams.on_lead(LeadLeaseExpired, leads[1], contacts[1], **expiry)
    streams.at = alerting.now - timedelta(minutes=17)
    streams.assigned(leads[2], contacts[2], ANNA)
    await alerting.consume()
    assert await tried(alerting, "accept_kept_share") == {"": ("0.5", 2)}
    assert await tried(alerting, "touch_kept_share") == {"": (None, 0)}


async def test_a_third_is_shown_in_six_digits_and_words(alerting: Alerting) -> None:
    contacts = [some_id("contact", number) for number in range(3)]
    leads = [_received(alerting, number) for number in range(3)]
    streams = alerting.streams
    streams.assigned(leads[0], contacts[0], ANNA)
    members = {"manager_id": ANNA, "amount": 500, "currency": "RUB"}
    streams.on_lead(LeadWon, leads[0], contacts[0], **members)
    alerting.pass_time(hours=1)
    await alerting.consume()
    assert await tried(alerting, "won_share", window_hours=24) == {"": ("0.333333", 3)}
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    await a_rule(
        alerting, recipient, indicator="won_share", comparison="below", threshold="0.9", least=1
    )
    await alerting.look()
    answer = await alerting.ask("GET", "/v1/alerts?format=csv&lang=ru")
    for word in ("Показатель", "конверсия в продажу", "компания", "0.333333"):
        assert f'"{word}"' in answer.text


async def test_who_holds_more_than_they_can_is_told_of(alerting: Alerting, sink: Any) -> None:
    a_sale_of_last_week(alerting)
    await alerting.consume()
    assert await tried(alerting, "open_leads") == {"": ("2", 2)}
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    await a_rule(
        alerting,
        recipient,
        indicator="utilisation",
        axis="manager",
        comparison="above",
        threshold=1,
    )
    await alerting.look()
    await alerting.send()
    subjects = [mail["subject"] for mail in sink.mails]
    sentence = "загрузка, менеджер «Anna» — сейчас 200 %, порог: не выше 100 %."
    assert any(subject.endswith(sentence) for subject in subjects), subjects


async def test_a_round_reads_a_figure_once_and_long_windows_when_they_move(
    alerting: Alerting, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    for indicator in ("won", "lost", "cohort_won"):
        for hours in (1, 240):
            await a_rule(alerting, recipient, indicator=indicator, window_hours=hours)
    windows = []

    async def noted(session: Any, period: Any, axis: str, known_on: Any) -> Any:
        windows.append(period.bounds)
        return await counted.sum_counters(session, period, axis, known_on)

    class EndError(Exception):
        pass

    async def attend(*_given: Any, **_more: Any) -> None:
        rounds.append(len(windows))
        alerting.pass_time(minutes=(1, 15, 1)[len(rounds) - 1])
        if len(rounds) == 3:
            raise EndError

    rounds: list[int] = []
    progress = Progress()
    monkeypatch.setattr(indicators, "sum_counters", noted)
    monkeypatch.setattr(progress, "attend", attend)
    loop = watch_loop(alerting.database, clock=lambda: alerting.now)
    with pytest.raises(EndError):
        await loop.run(progress)
    # A window and the one before, of one hour and of ten days; a minute later those of an hour.
    assert rounds == [4, 6, 10]
