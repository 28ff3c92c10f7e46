"""When an indicator is breached, and what is to be told of it.

A breach is told once it has lasted; it is over when the indicator is back, and in between it may be
told again. What cannot be judged, for lack of data, changes nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.kpi.domain.alerts.indicators import INDICATORS, Indicator, Measure

PERCENT = Decimal(100)
QUARTER = timedelta(minutes=15)
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
Window = tuple[datetime, datetime]


class Comparison(StrEnum):
    """`above` and `below` compare with a number; `rises` and `falls` with the time before, by more
    than a percentage.
    """

    ABOVE = "above"
    BELOW = "below"
    RISES = "rises"
    FALLS = "falls"


class Against(StrEnum):
    """The time before: the window just before, or the same one a week earlier."""

    BEFORE = "before"
    WEEK_AGO = "week_ago"


@dataclass(frozen=True, slots=True)
class Rule:
    """`key` is one value of the axis, None each of them. `least` is how many observations a share,
    a time or an average must rest on, and a change of any number; `currency` belongs to money.
    """

    rule_id: UUID
    name: str
    indicator: str
    axis: str
    key: str | None
    comparison: Comparison
    threshold: Decimal
    window_hours: int
    against: Against = Against.BEFORE
    least: int = 0
    for_minutes: int = 0
    remind_hours: int = 0
    currency: str | None = None

    @property
    def is_change(self) -> bool:
        return self.comparison in {Comparison.RISES, Comparison.FALLS}

    @property
    def measured(self) -> Indicator:
        return INDICATORS[self.indicator]

    def windows(self, now: datetime) -> tuple[Window, Window]:
        """Beginning and end of the window, and of the time it is compared with. It ends with the
        last full quarter of an hour, so that any two windows are equally long.
        """
        length = timedelta(hours=self.window_hours)
        shift = timedelta(weeks=1) if self.against is Against.WEEK_AGO else length
        end = now - (now - _ORIGIN) % QUARTER
        return (end - length, end), (end - length - shift, end - shift)


@dataclass(frozen=True, slots=True)
class Finding:
    """`breached` is None where nothing can be said."""

    breached: bool | None
    value: Decimal | None
    before: Decimal | None
    count: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What goes on at one value of a rule's axis: breached since, and the alert once it is told."""

    breached_since: datetime
    alert_id: UUID | None = None
    told_at: datetime | None = None


class Step(StrEnum):
    """What is to be done about a value of an axis."""

    NOTHING = "nothing"
    WATCH = "watch"
    RAISE = "raise"
    REMIND = "remind"
    RESOLVE = "resolve"
    FORGET = "forget"


def judge(rule: Rule, present: Measure, before: Measure) -> Finding:
    """Whether the indicator breaches the rule now."""
    value, earlier = present.value, before.value
    breached: bool | None
    if value is None or rests_on_too_little(rule, present, before):
        breached = None
    elif not rule.is_change:
        breached = value > rule.threshold if _is_above(rule) else value < rule.threshold
    elif not earlier:
        breached = None  # nothing can rise or fall by a percentage of nothing
    else:
        change = (value - earlier) / earlier * PERCENT
        breached = change > rule.threshold if _is_above(rule) else -change > rule.threshold
    return Finding(breached, value, earlier, present.count)


def _is_above(rule: Rule) -> bool:
    return rule.comparison in {Comparison.ABOVE, Comparison.RISES}


def rests_on_too_little(rule: Rule, present: Measure, before: Measure) -> bool:
    """Whether nothing can be said, for lack of observations."""
    counts = (present.count, before.count) if rule.is_change else (present.count,)
    if rule.measured.is_total:
        # A count is what it is; but from 1 to 2 is no rise of 100 % that anybody wants to hear of.
        return rule.is_change and max(counts) < rule.least
    return min(counts) < rule.least


def next_step(rule: Rule, watch: Watch | None, breached: bool | None, *, now: datetime) -> Step:
    """What a verdict leads to."""
    if breached is None:
        return Step.NOTHING
    if not breached:
        if watch is None:
            return Step.NOTHING
        return Step.RESOLVE if watch.alert_id else Step.FORGET
    since = watch.breached_since if watch else now
    if watch is None or watch.alert_id is None:
        lasted = now - since >= timedelta(minutes=rule.for_minutes)
        return Step.RAISE if lasted else Step.WATCH if watch is None else Step.NOTHING
    told_at = watch.told_at or now
    is_due = rule.remind_hours and now - told_at >= timedelta(hours=rule.remind_hours)
    return Step.REMIND if is_due else Step.NOTHING
