"""What statements say in words, in Russian and English."""

from decimal import Decimal
from typing import Final

from services.kpi.domain.motivation.nearest import NextBand
from shared.languages import Words

KINDS: Final = {
    "base": Words("Оклад", "Base"),
    "personal": Words("Личный план", "Personal plan"),
    "company": Words("Множитель компании", "Company multiplier"),
    "group": Words("Группа товаров", "Product group"),
    "floor": Words("До наименьшей выплаты", "Up to the floor"),
    "cap": Words("Сверх наибольшей выплаты", "Beyond the cap"),
    "claw_back": Words("Возврат за отменённые продажи", "Claw-back of cancelled sales"),
    "late_sales": Words("Доплата за поздние продажи", "Sales that became known late"),
}
_PERCENT: Final = 100


def label_of(kind: str, language: str, group: str | None = None) -> str:
    """What a line is called."""
    words = KINDS[kind].said(language)
    return words if group is None else f"{words}: {group}"


def hint_of(item: NextBand, language: str) -> str:
    """How far the next band is, as a sentence."""
    band = f"{(item.begins * _PERCENT).normalize():f} %"
    if item.sales is None:
        short = f"{Decimal(round(item.short)):,}".replace(",", " ")
        if language == "en":
            return f"{short} more to the band from {band}"
        return f"Ещё {short} до ступени от {band}"
    if language == "en":
        return f"{item.sales} more {'sale' if item.sales == 1 else 'sales'} to the band from {band}"
    return f"Ещё {item.sales} {_sales(item.sales)} до ступени от {band}"


def _sales(number: int) -> str:
    """The Russian noun as it stands after a number (CLDR plural rules)."""
    if number % 10 == 1 and number % 100 != 11:
        return "продажа"
    if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14:
        return "продажи"
    return "продаж"
