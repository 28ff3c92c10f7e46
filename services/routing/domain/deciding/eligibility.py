"""Who is able to take a lead: what a lead needs, and what a candidate lacks."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting

Levels = tuple[tuple[str, float], ...]
Traits = tuple[tuple[str, str], ...]  # of (name of the trait, value without case)
NO_LEVEL = -1.0  # below every level that may be asked for


class Verdict(StrEnum):
    """What became of a candidate. `TIER`: in a tier that was not asked, or may not be yet."""

    CHOSEN = "chosen"
    ELIGIBLE = "eligible"
    LEFT = "left"
    OFF_DUTY = "off_duty"
    SKILL = "skill"
    LANGUAGE = "language"
    REGION = "region"
    PRODUCT = "product"
    TIER = "tier"
    PASSED_OVER = "passed_over"
    LIMIT = "limit"
    ROOM = "room"


class Need(NamedTuple):
    """What of a lead decides who is able to take it, and how well they fit."""

    skills: Levels
    traits: Traits
    nice_skills: Levels
    nice_traits: Traits


NOTHING = Need((), (), (), ())


def need_of(lead: Waiting, terms: Terms) -> Need:
    if not (lead.skills or lead.nice_skills or terms.match or terms.prefer):
        return NOTHING
    return Need(
        _levels(lead.skills),
        _traits(lead, terms.match),
        _levels(lead.nice_skills),
        _traits(lead, terms.prefer),
    )


def _levels(skills: Mapping[str, float]) -> Levels:
    return tuple(sorted(skills.items()))


def _traits(lead: Waiting, names: Sequence[str]) -> Traits:
    # What a lead does not tell cannot be asked for.
    values = {"language": lead.language, "region": lead.region, "product": lead.product}
    return tuple((name, value.casefold()) for name in names if (value := values[name]))


def missing(candidate: Candidate, need: Need) -> Verdict | None:
    """The first thing that the lead needs and the candidate does not have."""
    for name, level in need.skills:
        if candidate.skills.get(name, NO_LEVEL) < level:
            return Verdict.SKILL
    for name, value in need.traits:
        if not _has_trait(candidate, name, value):
            return Verdict(name)
    return None


def fit(candidate: Candidate, need: Need) -> float:
    """The share of what is welcome that the candidate has; 0 where nothing is."""
    count = len(need.nice_skills) + len(need.nice_traits)
    if not count:
        return 0.0
    skills = sum(candidate.skills.get(name, NO_LEVEL) >= level for name, level in need.nice_skills)
    traits = sum(_has_trait(candidate, name, value) for name, value in need.nice_traits)
    return (skills + traits) / count


def _has_trait(candidate: Candidate, name: str, value: str) -> bool:
    """Whether the trait is among the candidate's. Whoever lists no regions, or no products, is for
    any; a language has to be listed.
    """
    match name:
        case "language":
            return any(item.casefold() == value for item in candidate.languages)
        case "region":
            values = candidate.regions
        case _:
            values = candidate.products
    return not values or any(item.casefold() == value for item in values)
