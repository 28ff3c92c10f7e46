"""What a rule of a pool says about an inquiry, fact by fact.

A rule is {fact: values}; all of it must hold. `amount` is {from, to, currency}, `week` a list of
{days, from, to, time_zone}, `not` has the same facts, none of which may hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.routing.domain.facts import Facts, term, terms
from services.routing.domain.week import is_within

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one part of a rule holds: what it wants of the fact, and what the inquiry has."""

    fact: str
    negated: bool
    holds: bool
    wanted: Any
    present: Any


def explain(rule: Rule, facts: Facts) -> list[Verdict]:
    """A verdict on every part of the rule."""
    verdicts = []
    for fact, values in rule.items():
        if fact == "not":
            verdicts += [
                _verdict(name, refused, facts, negated=True) for name, refused in values.items()
            ]
        else:
            verdicts.append(_verdict(fact, values, facts, negated=False))
    return verdicts


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether all of the rule holds. An empty rule never matches."""
    verdicts = explain(rule, facts)
    return bool(verdicts) and all(verdict.holds for verdict in verdicts)


def _verdict(fact: str, condition: Any, facts: Facts, *, negated: bool) -> Verdict:
    present: Any
    if fact == "amount":
        meets, present = _has_amount(condition, facts), _amount(facts)
    elif fact == "week":
        meets, present = any(is_within(window, facts.at) for window in condition), facts.at
    else:
        present = list(facts.texts.get(fact, ()))
        names = {term(fact, value) for value in condition}
        meets = any(not names.isdisjoint(terms(fact, value)) for value in present)
    return Verdict(fact, negated, meets is not negated, condition, present)


def _amount(facts: Facts) -> Mapping[str, Any] | None:
    if facts.amount is None:
        return None
    return {"amount": facts.amount, "currency": facts.currency}


def _has_amount(condition: Mapping[str, Any], facts: Facts) -> bool:
    if facts.amount is None or condition.get("currency") not in {None, facts.currency}:
        return False
    least, limit = bounds(condition)
    return (least is None or least <= facts.amount) and (limit is None or facts.amount < limit)


def bounds(condition: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    """The least amount and the one that is too much, so that ranges meet without overlapping."""
    return _decimal(condition.get("from")), _decimal(condition.get("to"))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
