"""Mischief in files of plans that somebody brings."""

from datetime import date
from uuid import UUID

from services.kpi.domain.plan.files import read_plan
from services.kpi.domain.plan.terms import Rule, Terms
from tests.attacks.reading.row import Hostile, Row, between, flood, numbered, rows
from tests.attacks.reading.tables import SHEETS

_TERMS = Terms(
    plan_id=UUID(int=0),
    name="plan",
    currency="RUB",
    first_month=date(2027, 1, 1),
    months=36,
    party="channel",
    rule=Rule(),
    season={},
)
_HEAD = "measure,nature,region,product,party,seller,2027-01\n"
_LINE = "revenue,planned,"
PLANS: dict[str, Hostile] = {
    **SHEETS,
    "rows of one line": between(_HEAD, f"{_LINE}a,b,c,d,1\n"),
    "rows of many lines": numbered(_LINE + "{},b,c,d,1\n", before=_HEAD),
    "faults": between(_HEAD, "x,y,z,,,,w\n"),
    "a long name": between(_HEAD + _LINE, "a", ",b,c,d,1"),
    "a long number": between(_HEAD + _LINE + "a,b,c,d,", "1"),
    "a number with a long fraction": between(_HEAD + _LINE + "a,b,c,d,0.", "1"),
    "cells beyond the columns": between(_HEAD + _LINE + "a,b,c,d,1", ",1"),
    "months": flood("2027-01,"),
    "columns that are none": numbered("c{},"),
}


def _read(text: str) -> None:
    read_plan(text, _TERMS)


PLAN_FILES: tuple[Row, ...] = (*rows(read_plan, PLANS, read=_read, name="plan.read_plan"),)
