"""No request may name a moment or a day by a number: pydantic takes one for seconds since 1970, and
`from=2026` would quietly be a moment of that year.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, cast, get_args, get_origin

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tests.contract.apps import DECLARATIONS, SERVICES

TIMES = {date, datetime, AwareDatetime}
# Midnight of a day, which may pass for the day, too.
NUMBERS = (1_764_288_000, "1764288000", 1_764_288_000_000)


def annotated(field: FieldInfo) -> Any:
    if not field.metadata:
        return field.annotation
    return cast("Any", Annotated)[(field.annotation, *field.metadata)]


def times_of(annotation: Any, path: str, seen: frozenset[type]) -> Iterator[tuple[str, Any]]:
    """The places in a type at which a moment or a day stands, and their types as annotated."""
    if get_origin(annotation) is Annotated:
        if get_args(annotation)[0] in TIMES:
            yield path, annotation
        else:
            yield from times_of(get_args(annotation)[0], path, seen)
    elif annotation in TIMES:
        yield path, annotation
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        # A strict model takes no number for a time by itself.
        if annotation not in seen and not annotation.model_config.get("strict"):
            for name, field in annotation.model_fields.items():
                place = f"{path}/{field.alias or name}"
                yield from times_of(annotated(field), place, seen | {annotation})
    else:
        for part in get_args(annotation):
            yield from times_of(part, path, seen)


def parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for field in [*dependant.query_params, *dependant.path_params, *dependant.header_params]:
        yield from times_of(annotated(field.field_info), f"/{field.alias}", frozenset())
    for inner in dependant.dependencies:
        yield from parameters(inner)


def asked(route: APIRoute) -> Iterator[tuple[str, Any]]:
    """The times that a route is asked with."""
    yield from parameters(route.dependant)
    if route.body_field is not None:
        yield from times_of(route.body_field.field_info.annotation, "", frozenset())


def takes(annotation: Any, value: object) -> bool:
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("service", SERVICES)
def test_no_number_is_a_time(service: str) -> None:
    routers = DECLARATIONS[service].routers
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    times = [(route, *time) for route in routes for time in asked(route)]
    assert times, "nothing was looked at"
    assert not [
        (route.path, place, number)
        for route, place, annotation in times
        for number in NUMBERS
        if takes(annotation, number)
    ]
    assert all(
        takes(annotation, "2026-11-28T00:00:00+00:00") or takes(annotation, "2026-11-28")
        for _, _, annotation in times
    )
