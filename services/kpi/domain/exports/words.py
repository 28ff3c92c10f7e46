"""What columns of exported reports are called, in Russian and English; times with their unit."""

from typing import Final, NamedTuple


class Words(NamedTuple):
    ru: str
    en: str

    def said(self, language: str) -> str:
        return self.en if language == "en" else self.ru


# Members by which a column is said to be of something else than the row's own figures.
SECTIONS: Final = {
    "activity": Words("За период", "In the period"),
    "response": Words("Первый ответ", "First response"),
    "previous": Words("Период до", "Period before"),
    "changes": Words("Изменение", "Change"),
    "won_amounts": Words("Сумма продаж", "Sales amount"),
    "average_check": Words("Средний чек", "Average check"),
    "amounts": Words("Сумма продаж", "Sales amount"),
    "spend": Words("Расходы", "Spend"),
    "money": Words("Деньги", "Money"),
    "trend": Words("Средний чек к прошлой части", "Average check against the part before"),
    "target_share": Words("Доля целевых", "Target share"),
    "cost_per_inquiry": Words("Цена обращения", "Cost per inquiry"),
    "cost_per_target": Words("Цена целевого обращения", "Cost per target inquiry"),
    "cost_per_lead": Words("Цена лида", "Cost per lead"),
    "cost_per_sale": Words("Цена продажи", "Cost per sale"),
    "romi": Words("Возврат (ROMI)", "Return (ROMI)"),
    "repeat_rate": Words("Доля вернувшихся", "Repeat rate"),
}
# Members that only hold others together.
SILENT: Final = frozenset({"group", "labels", "figures", "value"})
GROUPS: Final = {
    "source": Words("Источник", "Source"),
    "channel": Words("Канал", "Channel"),
    "ad_channel": Words("Рекламный канал", "Advertising channel"),
    "campaign": Words("Кампания", "Campaign"),
    "region": Words("Регион", "Region"),
    "product": Words("Продукт", "Product"),
    "pipeline": Words("Воронка", "Pipeline"),
    "manager": Words("Менеджер", "Manager"),
    "day": Words("День", "Day"),
    "week": Words("Неделя с", "Week from"),
    "month": Words("Месяц с", "Month from"),
    "company": Words("Компания", "Company"),
    "stage": Words("Этап", "Stage"),
    "reason": Words("Причина отказа", "Loss reason"),
    "step": Words("Шаг", "Step"),
    "label": Words("Название", "Name"),
    "name": Words("Имя", "Name"),
    "manager_id": Words("Менеджер (id)", "Manager (id)"),
    "lead_id": Words("Лид (id)", "Lead (id)"),
    "inquiry_id": Words("Обращение (id)", "Inquiry (id)"),
    "contact_id": Words("Контакт (id)", "Contact (id)"),
    "sale_id": Words("Продажа (id)", "Sale (id)"),
    "purchase_id": Words("Заказ (id)", "Order (id)"),
    "spend_id": Words("Расход (id)", "Spend (id)"),
    "alert_id": Words("Тревога (id)", "Alert (id)"),
    "rule_id": Words("Правило (id)", "Rule (id)"),
}
FIGURES: Final = {
    "received": Words("Обращения", "Inquiries"),
    "leads": Words("Лиды", "Leads"),
    "opened": Words("Открыто лидов", "Leads opened"),
    "assigned": Words("Назначено", "Assigned"),
    "accepted": Words("Принято", "Accepted"),
    "declined": Words("Отклонено", "Declined"),
    "expired": Words("Просрочено принятие или касание", "Leases expired"),
    "returned": Words("Возвращено", "Returned"),
    "contacted": Words("С контактом", "Contacted"),
    "won": Words("Продано", "Won"),
    "lost": Words("Потеряно", "Lost"),
    "open": Words("Открыто", "Open"),
    "lost_then": Words("Потеряно за период", "Lost in the period"),
    "entered": Words("Дошло до этапа", "Came to the stage"),
    "entered_then": Words("Дошло за период", "Came in the period"),
    "left": Words("Ушло с этапа", "Left the stage"),
    "accept_due": Words("Сроков принятия", "Accept deadlines"),
    "accept_kept": Words("Сроков принятия выдержано", "Accept deadlines kept"),
    "touch_due": Words("Сроков касания", "Touch deadlines"),
    "touch_kept": Words("Сроков касания выдержано", "Touch deadlines kept"),
    "contacted_share": Words("Доля с контактом", "Contacted share"),
    "conversion": Words("Конверсия", "Conversion"),
    "closed_conversion": Words("Конверсия завершённых", "Conversion of closed leads"),
    "count": Words("Измерено лидов", "Leads measured"),
    "p50_seconds": Words("Медиана, с", "Median, s"),
    "p90_seconds": Words("9-й дециль, с", "90th percentile, s"),
    "p99_seconds": Words("99-й процентиль, с", "99th percentile, s"),
    "p50_minutes": Words("Медиана, мин", "Median, min"),
    "p90_minutes": Words("9-й дециль, мин", "90th percentile, min"),
    "within_1": Words("За 1 минуту", "Within 1 minute"),
    "within_5": Words("За 5 минут", "Within 5 minutes"),
    "within_15": Words("За 15 минут", "Within 15 minutes"),
    "within_60": Words("За 60 минут", "Within 60 minutes"),
    "time": Words("Время, мин", "Time, min"),
    "at_risk": Words("Под наблюдением", "At risk"),
    "events": Words("Событий", "Events"),
    "surviving": Words("Ещё без события", "Surviving"),
    "error": Words("Стандартная ошибка", "Standard error"),
    "inquiries": Words("Обращения", "Inquiries"),
    "contacts": Words("Люди", "People"),
    "target": Words("Целевые обращения", "Target inquiries"),
    "sales": Words("Продажи", "Sales"),
    "new": Words("Первые продажи", "First sales"),
    "returning": Words("Повторные продажи", "Repeat sales"),
    "cancelled": Words("Отменено", "Cancelled"),
    "joined": Words("Победа и заказ вместе", "Win and order in one"),
    "customers": Words("Покупатели", "Customers"),
    "returning_customers": Words("Вернувшиеся покупатели", "Returning customers"),
    "gap_p50_seconds": Words("До повторной продажи: медиана, с", "Time to repeat: median, s"),
    "gap_p90_seconds": Words("До повторной продажи: 9-й дециль, с", "Time to repeat: 90th, s"),
    "priced": Words("Продажи с суммой", "Sales with an amount"),
    "amount": Words("Сумма", "Amount"),
    "average_check": Words("Средний чек", "Average check"),
    "new_amount": Words("Сумма первых продаж", "Amount of first sales"),
    "returning_amount": Words("Сумма повторных продаж", "Amount of repeat sales"),
    "cancelled_amount": Words("Сумма отменённых", "Amount cancelled"),
    "currency": Words("Валюта", "Currency"),
    "missing": Words("Почему нет значения", "Why there is no value"),
    "absolute": Words("на сколько", "by"),
    "relative": Words("доля", "share"),
}
ITEMS: Final = {
    "at": Words("Когда (UTC)", "When (UTC)"),
    "share": Words("Доля продажи", "Share of the sale"),
    "joined_by": Words("Чем соединены", "Joined by"),
    "number": Words("Которая у покупателя", "Number of the customer's sale"),
    "version": Words("Версия", "Version"),
    "author": Words("Кто внёс", "Author"),
    "recorded_at": Words("Внесено (UTC)", "Recorded (UTC)"),
    "rule_name": Words("Правило", "Rule"),
    "indicator": Words("Показатель", "Indicator"),
    "axis": Words("Разрез", "Axis"),
    "key": Words("Значение разреза", "Value of the axis"),
    "value": Words("Значение", "Value"),
    "before": Words("Было", "Before"),
    "threshold": Words("Порог", "Threshold"),
    "raised_at": Words("Поднята (UTC)", "Raised (UTC)"),
    "resolved_at": Words("Закончилась (UTC)", "Resolved (UTC)"),
    "acknowledged_at": Words("Взята в работу (UTC)", "Acknowledged (UTC)"),
    "acknowledged_by": Words("Кем взята", "Acknowledged by"),
}
NAMES: Final = {**SECTIONS, **ITEMS, **FIGURES, **GROUPS}
ROW: Final = Words("Строка", "Row")
TOTAL: Final = Words("Итого", "Total")
NAME: Final = Words("название", "name")
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
        "no_customers": Words("нет покупателей", "no customers"),
        "spend_is_not_told_by_this": Words("расходы так не делятся", "spend is not told by this"),
    },
    "step": {
        "owner": Words("обращение → менеджер", "receipt → owner"),
        "accept": Words("назначение → принятие", "assignment → accept"),
        "first_touch": Words("обращение → первое касание", "receipt → first touch"),
        "sale": Words("первое касание → продажа", "first touch → sale"),
    },
}
