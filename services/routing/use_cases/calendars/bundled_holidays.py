"""Public holidays of countries, as the release knows them: days off, and days worked instead."""

from functools import lru_cache

from holidays import country_holidays, list_supported_countries

from services.routing.domain.calendars.shape import Holidays
from shared.errors import InvalidError


@lru_cache(maxsize=64)
def holidays_in(country: str, subdivision: str | None, years: tuple[int, ...]) -> Holidays:
    """The holidays of a country, or of a part of it. A day of rest that was moved is worked as the
    weekday on which it was taken instead, as far as a decree is known.
    """
    days = country_holidays(country, subdiv=subdivision, years=years)
    worked = {day: FRIDAY for day in days.weekend_workdays if day.year in years}
    return Holidays(frozenset(days), worked)


FRIDAY = 5  # a weekend's day that is worked closes the week


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return dict(list_supported_countries())


def check_country(country: str, subdivision: str | None) -> None:
    """Raises InvalidError for a country, or a part of one, that the release does not know."""
    if country not in _countries():
        raise InvalidError("The country is not known.", errors=[("/country", "not known")])
    if subdivision is not None and subdivision not in _countries()[country]:
        raise InvalidError("It is no part.", errors=[("/subdivision", "no part of the country")])
