"""Watches indicators: each rule is judged once a minute, and what that leads to is written and
emitted in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog

from services.kpi.domain.alerts.indicators import NOTHING, ZERO, Origin
from services.kpi.domain.alerts.rules import Finding, Rule, Step, Watch, Window, judge, next_step
from services.kpi.domain.alerts.wording import Telling
from services.kpi.repository.alerts import alerts, indicators, rules
from services.kpi.repository.alerts.alerts import Alert, AlertDelivery
from services.kpi.repository.alerts.indicators import Measures, Readings
from services.kpi.repository.alerts.rules import KeptRule
from services.kpi.repository.deliveries import recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.repository.reports import figures
from services.kpi.use_cases.alerts.deliveries import tell
from services.kpi.use_cases.alerts.rules import ALERTS
from shared.clock import Clock
from shared.contracts.indicators import AlertRaised
from shared.database import Database, Session, reading, transaction
from shared.errors import NotFoundError
from shared.ids import new_id
from shared.messaging.outbox.publish import emit
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
LOOK_SECONDS = 60.0
LONG_HOURS = 48
COMPANY_SUBJECT = "company"
MOST_KEYS = 1000  # values of one axis that one rule watches at once

# By rule: its version, and the window that it was judged by.
Judged = dict[UUID, tuple[int, Window]]


@dataclass(eq=False)
class _Changes:
    """What one look at a rule leads to; `recipients` hear of it."""

    item: KeptRule
    recipients: Sequence[Recipient]
    now: datetime
    watches: dict[str, Watch] = field(default_factory=dict)
    ended_keys: list[str] = field(default_factory=list)
    raised: list[Alert] = field(default_factory=list)
    resolved_ids: list[UUID] = field(default_factory=list)
    deliveries: list[AlertDelivery] = field(default_factory=list)


def watch_loop(database: Database, *, clock: Clock) -> Loop:
    """Judges every active rule once a minute, and soon after a rule was changed."""

    async def run(progress: Progress) -> None:
        judged: Judged = {}
        while True:
            progress.beat()
            judged = await _look_at_all(database, progress, judged, now=clock())
            await progress.attend(database.wakeup, ALERTS, seconds=LOOK_SECONDS)

    return Loop("alerts", run)


async def _look_at_all(
    database: Database, progress: Progress, judged: Judged, *, now: datetime
) -> Judged:
    """Judge every active rule that is due; what each was judged by last."""
    async with reading(database) as session:
        active = await rules.list_active(session)
    readings, present = Readings(), {}
    for item in active:
        progress.beat()
        state = (item.version, item.rule.windows(now)[0])
        if not (is_long(item.rule) and judged.get(item.rule.rule_id) == state):
            await look(database, item.rule.rule_id, now=now, readings=readings)
        present[item.rule.rule_id] = state
    return present


def is_long(rule: Rule) -> bool:
    """Whether it is judged when its window moves, not in between: that reads much, and what comes
    late changes little of it.
    """
    return rule.measured.origin is not Origin.LOAD and rule.window_hours > LONG_HOURS


async def look(
    database: Database, rule_id: UUID, *, now: datetime, readings: Readings | None = None
) -> None:
    """Judge one rule and do what that leads to."""
    async with transaction(database) as session:
        await figures.take_snapshot(session)
        try:
            item = await rules.get_rule(session, rule_id)
        except NotFoundError:
            return
        findings = await judge_all(session, item, now=now, readings=readings)
    async with transaction(database) as session:
        try:
            present = await rules.get_rule(session, rule_id, lock=True)
        except NotFoundError:
            return
        if present.version == item.version and present.active:  # else it is judged again
            await _apply(session, present, findings, now=now)


async def judge_all(
    session: Session, item: KeptRule, *, now: datetime, readings: Readings | None = None
) -> dict[str, Finding]:
    """The finding at each value of the rule's axis, as one snapshot has it, or as it was read in
    this round before.
    """
    rule, readings = item.rule, readings or Readings()
    window, earlier = rule.windows(now)
    present = await indicators.measure(session, rule, window, readings, now=now)
    before: Measures = {}
    if rule.measured.origin is not Origin.LOAD:
        before = await indicators.measure(session, rule, earlier, readings, now=now)
    keys = sorted({*present, *before, *_named(item)})[:MOST_KEYS]
    missing = ZERO if rule.measured.is_total else NOTHING
    return {key: judge(rule, present.get(key, missing), before.get(key, missing)) for key in keys}


def _named(item: KeptRule) -> Sequence[str]:
    """The values that are judged also when nothing came of them at all."""
    if item.rule.axis == "company":
        return (indicators.COMPANY,)
    return () if item.rule.key is None else (item.rule.key,)


async def _apply(
    session: Session, item: KeptRule, findings: Mapping[str, Finding], *, now: datetime
) -> None:
    rule_id = item.rule.rule_id
    watches = await rules.list_watches(session, rule_id)
    by_id = await recipients.find_recipients(session, item.recipient_ids)
    labels = await figures.find_labels(session, item.rule.axis, list(findings))
    changes = _Changes(item, list(by_id.values()), now)
    for key, finding in findings.items():
        step = next_step(item.rule, watches.get(key), finding.breached, now=now)
        if step is not Step.NOTHING:
            alert = _alert(item, key, labels.get(key), finding, watches.get(key), now=now)
            _take(changes, step, alert, watches.get(key))
    await rules.put_watches(session, rule_id, changes.watches)
    await rules.drop_watches(session, rule_id, changes.ended_keys)
    await alerts.add_alerts(session, changes.raised)
    await alerts.resolve_alerts(session, changes.resolved_ids, now=now)
    await alerts.add_deliveries(session, changes.deliveries)
    for alert in changes.raised:
        emit(session, raised_event(alert), now=now)
        log.info("alert.raised", alert_id=str(alert.alert_id), name=alert.indicator)
    if changes.deliveries:
        session.notify_after_commit(ALERTS)


def _take(changes: _Changes, step: Step, alert: Alert, watch: Watch | None) -> None:
    key, now = alert.key, changes.now
    if step is Step.WATCH:
        changes.watches[key] = Watch(now)
    elif step is Step.RAISE:
        since = watch.breached_since if watch else now
        changes.watches[key] = Watch(since, alert.alert_id, now)
        changes.raised.append(alert)
        _tell(changes, alert, Telling.RAISED)
    elif step is Step.REMIND:
        assert watch is not None, "only what was told is told again"
        changes.watches[key] = replace(watch, told_at=now)
        _tell(changes, alert, Telling.REMINDED)
    else:
        changes.ended_keys.append(key)
    if step is Step.RESOLVE:
        changes.resolved_ids.append(alert.alert_id)
        if changes.item.tell_resolved:
            _tell(changes, alert, Telling.RESOLVED)


def _tell(changes: _Changes, alert: Alert, telling: Telling) -> None:
    changes.deliveries += tell(changes.item, changes.recipients, alert, telling, now=changes.now)


def _alert(
    item: KeptRule,
    key: str,
    label: str | None,
    finding: Finding,
    watch: Watch | None,
    *,
    now: datetime,
) -> Alert:
    return Alert(
        alert_id=watch.alert_id if watch and watch.alert_id else new_id(),
        rule_id=item.rule.rule_id,
        rule_name=item.rule.name,
        indicator=item.rule.indicator,
        axis=item.rule.axis,
        key=key,
        label=label,
        value=finding.value,
        before=finding.before,
        threshold=item.rule.threshold,
        raised_at=now,
    )


def raised_event(alert: Alert) -> AlertRaised:
    """An alert as the other services hear of it; its subject is a manager, or the company."""
    is_manager = alert.axis == "manager" and alert.key
    return AlertRaised(
        subject=alert.key if is_manager else COMPANY_SUBJECT,
        raised_at=alert.raised_at,
        indicator=alert.indicator,
        alert_id=alert.alert_id,
        rule_id=alert.rule_id,
        rule_name=alert.rule_name,
        axis=alert.axis,
        axis_key=alert.key,
        label=alert.label,
        value=alert.value,
        before=alert.before,
        threshold=alert.threshold,
    )
