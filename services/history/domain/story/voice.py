"""How times, money, durations and numbers are written in Russian and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.languages import Words

LANGUAGES: Final = ("ru", "en")
_MONTHS: Final = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip
_ENGLISH_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SPACE: Final = "\N{NO-BREAK SPACE}"
_SIGNS: Final = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸"}
_UNITS: Final = (Words("ч", "h"), Words("мин", "min"), Words("с", "s"))
_YES, _NO = Words("да", "yes"), Words("нет", "no")


@dataclass(frozen=True, slots=True)
class Voice:
    """Who a story is told to: the language, the zone of all times, and managers' names by ids."""

    language: str
    zone: ZoneInfo
    managers: Mapping[UUID, str]

    def say(self, words: Words) -> str:
        return words.said(self.language)

    def date(self, at: datetime) -> str:
        """As `2 марта 2026`, `2 March 2026`."""
        local = at.astimezone(self.zone)
        months = _MONTHS if self.language == "ru" else _ENGLISH_MONTHS
        return f"{local.day} {months[local.month - 1]} {local.year}"

    def time(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%H:%M")

    def moment(self, at: datetime) -> str:
        return f"{self.date(at)}, {self.time(at)}"

    def number(self, value: float | Decimal) -> str:
        """With thousands apart, and no more digits than it has."""
        digits = f"{Decimal(str(value)):,f}"
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        return self._apart(digits)

    def money(self, amount: float | Decimal, currency: str | None) -> str:
        """An amount in its currency: whole, or with two digits behind the point."""
        value = Decimal(str(amount))
        digits = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
        sign = currency or ""
        if self.language == "ru":
            sign = _SIGNS.get(sign, sign)
        return f"{self._apart(digits)}{_SPACE}{sign}".strip()

    def duration(self, seconds: float) -> str:
        """As `1 ч 5 мин`, `3 min 5 s`: its two largest units, or `0 s`."""
        minutes, rest = divmod(round(seconds), 60)
        counts = (*divmod(minutes, 60), rest)
        parts = [
            f"{count}{_SPACE}{self.say(unit)}"
            for count, unit in zip(counts, _UNITS, strict=True)
            if count
        ]
        return " ".join(parts[:2]) or f"0{_SPACE}{self.say(_UNITS[-1])}"

    def flag(self, *, value: bool) -> str:
        return self.say(_YES if value else _NO)

    def _apart(self, digits: str) -> str:
        if self.language != "ru":
            return digits
        return digits.replace(",", _SPACE).replace(".", ",").replace("-", "\N{MINUS SIGN}")
