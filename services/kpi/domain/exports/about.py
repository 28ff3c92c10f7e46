"""What a report that is taken away says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.kpi.domain.exports.words import NAMES
from services.kpi.domain.periods import Period
from shared.languages import Words

SHEET: Final = Words("Об отчёте", "About")
HEADING: Final = (Words("Параметр", "What"), Words("Значение", "Value"))
TITLES: Final = {
    "funnel": Words("Воронка", "Funnel"),
    "funnel-leads": Words("Лиды воронки", "Leads of the funnel"),
    "activity-leads": Words("Что было за период", "What happened in the period"),
    "conversions": Words("Конверсии", "Conversions"),
    "stages": Words("Этапы", "Stages"),
    "stage-leads": Words("Лиды этапа", "Leads of a stage"),
    "loss-reasons": Words("Причины отказа", "Loss reasons"),
    "curve": Words("Время до цели", "Time to a target"),
    "curve-leads": Words("Лиды на кривой", "Leads of a curve"),
    "response-times": Words("Время ответа", "Response times"),
    "response-steps": Words("Время шагов", "Times of steps"),
    "step-leads": Words("Лиды шага", "Leads of a step"),
    "managers": Words("Менеджеры", "Managers"),
    "managers-load": Words("Загрузка менеджеров", "Managers' load"),
    "company-load": Words("Загрузка компании", "Load of the company"),
    "load-items": Words("Что стоит за загрузкой", "What a number of load counts"),
    "response-distribution": Words("Распределение времени ожидания", "Distribution of waiting"),
    "sources": Words("Источники", "Sources"),
    "campaigns": Words("Кампании", "Campaigns"),
    "source-items": Words("Что стоит за числом", "What a number counts"),
    "sales": Words("Продажи", "Sales"),
    "sale-items": Words("Список продаж", "List of sales"),
    "spend": Words("Расходы", "Spend"),
    "alerts": Words("Оповещения", "Alerts"),
    "plan-control": Words("План и факт", "Plan and fact"),
    "plan-cuts": Words("Ошибки планирования", "Errors of planning"),
    "seasonality": Words("Сезонность", "Seasonality"),
    "targets": Words("Планы", "Targets"),
    "territory-facts": Words("Что известно о территориях", "What is known of territories"),
    "what-if": Words("Что заплатила бы схема", "What a scheme would have paid"),
    "statements": Words("Начисления", "Statements of pay"),
    "statement": Words("Начисление", "Statement of pay"),
    "loyalty": Words("Лояльность", "Loyalty"),
    "customers": Words("Покупатели", "Customers"),
    "retention": Words("Удержание по когортам", "Retention by cohorts"),
    "next-products": Words("Следующий продукт", "Next product"),
    "list-members": Words("Список покупателей", "List of customers"),
    "budget": Words("Бюджет и факт", "Budget and fact"),
    "budget-advice": Words("Совет по бюджету", "Advice on the budget"),
    "line-sales": Words("Продажи строки начисления", "Sales of a line of pay"),
}
_WORDS: Final = {
    "report": Words("Отчёт", "Report"),
    "from": Words("Первый день", "First day"),
    "to": Words("Последний день", "Last day"),
    "tz": Words("Часовой пояс", "Time zone"),
    "as_known_on": Words("Как было известно на конец дня (UTC)", "As known at the end of (UTC)"),
    "made_at": Words("Составлено (UTC)", "Made (UTC)"),
    "now": Words("как известно сейчас", "as known now"),
}

_CHOICES: Final = {
    **NAMES,
    "group_by": Words("Группировка", "Grouped by"),
    "attribution": Words("Атрибуция", "Attribution"),
    "lookback_days": Words("Учтено дней до продажи", "Days before a sale"),
    "time": Words("Время считается", "Time counted"),
    "target": Words("Цель", "Target"),
    "measure": Words("Число", "Number"),
    "minutes": Words("Минут", "Minutes"),
    "begins_at": Words("Начало шага (UTC)", "The step begins (UTC)"),
    "more": Words("Групп не показано", "Groups left out"),
    "loss_reason": NAMES["reason"],
    "result": Words("Результат", "Result"),
    "part": Words("Кто", "Who"),
    "also": Words("Купили также", "Bought as well"),
    "without": Words("Не купили", "Did not buy"),
    "bought_in": Words("Купили в месяце", "Bought in the month"),
    "party": Words("Канал или покупатель", "Channel or customer"),
    "seller": NAMES["manager"],
    "nature": Words("Гарантировано или нет", "Guaranteed or not"),
}
_MODELS: Final = {
    "first": Words("первый источник", "first source"),
    "last": Words("последний источник", "last source"),
    "last_non_direct": Words("последний источник, кроме прямых заходов", "last source but direct"),
    "linear": Words("поровну", "in equal parts"),
    "position": Words("по позиции", "by position"),
}


@dataclass(frozen=True, slots=True)
class About:
    """`name` is a key of `TITLES`; `choices` what else was asked for, by names of parameters."""

    name: str
    span: Period | None = None
    known_on: date | None = None
    choices: Mapping[str, object] = field(default_factory=dict)

    def title(self, language: str) -> str:
        return TITLES[self.name].said(language)

    def file_name(self, ending: str) -> str:
        """Of plain letters, with the first and the last day."""
        if self.span is None:
            return f"{self.name}.{ending}"
        return f"{self.name}-{self.span.first}-{_last_day(self.span)}.{ending}"

    def rows(self, language: str, now: datetime) -> list[tuple[str, str]]:
        """Pairs of what and its value."""
        members = {"report": self.title(language)}
        if self.span is not None:
            known_on = self.known_on
            members |= {
                "from": str(self.span.first),
                "to": str(_last_day(self.span)),
                "tz": self.span.zone.key,
                "as_known_on": str(known_on) if known_on else _WORDS["now"].said(language),
            }
        members["made_at"] = now.astimezone(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        pairs = [(_WORDS[name].said(language), value) for name, value in members.items()]
        choices = {name: value for name, value in self.choices.items() if value is not None}
        return [
            *pairs,
            *(
                (_CHOICES[name].said(language), _choice_said(name, str(value), language))
                for name, value in choices.items()
            ),
        ]


def _choice_said(name: str, value: str, language: str) -> str:
    """Names of groups and of models in people's words, all else as it was asked for."""
    if name == "attribution" and value in _MODELS:
        return _MODELS[value].said(language)
    names = value.split(",") if name in {"group_by", "axis"} else []
    if names and all(each in _CHOICES for each in names):
        return ", ".join(_CHOICES[each].said(language).lower() for each in names)
    return value


def _last_day(span: Period) -> date:
    return span.end - timedelta(days=1)
