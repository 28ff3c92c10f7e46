"""The routes of an app, the models of their bodies, and what a field makes of a text."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo


def models_of(annotation: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if is_model and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for info in annotation.model_fields.values():
            yield from models_of(info.annotation, seen)
    for part in get_args(annotation):
        yield from models_of(part, seen)


def routes_of(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router)


def read(info: FieldInfo, text: str) -> Any:
    return TypeAdapter(info.rebuild_annotation()).validate_json(json.dumps(text))
