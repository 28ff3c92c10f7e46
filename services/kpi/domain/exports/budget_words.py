"""What columns of exported budgets and of advice on them are called."""

from typing import Final

from shared.languages import Words

BUDGET_NAMES: Final = {
    "planned": Words("План", "Planned"),
    "spent": Words("Потрачено", "Spent"),
    "used": Words("Доля плана", "Share of the plan"),
    "months": Words("Месяцев с данными", "Months with data"),
    "months_needed": Words("Месяцев нужно", "Months needed"),
    "lack": Words("Чего не хватает", "What is lacking"),
    "curve": Words("Кривая", "Curve"),
    "scale": Words("масштаб", "scale"),
    "elasticity": Words("эластичность", "elasticity"),
    "low": Words("не меньше", "at least"),
    "high": Words("не больше", "at most"),
    "suggested": Words("Предложено", "Suggested"),
    "suggested_low": Words("Предложено: от", "Suggested: from"),
    "suggested_high": Words("Предложено: до", "Suggested: to"),
}
