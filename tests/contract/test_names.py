"""Names that people give to what they configure are in one line, in every body of every service."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tests.contract.apps import SERVICES, build_app
from tests.contract.body_models import models_of, read, routes_of

# Not what senders wrote, by which figures are grouped: it is named as it is.
NAMES = {"name", "title", "label", "owner", "respondent", "loss_reason", "stage"}
WORDS = {"reason", "challenge", "assumption", "cause", "action", "result", "programme"}
# What shops say of their customers is kept as it came; and what held events are looked for by.
OTHERS = {"BuyerIn", "PurchaseIn", "ReplayWish"}
CONTROLS = ("\a", "\x1b[2J", "\x9f", "\u202e", "\x00")


def _fields(service: str, folder: Path, names: set[str]) -> list[tuple[str, FieldInfo]]:
    """Those of the names that are texts, of all bodies of a service."""
    app: Any = build_app(service, keys=folder / "keys-are-not-read.json")
    seen: set[type[BaseModel]] = set()
    routes = [route for route in routes_of(app) if route.body_field]
    return [
        (f"{model.__name__}.{name}", info)
        for route in routes
        for model in models_of(route.body_field.field_info.annotation, seen)  # type: ignore[union-attr]
        if model.__name__ not in OTHERS
        for name, info in model.model_fields.items()
        if name in names and _is_text(info)
    ]


def _is_text(info: FieldInfo) -> bool:
    """Not one of a few words, an id or a key."""
    try:
        return bool(read(info, "a b") == "a b")
    except ValidationError:
        return False


def _taken(place: str, value: Any) -> None:
    pytest.fail(f"{place} takes {value!r}")


@pytest.mark.parametrize("service", SERVICES)
def test_names_are_in_one_line(service: str, tmp_path: Path) -> None:
    fields = _fields(service, tmp_path, NAMES)
    assert fields
    for place, info in fields:
        assert read(info, " a \r\n\t\u2028b\u200b\xa0 ") == "a b", place
        assert read(info, "и\u0306") == "й", place
        for sign in CONTROLS:
            with pytest.raises(ValidationError):
                _taken(place, read(info, f"a{sign}b"))


@pytest.mark.parametrize("service", SERVICES)
def test_words_are_lines_without_control_characters(service: str, tmp_path: Path) -> None:
    for place, info in _fields(service, tmp_path, WORDS):
        assert read(info, " a\r\nb\x85 c\n") == "a\nb\n c", place
        for sign in CONTROLS:
            with pytest.raises(ValidationError):
                _taken(place, read(info, f"a{sign}b"))
