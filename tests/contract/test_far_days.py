"""Days that no company has are refused, wherever kpi takes one, and the field is named."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tests.contract.apps import build_app
from tests.contract.body_models import models_of, read, routes_of

FAR = ("0001-01-01", "9999-12-31")
# Periods are held against bounds where their days are held against each other, and days of a period
# against that: tests/integration/kpi/test_reports.py.
PERIODS = {"services.kpi.routes.periods", "services.kpi.routes.drill_down"}


def _parameters(dependant: Dependant) -> Iterator[tuple[str, FieldInfo]]:
    for field in (*dependant.query_params, *dependant.path_params):
        yield field.name, field.field_info
    for inner in dependant.dependencies:
        if getattr(inner.call, "__module__", "") not in PERIODS:
            yield from _parameters(inner)


def _fields(folder: Path) -> Iterator[tuple[str, FieldInfo]]:
    app: Any = build_app("kpi", keys=folder / "keys-are-not-read.json")
    seen: set[type[BaseModel]] = set()
    for route in routes_of(app):
        bodies = [] if route.body_field is None else [route.body_field.field_info.annotation]
        for model in (one for body in bodies for one in models_of(body, seen)):
            for name, info in model.model_fields.items():
                yield f"{model.__name__}.{name}", info
        for name, info in _parameters(route.dependant):
            yield f"{route.path}?{name}", info


def _is_day(info: FieldInfo) -> bool:
    try:
        return isinstance(read(info, "2026-03-01"), date)
    except ValidationError:
        return False


def test_no_field_takes_a_day_that_no_company_has(tmp_path: Path) -> None:
    fields = [(place, info) for place, info in _fields(tmp_path) if _is_day(info)]
    assert len(fields) > 10
    for place, info in fields:
        for day in FAR:
            with pytest.raises(ValidationError):
                pytest.fail(f"{place} takes {read(info, day)}")
