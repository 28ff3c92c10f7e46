"""What people and samples say beside a forecast of the same days."""

from decimal import Decimal
from typing import NamedTuple

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.past import SUMMED
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.opinions.polls import band_of
from services.kpi.repository.forecast.forecasts import WholeForecast
from services.kpi.repository.opinions.polls import PollRow, answers_of, list_beside
from shared.database import Session


class OpinionBeside(NamedTuple):
    """A closed poll, what it comes to, and the likeliest value that the forecast has of the same
    days; None where its steps do not make them up, or do not add up.
    """

    row: PollRow
    band: Band
    forecast: Decimal | None


async def opinions_beside(session: Session, whole: WholeForecast) -> list[OpinionBeside]:
    """Of the same thing, of days that lie in the forecast's."""
    head = whole.head
    end = steps_from(whole.steps[-1].day, head.step, 2)[1]
    polls = await list_beside(
        session,
        whole.steps[0].day,
        end,
        measure=head.measure,
        axis=head.axis,
        key=head.key,
        currency=head.currency,
    )
    answers = await answers_of(session, polls)
    bands = [(row, band_of(row.poll, answers[row.poll_id])) for row in polls]
    return [
        OpinionBeside(row, band, _likeliest(whole, row)) for row, band in bands if band is not None
    ]


def _likeliest(whole: WholeForecast, row: PollRow) -> Decimal | None:
    poll = row.poll
    steps = [step for step in whole.steps if poll.first <= step.day < poll.end]
    if not steps or steps[0].day != poll.first:
        return None
    if steps_from(steps[-1].day, whole.head.step, 2)[1] != poll.end:
        return None
    if poll.measure not in SUMMED:
        return steps[0].p50 if len(steps) == 1 else None
    return sum((step.p50 for step in steps), Decimal(0))
