"""Polls: who is asked what, by which way of asking, and what the answers come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.kpi.domain.forecast.bands import HIGH, LOW, Band
from services.kpi.domain.forecast.market_test import most_who_would, scaled_up
from services.kpi.domain.forecast.opinions import Estimate, Round, delphi, opinion, survey
from services.kpi.domain.forecast.past import OF_MONEY, SUMMED, Measure
from services.kpi.domain.forecast.quantiles import quantile

LONGEST_POLL_DAYS: Final = 1830
LEAST_ANONYMOUS: Final = 3  # answers of a round: with fewer each could tell the other's
LEAST_SAMPLE: Final = 2


class PollKind(StrEnum):
    """`survey`: each of the staff estimates the own part; `executives`: each estimates the whole;
    `delphi`: each the whole, unseen, in rounds; `market_test`: a sample's result is scaled up.
    """

    SURVEY = "survey"
    EXECUTIVES = "executives"
    DELPHI = "delphi"
    MARKET_TEST = "market_test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Of one measure over the days from `first` to before `end`, of the company or one value of an
    axis. A market test has its `sample` and the size of the whole `population`.
    """

    kind: PollKind
    name: str
    measure: Measure
    currency: str | None
    axis: str
    key: str | None
    first: date
    end: date
    sample: Sequence[Decimal] = ()
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody expects in a round; `respondent` is a digest where answers are anonymous."""

    round: int
    respondent: UUID
    name: str | None
    low: Decimal
    likely: Decimal
    high: Decimal

    @property
    def estimate(self) -> Estimate:
        return Estimate(float(self.low), float(self.likely), float(self.high))


def poll_faults(poll: Poll) -> Iterator[tuple[str, str]]:
    """What keeps it from being a poll: the field and why."""
    if (poll.measure in OF_MONEY) != (poll.currency is not None):
        yield "currency", "is of money, which is always in one"
    if poll.end <= poll.first:
        yield "to", "lies after `from`, and is itself not included"
    elif (poll.end - poll.first).days > LONGEST_POLL_DAYS:
        yield "to", f"at most {LONGEST_POLL_DAYS} days after `from`"
    is_added = poll.kind in {PollKind.SURVEY, PollKind.MARKET_TEST}
    if is_added and poll.measure not in SUMMED:
        yield "measure", "does not add up, as parts of a whole must"
    if poll.kind != PollKind.MARKET_TEST:
        if poll.sample:
            yield "sample", "is of a market test"
        if poll.population is not None:
            yield "population", "is of a market test"
    elif len(poll.sample) < LEAST_SAMPLE:
        yield "sample", f"has at least {LEAST_SAMPLE} members"
    elif not any(poll.sample):
        most = most_who_would(len(poll.sample))
        yield "sample", f"nobody bought: that tells no total, but that at most {most:.1%} would"
    elif poll.population is None or poll.population < len(poll.sample):
        yield "population", "is the number of all, of whom the sample is a part"


def answer_faults(low: Decimal, likely: Decimal, high: Decimal) -> Iterator[tuple[str, str]]:
    """The least, the likeliest and the most in their order: the field and why not."""
    if low > likely:
        yield "low", "is the least, and above the likeliest"
    if high < likely:
        yield "high", "is the most, and below the likeliest"


def rounds_of(answers: Sequence[Answer], before: int) -> list[Round]:
    """Figures of the rounds with a number below `before`, without who said what."""
    values: dict[int, list[float]] = {}
    for answer in answers:
        if answer.round < before:
            values.setdefault(answer.round, []).append(float(answer.likely))
    return delphi([values[number] for number in sorted(values)])


def estimates_of(answers: Sequence[Answer]) -> list[Estimate]:
    """Those of the last round."""
    last = max((answer.round for answer in answers), default=0)
    return [answer.estimate for answer in answers if answer.round == last]


def band_of(poll: Poll, estimates: Sequence[Estimate]) -> Band | None:
    """What the estimates of the last round, or the sample, come to; None where there is nothing."""
    if poll.kind == PollKind.MARKET_TEST:
        return scaled_up([float(value) for value in poll.sample], poll.population or 0)
    if not estimates:
        return None
    if poll.kind == PollKind.SURVEY:
        return survey(estimates)
    if poll.kind == PollKind.EXECUTIVES:
        return opinion(estimates)
    ordered = sorted(estimate.likely for estimate in estimates)
    return Band(*(quantile(ordered, share) for share in (LOW, 0.5, HIGH)))
