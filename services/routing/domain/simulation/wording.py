"""Words of reports about simulations, in English and Russian."""

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "ru")

_EN: Mapping[str, str] = {
    "product": "Leadflow",
    "round_robin": "round robin",
    "least_open": "least open",
    "daily_quota": "daily quota",
    "shortfall": "shortfall",
    "company": "Company",
    "leads": "Leads",
    "closed": "closed",
    "untouched": "untouched at the end",
    "business_p50": "Wait at work, p50",
    "business_p95": "Wait at work, p95",
    "wait_p50": "Wait by the clock, p50",
    "wait_p95": "Wait by the clock, p95",
    "accept_breaches": "Accepted too late",
    "touch_breaches": "Touched too late",
    "over_capacity_minutes": "Over capacity, minutes",
    "fairness": "Fairness by weight alone",
    "fairness_at_work": "Fairness by presence",
    "hand_overs": "Hand-overs",
    "parked_minutes": "Without owner, minutes",
    "tiers": "Shift / on call / supervisor",
    "manager": "Manager",
    "units": "Units",
    "share": "Share",
    "due": "Due",
    "over": "Over, min",
    "waits_title": "Wait for the first touch while somebody is at work, minutes",
    "shares_title": "Share of the work by manager, %, beside what was due to them",
    "of_due": "due by weight and presence",
    "hour": "h", "minute": "min", "second": "s", "day": "day",
}  # fmt: skip
_RU: Mapping[str, str] = {
    "product": "Leadflow",
    "round_robin": "по кругу",
    "least_open": "меньше открытых",
    "daily_quota": "дневная квота",
    "shortfall": "по недобору",
    "company": "Компания",
    "leads": "Лидов",
    "closed": "закрыто",
    "untouched": "без контакта к концу",
    "business_p50": "Ожидание в рабочее время, p50",
    "business_p95": "Ожидание в рабочее время, p95",
    "wait_p50": "Ожидание по часам, p50",
    "wait_p95": "Ожидание по часам, p95",
    "accept_breaches": "Принято с опозданием",
    "touch_breaches": "Первый контакт с опозданием",
    "over_capacity_minutes": "Сверх вместимости, минут",
    "fairness": "Справедливость только по весу",
    "fairness_at_work": "Справедливость по присутствию",
    "hand_overs": "Передач",
    "parked_minutes": "Без менеджера, минут",
    "tiers": "Смена / дежурный / руководитель",
    "manager": "Менеджер",
    "units": "Единиц",
    "share": "Доля",
    "due": "Положено",
    "over": "Сверх, мин",
    "waits_title": "Ожидание первого контакта, пока кто-то на работе, минут",
    "shares_title": "Доля работы по менеджерам, %, рядом с положенной",
    "of_due": "положено по весу и присутствию",
    "hour": "ч", "minute": "мин", "second": "с", "day": "день",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": _EN, "ru": _RU})


def duration(seconds: float, words: Mapping[str, str]) -> str:
    """Such as `2 h 05 min`, `7 min 30 s` or `12 s`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_rest = divmod(minutes, 60)
    if hours:
        return f"{hours} {words['hour']} {minutes_rest:02d} {words['minute']}"
    if minutes:
        return f"{minutes} {words['minute']} {rest:02d} {words['second']}"
    return f"{rest} {words['second']}"
