"""The indicators that alerts may watch, and how each is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """What an indicator's number is: a count, a share from 0 to 1, seconds, or money."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Indicator:
    """`names` by language. A count says itself how much it rests on; of the others `count` of a
    measure does.
    """

    key: str
    unit: Unit
    names: Mapping[str, str]


def _counted(key: str, ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.COUNT, {"ru": ru, "en": en})


def _share(key: str, ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.SHARE, {"ru": ru, "en": en})


INDICATORS: Final[Mapping[str, Indicator]] = {
    item.key: item
    for item in (
        _counted("received", "обращения", "inquiries"),
        _counted("assigned", "назначенные лиды", "assigned leads"),
        _counted("accepted", "принятые лиды", "accepted leads"),
        _counted("contacted", "лиды с первым контактом", "contacted leads"),
        _counted("won", "продажи", "sales"),
        _counted("lost", "потерянные лиды", "lost leads"),
        _share("assigned_share", "доля назначенных", "share assigned"),
        _share("contacted_share", "доля с первым контактом", "share contacted"),
        _share("won_share", "конверсия в продажу", "conversion to sales"),
        _share("lost_share", "доля потерянных", "share lost"),
        Indicator(
            "response_p50",
            Unit.SECONDS,
            {"ru": "медиана времени до контакта", "en": "median time to contact"},
        ),
        Indicator(
            "response_p90",
            Unit.SECONDS,
            {"ru": "время до контакта, 90 %", "en": "time to contact, 90 %"},
        ),
        Indicator("won_amount", Unit.MONEY, {"ru": "сумма продаж", "en": "amount sold"}),
    )
}
AXES: Final[Mapping[str, Mapping[str, str]]] = {
    "company": {"ru": "компания", "en": "the company"},
    "source": {"ru": "источник", "en": "source"},
    "channel": {"ru": "канал", "en": "channel"},
    "manager": {"ru": "менеджер", "en": "manager"},
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number, None where it has no meaning, and how many observations it rests on."""

    value: Decimal | None
    count: int


NOTHING: Final = Measure(None, 0)
ZERO: Final = Measure(Decimal(0), 0)
