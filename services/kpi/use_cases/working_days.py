"""Whose working days count for a cut of the company: a manager's, a country's, or everybody's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from holidays import country_holidays, list_supported_countries

from services.kpi.domain.labels import label_key
from services.kpi.domain.territories.tree import countries_of
from services.kpi.domain.working_days import (
    NONE_OFF,
    DaysBy,
    DaysOff,
    WorkingDays,
    mean_days,
    own_days,
    usual_days,
)
from services.kpi.repository.organisation.calendars import Person, list_people
from services.kpi.repository.territories.territories import read_tree
from shared.database import Session
from shared.errors import InvalidError

_IN_MEMORY: Final = 64  # countries and years


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(list_supported_countries())


def is_country(name: str) -> bool:
    """Whether its public holidays are known."""
    return name in _countries()


def require_country(name: str) -> None:
    """Raises InvalidError."""
    if not is_country(name):
        raise InvalidError("The country is not known.", errors=[("/country", "not known")])


def holidays_of(country: str | None, days: Sequence[date]) -> dict[date, str]:
    """The public holidays of a country among the days, and what they are called there. Raises
    InvalidError.
    """
    if country is None:
        return {}
    require_country(country)
    if not days:
        return {}
    years = range(days[0].year, days[-1].year + 1)
    # Without a language the machine's would be taken.
    language = country_holidays(country).default_language
    names = country_holidays(country, years=years, language=language)
    return {day: str(names[day]) for day in days if day in names}


def days_off(country: str | None, years: Iterable[int]) -> DaysOff:
    """The public holidays of a country in these years, and the days of weekends that are worked
    instead, as far as a decree is known; of a country that is not known, or of none, nothing.
    """
    if country is None or not is_country(country):
        return NONE_OFF
    return _days_off(country, tuple(years))


@lru_cache(maxsize=_IN_MEMORY)
def _days_off(country: str, years: tuple[int, ...]) -> DaysOff:
    days = country_holidays(country, years=years)
    return DaysOff(frozenset(days), frozenset(days.weekend_workdays))


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysWish:
    """Over the days of the zone from `first` to before `end`: `home` is the company's country,
    `country` one whose holidays count for everything in place of whatever else would.
    """

    first: date
    end: date
    zone: ZoneInfo
    home: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Calendars:
    """Where the working days of cuts are found."""

    wish: DaysWish
    people: Mapping[UUID, Person]
    countries: Mapping[str, str]

    def of(self, *, region: str | None = None, seller: str | None = None) -> WorkingDays:
        """Of one seller the own days; of one region those of its territory's country, or of the
        company's; else those of the company: the mean of its managers, or where none of them has a
        calendar, the usual week without its country's holidays.
        """
        wish = self.wish
        if wish.country is not None:
            return self._usual(wish.country)
        person = self._person(seller)
        if person is not None:
            return own_days(person.own, wish.first, wish.end, wish.zone, self._home_off)
        if region:
            return self._usual(self.countries.get(label_key(region), wish.home))
        present = [one.own for one in self.people.values() if not one.has_left]
        if any(own.calendar is not None for own in present):
            return mean_days(present, wish.first, wish.end, wish.zone, self._home_off)
        return self._usual(wish.home)

    def _person(self, seller: str | None) -> Person | None:
        """Values of an axis are any words."""
        try:
            return self.people.get(UUID(seller)) if seller else None
        except ValueError:
            return None

    @property
    def _home_off(self) -> DaysOff:
        return self._off(self.wish.home)

    def _off(self, country: str | None) -> DaysOff:
        return days_off(country, range(self.wish.first.year, self.wish.end.year + 1))

    def _usual(self, country: str | None) -> WorkingDays:
        name = country if country is not None and is_country(country) else None
        by: DaysBy = "weekdays" if name is None else "country"
        return usual_days(by, name, self.wish.first, self.wish.end, self._off(name))


async def read_calendars(session: Session, wish: DaysWish, *, by_region: bool) -> Calendars:
    """`by_region` tells whether regions are asked for. Raises InvalidError for a country that is
    not known.
    """
    if wish.country is not None:
        require_country(wish.country)
    if wish.country is not None or wish.first >= wish.end:
        return Calendars(wish, {}, {})
    countries = countries_of(await read_tree(session)) if by_region else {}
    return Calendars(wish, await list_people(session), countries)
