"""What members of reports on plans are called, in Russian and English."""

from typing import Final

from shared.languages import Words

PLAN_NAMES: Final = {
    "fact": Words("Факт", "Fact"),
    "difference": Words("Факт минус план", "Fact less plan"),
    "due_by_now": Words("План к этому дню", "Planned by now"),
    "pace": Words("Темп, доля", "Pace, share"),
    "days_left": Words("Рабочих дней осталось", "Working days left"),
    "required": Words("Нужно в день", "Required a day"),
    "days_by": Words("Рабочие дни", "Working days of"),
    "is_planned": Words("Есть в плане", "In the plan"),
    "absolute_error": Words("Ошибка плана", "Error of the plan"),
    "relative_error": Words("Ошибка плана, доля", "Error of the plan, share"),
    "bias": Words("Смещение плана, доля", "Bias of the plan, share"),
    "forecast": Words("Прогноз", "Forecast"),
    "forecast_relative_error": Words("Ошибка прогноза, доля", "Error of the forecast, share"),
    "country": Words("Страна", "Country"),
}
