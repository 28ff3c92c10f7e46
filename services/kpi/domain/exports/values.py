"""What single values of exported reports are called, in Russian and English."""

from typing import Final

from services.kpi.domain.alerts.indicators import AXES, INDICATORS
from shared.languages import Words

# Ways by which somebody inquires; tables of exports keep the codes, by which the API filters.
CHANNELS: Final = {
    "form": Words("форма", "form"),
    "call": Words("звонок", "call"),
    "email": Words("почта", "mail"),
    "chat": Words("чат", "chat"),
    "import": Words("импорт", "import"),
}
# Members whose values are words of ours.
VALUES: Final = {
    "missing": {
        "no_spend": Words("нет расходов", "no spend"),
        "several_currencies": Words("несколько валют", "several currencies"),
        "no_inquiries": Words("нет обращений", "no inquiries"),
        "no_target_inquiries": Words("нет целевых обращений", "no target inquiries"),
        "no_leads": Words("нет лидов", "no leads"),
        "no_sales": Words("нет продаж", "no sales"),
        "no_amounts": Words("у продаж нет сумм", "sales have no amounts"),
        "no_budget": Words("нет плана", "nothing planned"),
        "no_customers": Words("нет покупателей", "no customers"),
        "no_target": Words("нет плана", "no target"),
        "no_company_target": Words("нет плана компании", "no target of the company"),
        "spend_is_not_told_by_this": Words("расходы так не делятся", "spend is not told by this"),
    },
    "segment": {
        "champion": Words("лучшие", "champions"),
        "loyal": Words("верные", "loyal"),
        "promising": Words("подающие надежды", "promising"),
        "cooling": Words("остывающие", "cooling"),
        "at_risk": Words("под угрозой", "at risk"),
        "lost": Words("потерянные", "lost"),
    },
    "lack": {
        "too_few_months": Words("слишком мало месяцев", "too few months"),
        "spend_varies_too_little": Words("расход почти не менялся", "spend varies too little"),
        "no_effect_shown": Words("влияния не видно", "no effect shown"),
        "no_diminishing": Words("отдача не убывает", "no diminishing returns"),
    },
    "limit_by": {
        "own": Words("своим", "their own"),
        "all": Words("всех", "everybody's"),
    },
    "days_by": {
        "manager": Words("менеджера", "the manager"),
        "country": Words("страны", "the country"),
        "company": Words("компании", "the company"),
        "weekdays": Words("с понедельника по пятницу", "Monday to Friday"),
    },
    "mark": {
        "outlier": Words("выброс", "outlier"),
        "holiday": Words("праздник", "holiday"),
    },
    "kind": {
        "base": Words("оклад", "base"),
        "personal": Words("личный план", "personal plan"),
        "company": Words("множитель компании", "company multiplier"),
        "group": Words("группа товаров", "product group"),
        "floor": Words("до наименьшей", "up to the floor"),
        "cap": Words("сверх наибольшей", "beyond the cap"),
        "claw_back": Words("возврат", "claw-back"),
        "late_sales": Words("доплата", "late sales"),
    },
    "measure": {
        "revenue": Words("выручка", "revenue"),
        "sales": Words("продажи", "sales"),
    },
    "indicator": {key: Words(**each.names) for key, each in INDICATORS.items()},
    "axis": {key: Words(**words) for key, words in AXES.items()},
    "step": {
        "owner": Words("обращение → менеджер", "receipt → owner"),
        "accept": Words("назначение → принятие", "assignment → accept"),
        "first_touch": Words("обращение → первый контакт", "receipt → first touch"),
        "sale": Words("первый контакт → продажа", "first touch → sale"),
    },
}
