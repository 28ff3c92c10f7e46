"""What the parameters of reports on money mean, for all of them."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query

from services.kpi.domain.attribution import Model
from services.kpi.domain.exports.about import About
from services.kpi.domain.paths.credits import MOST_LOOKBACK_DAYS
from services.kpi.domain.periods import PeriodError
from services.kpi.routes.periods import KnownOnOf, PeriodOf, refused
from services.kpi.schemas.comparison import Compare
from services.kpi.use_cases.money.views import MoneyWish
from shared.errors import InvalidError
from shared.text import Text

NONE = "none"
MOST_DAYS: Final = 4000  # of a report by day, those of the period before among them
LookbackDays = Annotated[int, Query(ge=1, le=MOST_LOOKBACK_DAYS)]
Word = Annotated[Text | None, Query(max_length=500, description="Empty: that which has none")]
IdOrNone = Annotated[str | None, Query(max_length=36, description="An id, or `none`")]


@dataclass(frozen=True, slots=True)
class Common:
    """What every report takes."""

    days: PeriodOf
    known_on: KnownOnOf
    lookback_days: LookbackDays = 90

    def wish(self, group_by: str, model: Model, *, compare: Compare | None = None) -> MoneyWish:
        """Raises InvalidError where there is nothing to compare with, or for too many days."""
        dimensions = group_by.split(",") if group_by else []
        most = MOST_DAYS if compare is None else MOST_DAYS // 2
        if "day" in dimensions and (self.days.end - self.days.first).days > most:
            raise refused(PeriodError("to", f"by day at most {most} days after `from`"))
        try:
            if compare is not None:
                self.days.previous()
        except PeriodError as error:
            raise refused(error) from error
        return MoneyWish(
            self.days,
            dimensions,
            model,
            self.lookback_days,
            self.known_on,
            compare is not None,
        )

    def about(self, name: str, **choices: object) -> About:
        """What the table of a report says of itself."""
        choices["lookback_days"] = self.lookback_days
        return About(name, self.days, self.known_on, choices)


CommonOf = Annotated[Common, Depends()]


@dataclass(frozen=True, slots=True)
class Narrow:
    """Of which group a number is drilled into."""

    source: IdOrNone = None
    channel: Word = None
    ad_channel: Word = None
    campaign: Word = None
    region: Word = None
    product: Word = None

    def conditions(self) -> list[tuple[str, Any]]:
        """Dimensions and their values; None for what has none. Raises InvalidError."""
        conditions: list[tuple[str, Any]] = []
        if self.source is not None:
            conditions.append(("source", id_of("source", self.source)))
        words = {"channel": self.channel, "region": self.region, "product": self.product}
        conditions += [(name, word or None) for name, word in words.items() if word is not None]
        for name in ("ad_channel", "campaign"):
            if (value := getattr(self, name)) is not None:
                # As groups are told apart, so that whatever a report names can be asked for.
                conditions.append((name, value.strip(" ").lower() or None))
        return conditions


NarrowOf = Annotated[Narrow, Depends()]


def id_of(name: str, text: str) -> UUID | None:
    """The id, or None for `none`. Raises InvalidError."""
    try:
        return None if text == NONE else UUID(text)
    except ValueError:
        raise InvalidError(f"No such {name}.", errors=[(f"/{name}", "is an id, or none")]) from None


def named(conditions: list[tuple[str, Any]]) -> dict[str, object]:
    """The conditions as a table names them."""
    return {name: NONE if value is None else value for name, value in conditions}
