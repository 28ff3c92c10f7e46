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


class Origin(StrEnum):
    """Where an indicator's number comes from: what happened in the window; what became of what was
    received in it; first responses to that; or what managers hold when it is judged.
    """

    ACTIVITY = "activity"
    COHORT = "cohort"
    RESPONSE = "response"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Indicator:
    """`names` by language. `parts` are measures of counters: the number's own, and of a share or an
    average what it is divided by.
    """

    key: str
    unit: Unit
    origin: Origin
    names: Mapping[str, str]
    parts: tuple[str, ...] = ()

    @property
    def is_total(self) -> bool:
        """Whether the number says itself how much it rests on, so that none at all is 0. How much
        others rest on is the `count` of a measure.
        """
        is_sum = self.unit in {Unit.COUNT, Unit.MONEY} and len(self.parts) <= 1
        return is_sum and self.origin is not Origin.RESPONSE


def _happened(key: str, ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.COUNT, Origin.ACTIVITY, {"ru": ru, "en": en}, (key,))


def _became(key: str, ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.COUNT, Origin.COHORT, {"ru": ru, "en": en}, (key,))


def _share(part: str, whole: str, ru: str, en: str) -> Indicator:
    key = f"{part.removeprefix('cohort_')}_share"
    origin = Origin.COHORT if part.startswith("cohort_") else Origin.ACTIVITY
    return Indicator(key, Unit.SHARE, origin, {"ru": ru, "en": en}, (part, whole))


def _money(key: str, origin: Origin, parts: tuple[str, ...], ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.MONEY, origin, {"ru": ru, "en": en}, parts)


def _waited(key: str, ru: str, en: str) -> Indicator:
    return Indicator(key, Unit.SECONDS, Origin.RESPONSE, {"ru": ru, "en": en})


def _held(key: str, unit: Unit, ru: str, en: str) -> Indicator:
    return Indicator(key, unit, Origin.LOAD, {"ru": ru, "en": en})


INDICATORS: Final[Mapping[str, Indicator]] = {
    item.key: item
    for item in (
        _happened("received", "обращения", "inquiries"),
        _happened("opened", "новые лиды", "new leads"),
        _happened("assigned", "назначенные лиды", "assigned leads"),
        _happened("accepted", "принятые лиды", "accepted leads"),
        _happened("contacted", "первые контакты", "first contacts"),
        _happened("won", "продажи", "sales"),
        _happened("lost", "потерянные лиды", "lost leads"),
        _happened("declined", "отказы от лидов", "declined leads"),
        _happened("expired", "просроченные лиды", "expired leads"),
        _happened("returned", "возвращённые лиды", "returned leads"),
        _share("accept_kept", "accept_due", "доля принятых в срок", "share accepted on time"),
        _share("touch_kept", "touch_due", "доля контактов в срок", "share contacted on time"),
        _money("won_amount", Origin.ACTIVITY, ("amount",), "сумма продаж", "amount sold"),
        _money("average_check", Origin.ACTIVITY, ("amount", "won"), "средний чек", "average check"),
        _became("cohort_assigned", "назначенные из пришедших", "assigned of those received"),
        _became("cohort_accepted", "принятые из пришедших", "accepted of those received"),
        _became("cohort_contacted", "с контактом из пришедших", "contacted of those received"),
        _became("cohort_won", "продажи из пришедших", "won of those received"),
        _became("cohort_lost", "потерянные из пришедших", "lost of those received"),
        _share("cohort_assigned", "received", "доля назначенных", "share assigned"),
        _share("cohort_accepted", "received", "доля принятых", "share accepted"),
        _share("cohort_contacted", "received", "доля с первым контактом", "share contacted"),
        _share("cohort_won", "received", "конверсия в продажу", "conversion to sales"),
        _share("cohort_lost", "received", "доля потерянных", "share lost"),
        _money(
            "cohort_amount",
            Origin.COHORT,
            ("cohort_amount",),
            "сумма продаж из пришедших",
            "amount sold of those received",
        ),
        _waited("response_p50", "медиана времени до контакта", "median time to contact"),
        _waited("response_p90", "время до контакта у 90 %", "time to contact, 90 %"),
        _held("open_leads", Unit.COUNT, "лиды в работе", "open leads"),
        _held("utilisation", Unit.SHARE, "загрузка", "utilisation"),
    )
}
# Nothing is held by a source or a channel.
AXES_OF_LOAD: Final = frozenset({"company", "manager"})
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
