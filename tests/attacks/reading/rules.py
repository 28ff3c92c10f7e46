"""Mischief against the rules of pools, which read what customers wrote of product and campaign."""

from services.routing.domain import facts
from tests.attacks.reading.row import Row, flood, rows
from tests.attacks.reading.words import TEXTS

RULES: tuple[Row, ...] = rows(
    facts.terms,
    {**TEXTS, "short words": flood("a b-c "), "no composed letter": flood("и\u0306")},
    read=lambda text: facts.terms.__wrapped__("product", text),
)
