"""What callers name is called something: blanks are no name, and none stand around one."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from services.kpi.service import KPI
from shared.web.fields import Body

NAMED = frozenset({"name", "owner", "seed", "url"})


def bodies(above: type[BaseModel] = Body) -> Iterator[type[BaseModel]]:
    """Whatever kpi's routes take, by the service that they belong to."""
    assert KPI.name == "kpi"
    for body in above.__subclasses__():
        if body.__module__.startswith("services.kpi.schemas"):
            yield body
            yield from bodies(body)


FIELDS = sorted(
    {(body, field) for body in bodies() for field in NAMED & body.model_fields.keys()},
    key=lambda item: (item[0].__name__, item[1]),
)


def test_all_kinds_of_names_are_tried() -> None:
    assert {"RecipientIn", "RuleIn", "GoalIn", "PlanIn", "TerritoryIn", "CustomerListIn"} <= {
        body.__name__ for body, _ in FIELDS
    }


@pytest.mark.parametrize(("body", "field"), FIELDS)
@pytest.mark.parametrize("text", ["", " ", "\t\u00a0\n"])
def test_blanks_are_no_name(body: type[BaseModel], field: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate({field: text})
    assert [error["type"] for error in refused.value.errors() if error["loc"] == (field,)] == [
        "string_too_short"
    ]
