"""Alerts as people read them, in Russian and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from services.kpi.domain.alerts.indicators import AXES, Origin, Unit
from services.kpi.domain.alerts.rules import PERCENT, Comparison, Rule

LANGUAGES: Final = ("ru", "en")
NO_MANAGER: Final[Mapping[str, str]] = {"ru": "без менеджера", "en": "nobody"}


class Telling(StrEnum):
    """Why somebody is told: it began, it goes on, it is over, or somebody tries it out."""

    RAISED = "raised"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    TRIED = "tried"


_HEADS: Final[Mapping[str, Mapping[Telling, str]]] = {
    "ru": {
        Telling.RAISED: "Внимание",
        Telling.REMINDED: "Всё ещё",
        Telling.RESOLVED: "Снова в норме",
        Telling.TRIED: "Проверка",
    },
    "en": {
        Telling.RAISED: "Alert",
        Telling.REMINDED: "Still",
        Telling.RESOLVED: "Resolved",
        Telling.TRIED: "Test",
    },
}
_LIMITS: Final[Mapping[str, Mapping[Comparison, str]]] = {
    "ru": {
        Comparison.ABOVE: "порог: не выше {}",
        Comparison.BELOW: "порог: не ниже {}",
        Comparison.RISES: "порог: рост не больше {} %",
        Comparison.FALLS: "порог: спад не больше {} %",
    },
    "en": {
        Comparison.ABOVE: "limit: at most {}",
        Comparison.BELOW: "limit: at least {}",
        Comparison.RISES: "limit: a rise of at most {} %",
        Comparison.FALLS: "limit: a fall of at most {} %",
    },
}
_FRAMES: Final = {
    "ru": "{head}: {name}, {whom} — {value}{before} за {hours} ч, {limit}.",
    "en": "{head}: {name}, {whom} — {value}{before} in {hours} h, {limit}.",
}
_FRAMES_NOW: Final = {
    "ru": "{head}: {name}, {whom} — сейчас {value}, {limit}.",
    "en": "{head}: {name}, {whom} — {value} now, {limit}.",
}
_BEFORE: Final = {"ru": " (было {})", "en": " (was {})"}
_UNKNOWN: Final = {"ru": "нет данных", "en": "no data"}
_UNITS: Final = {"ru": ("ч", "мин", "с"), "en": ("h", "min", "s")}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about: a value of an axis, and what it is called."""

    axis: str
    key: str
    label: str | None

    def words(self, language: str) -> str:
        if self.axis == "company":
            return AXES["company"][language]
        name = self.label or self.key or NO_MANAGER[language]
        return f"{AXES[self.axis][language]} «{name}»"


def sentence(
    rule: Rule,
    subject: Subject,
    telling: Telling,
    *,
    value: Decimal | None,
    before: Decimal | None,
    language: str,
) -> str:
    """One sentence that says what happened, to whom, how much and against which limit."""
    unit = rule.measured.unit
    frames = _FRAMES_NOW if rule.measured.origin is Origin.LOAD else _FRAMES
    limit = (
        number(rule.threshold, language)
        if rule.is_change
        else amount(rule.threshold, unit, language, currency=rule.currency)
    )
    earlier = amount(before, unit, language, currency=rule.currency)
    return frames[language].format(
        head=_HEADS[language][telling],
        name=rule.measured.names[language],
        whom=subject.words(language),
        value=amount(value, unit, language, currency=rule.currency),
        before=_BEFORE[language].format(earlier) if rule.is_change else "",
        hours=rule.window_hours,
        limit=_LIMITS[language][rule.comparison].format(limit),
    )


def amount(value: Decimal | None, unit: Unit, language: str, *, currency: str | None = None) -> str:
    """A number with its unit as people of that language write it."""
    if value is None:
        return _UNKNOWN[language]
    if unit is Unit.SHARE:
        return f"{number(value * PERCENT, language)} %"
    if unit is Unit.SECONDS:
        return _duration(int(value), language)
    if unit is Unit.MONEY:
        text = _money(value, language)
        return f"{text} {currency}" if currency else text
    return number(value, language)


def day_said(day: date, language: str) -> str:
    """A day, also the one of a moment: in English so that nobody takes its month for the day."""
    return f"{day:%Y-%m-%d}" if language == "en" else f"{day:%d.%m.%Y}"


def number(value: Decimal, language: str) -> str:
    """At most two decimals, thousands apart by a space that does not break."""
    return _written(_two_places(value).rstrip("0").rstrip("."), language)


def _money(value: Decimal, language: str) -> str:
    """Two decimals where there are any."""
    return _written(_two_places(value).removesuffix(".00"), language)


def _two_places(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,.2f}"


def _written(text: str, language: str) -> str:
    spaced = text.replace(",", "\u00a0")
    return spaced.replace(".", ",") if language == "ru" else spaced


def _duration(seconds: int, language: str) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    units = _UNITS[language]
    sizes = zip((hours, minutes, seconds), units, strict=True)
    parts = [f"{size} {unit}" for size, unit in sizes if size]
    return " ".join(parts) or f"0 {units[-1]}"
