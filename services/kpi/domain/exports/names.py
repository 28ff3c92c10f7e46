"""What all columns are called: also those of customers, plans, budgets and advice."""

from typing import Final

from services.kpi.domain.exports.words import FIGURES, GROUPS, ITEMS, PAY, SECTIONS, Words

LOYALTY: Final = {
    "segment": Words("Сегмент", "Segment"),
    "customers_share": Words("Доля покупателей", "Share of customers"),
    "sleeping": Words("Спят", "Sleeping"),
    "is_sleeping": Words("Спит", "Sleeps"),
    "recency": Words("Давность, 1-5", "Recency, 1-5"),
    "frequency": Words("Частота, 1-5", "Frequency, 1-5"),
    "last_at": Words("Последняя покупка (UTC)", "Last sale (UTC)"),
    "usual_days": Words("Обычно между покупками, дней", "Usual between sales, days"),
    "limit_days": Words("Спит после, дней", "Sleeps after, days"),
    "limit_by": Words("По чьим покупкам", "By whose sales"),
    "cohort": Words("Первая покупка в месяце", "First sale in the month"),
    "cohort_customers": Words("В когорте", "In the cohort"),
    "cohort_is_whole": Words("Месяц когорты целый", "Cohort's month is whole"),
    "age": Words("Месяцев спустя", "Months later"),
    "retained": Words("Доля купивших", "Share who bought"),
    "is_whole": Words("Месяц целый", "Month is whole"),
    "next_product": Words("Следующий продукт", "Next product"),
    "people": Words("Человек", "People"),
    "support": Words("Поддержка", "Support"),
    "confidence": Words("Достоверность", "Confidence"),
    "lift": Words("Подъём", "Lift"),
    "least_support": Words("Наименьшая поддержка", "Least support"),
}
PLANS: Final = {
    "fact": Words("Факт", "Fact"),
    "difference": Words("Факт минус план", "Fact less plan"),
    "due_by_now": Words("План к этому дню", "Planned by now"),
    "pace": Words("Темп, доля", "Pace, share"),
    "days_left": Words("Рабочих дней осталось", "Working days left"),
    "required": Words("Нужно в день", "Required a day"),
    "days_by": Words("Рабочие дни", "Working days of"),
    "country": Words("Страна", "Country"),
}
MARKETING: Final = {
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
NAMES: Final = {**LOYALTY, **PLANS, **MARKETING, **SECTIONS, **PAY, **ITEMS, **FIGURES, **GROUPS}
