"""What a sender, a caller or an operator can run into: each limit, read from its constant."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

Number = int | float
BYTES = "bytes"
SECONDS = "seconds"
COUNT = ""
MEBIBYTE = 1_048_576
KIBIBYTE = 1024
PREFACE = """\
# Limits

What is bounded, by how much, and what happens beyond. The numbers are read from the program
(`python -m tests.contract.test_limits --write`); where a variable is named, it changes them.
Lengths and counts of single fields stand in the OpenAPI documents: a value that does not fit is
answered 422 with a pointer to the field. A refusal is a problem document (RFC 9457).
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`place` is "module:NAME" of a constant, or "module:Settings.field" of a setting."""

    what: str
    place: str
    unit: str
    beyond: str

    @property
    def value(self) -> Number:
        module, _, name = self.place.partition(":")
        owner: Any = importlib.import_module(module)
        head, _, setting = name.partition(".")
        if not setting:
            return _number(getattr(owner, head))
        return _number(getattr(owner, head).model_fields[setting].default)

    @property
    def variable(self) -> str:
        """The environment variable that changes it; empty for a constant."""
        module, _, name = self.place.partition(":")
        head, _, setting = name.partition(".")
        if not setting:
            return ""
        owner = getattr(importlib.import_module(module), head)
        alias = owner.model_fields[setting].validation_alias
        return str(alias or owner.model_config["env_prefix"] + setting.upper())


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    limits: Sequence[Limit]


def _number(value: Any) -> Number:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Decimal):
        return int(value)
    assert isinstance(value, int | float), value
    return value


def shown(value: Number, unit: str) -> str:
    if unit == BYTES and value >= MEBIBYTE and value % MEBIBYTE == 0:
        return f"{value // MEBIBYTE} MiB"
    if unit == BYTES and value >= KIBIBYTE and value % KIBIBYTE == 0:
        return f"{value // KIBIBYTE} KiB"
    if unit == SECONDS and value >= 86_400 and value % 86_400 == 0:
        return f"{value // 86_400:.0f} days"
    number = f"{value:g}" if isinstance(value, float) else f"{value:,}".replace(",", " ")
    return f"{number} {unit}".strip()


def document(chapters: Sequence[Chapter]) -> str:
    """`docs/limits.md`, whole."""
    return "\n".join(_lines(chapters)) + "\n"


def _lines(chapters: Sequence[Chapter]) -> Iterator[str]:
    yield from PREFACE.splitlines()
    for chapter in chapters:
        yield ""
        yield f"## {chapter.title}"
        yield ""
        yield "| What | Limit | Beyond it | Changed by |"
        yield "|---|---|---|---|"
        for limit in chapter.limits:
            variable = f"`{limit.variable}`" if limit.variable else "—"
            number = shown(limit.value, limit.unit)
            yield f"| {limit.what} | {number} | {limit.beyond} | {variable} |"
