"""The words of stories in Russian and English: what facts and their values are called."""

from collections.abc import Mapping
from typing import Final

from shared.languages import Words

CHANNELS: Final[Mapping[str, Words]] = {
    "call": Words("звонок", "call"),
    "form": Words("форма на сайте", "site form"),
    "email": Words("письмо", "e-mail"),
    "chat": Words("чат", "chat"),
    "import": Words("из файла", "from a file"),
}
# What is not done with a person who refused it.
REFUSED: Final[Mapping[str, Words]] = {
    "call": Words("звонками", "by phone"),
    "email": Words("письмами", "by e-mail"),
    "chat": Words("сообщениями", "by messages"),
    "all": Words("никаким способом", "in any way"),
}
CONSENT_CHANNELS: Final[Mapping[str, Words]] = {
    "call": Words("звонки", "calls"),
    "email": Words("письма", "e-mails"),
    "chat": Words("сообщения", "messages"),
    "all": Words("все", "all"),
}
PURPOSES: Final[Mapping[str, Words]] = {
    "marketing": Words("реклама", "advertising"),
    "mailing": Words("рассылка", "newsletters"),
    "processing": Words("обработка данных", "processing of data"),
    "personal_data": Words("обработка данных", "processing of data"),
}
PRIORITIES: Final[Mapping[str, Words]] = {
    "high": Words("высокая", "high"),
    "low": Words("низкая", "low"),
}
SPOKEN: Final[Mapping[str, Words]] = {
    "ru": Words("русский", "Russian"),
    "en": Words("английский", "English"),
    "kk": Words("казахский", "Kazakh"),
    "uk": Words("украинский", "Ukrainian"),
    "be": Words("белорусский", "Belarusian"),
    "de": Words("немецкий", "German"),
    "fr": Words("французский", "French"),
    "es": Words("испанский", "Spanish"),
    "zh": Words("китайский", "Chinese"),
    "tr": Words("турецкий", "Turkish"),
}
# Stages of the pipeline that is there from the beginning; others are called as companies call them.
STAGES: Final[Mapping[str, Words]] = {
    "new": Words("новый", "new"),
    "in_work": Words("в работе", "in work"),
    "offer": Words("предложение", "offer"),
    "negotiation": Words("переговоры", "negotiation"),
    "contract": Words("договор", "contract"),
}
DIRECTIONS: Final[Mapping[str, Words]] = {
    "incoming": Words("входящий", "incoming"),
    "outgoing": Words("исходящий", "outgoing"),
    "internal": Words("внутренний", "internal"),
}
OUTCOMES: Final[Mapping[str, Words]] = {
    "answered": Words("разговор состоялся", "answered"),
    "missed": Words("звонок пропущен", "missed"),
    "busy": Words("линия занята", "line busy"),
    "failed": Words("не дозвонились", "could not be connected"),
    "voicemail": Words("ответил автоответчик", "went to voicemail"),
}
CLOSED: Final[Mapping[str, Words]] = {
    "won": Words("как продажа", "as a sale"),
    "lost": Words("как потерянный", "as lost"),
    "merged": Words("как объединённый с другим", "as merged into another"),
}
TIERS: Final[Mapping[str, Words]] = {
    "on_call": Words("дежурному", "to whoever is on call"),
    "supervisor": Words("руководителю команды", "to the team's supervisor"),
    "named": Words("вручную", "by hand"),
}
FILES: Final[Mapping[str, Words]] = {
    "too_large": Words("слишком большой", "too large"),
    "too_many": Words("слишком много файлов", "too many files"),
    "dangerous_type": Words("опасный тип", "dangerous type"),
    "broken": Words("повреждён", "broken"),
}
# Reasons that the program gives; all others are somebody's words.
REASONS: Final[Mapping[str, Words]] = {
    "sticky": Words("уже работает с этим клиентом", "works with this customer already"),
    "least_score": Words("подходит лучше других", "fits better than others"),
    "matched": Words("очередь распределена целиком", "the queue was shared out as a whole"),
    "escalated": Words("лид слишком часто оставался без ответа", "the lead went unanswered often"),
    "erased": Words("клиент попросил забыть его", "the customer asked to be forgotten"),
    "left": Words("прежний менеджер больше не работает", "the former manager has left"),
    "given_back": Words("менеджер вернулся к работе", "the manager is back at work"),
    "offline": Words("менеджера не было на месте", "the manager was away"),
    "reopened": Words("лид открыт снова", "the lead was opened again"),
    "contacts_parted": Words("карточки клиента разделены", "the customer's contacts were parted"),
    "no_members": Words("в команде никого нет", "nobody is in the team"),
    "nobody_on_duty": Words("никого нет на месте", "nobody is at work"),
    "nobody_skilled": Words("ни у кого нет нужного навыка", "nobody has the skill it needs"),
    "limit_reached": Words(
        "все исчерпали свой лимит новых лидов", "everybody has reached their limit of new leads"
    ),
    "no_room": Words("все заняты", "everybody is busy"),
    "inquiry_joins_both": Words(
        "в одном обращении данные обеих карточек", "one inquiry has details of both contacts"
    ),
    "proposal_accepted": Words("подтверждено сотрудником", "confirmed by an employee"),
    "split": Words("разделены сотрудником", "parted by an employee"),
    "merge_undone": Words("объединение отменено", "the merge was undone"),
}
# Of these kinds only reasons of the program are told: what else stands there is for programs.
REASONED: Final = frozenset({"lead.parked", "contact.relinked"})
# The program's word where nobody gave a reason, which says nothing that the title does not.
UNTOLD: Final = frozenset({"reassigned", "named"})
LABELS: Final[Mapping[str, Words]] = {
    "manager": Words("Менеджер", "Manager"),
    "owner": Words("Исполнитель", "To be done by"),
    "tier": Words("Назначен", "Assigned"),
    "stage": Words("Этап", "Stage"),
    "amount": Words("Сумма", "Amount"),
    "product": Words("Продукт", "Product"),
    "order": Words("Заказ", "Order"),
    "region": Words("Регион", "Region"),
    "city": Words("Город", "City"),
    "subject": Words("Тема", "Subject"),
    "reason": Words("Причина", "Reason"),
    "next_action": Words("Шаг", "Action"),
    "due_at": Words("Срок", "Due"),
    "accept_by": Words("Принять до", "To be accepted by"),
    "first_touch_by": Words("Связаться до", "To be contacted by"),
    "until": Words("Ждёт до", "Waits until"),
    "closed_as": Words("Был закрыт", "Had been closed"),
    "priority_class": Words("Срочность", "Priority"),
    "language": Words("Язык", "Language"),
    "channel": Words("Канал", "Channel"),
    "name": Words("Имя", "Name"),
    "company": Words("Компания", "Company"),
    "phone": Words("Телефон", "Phone"),
    "email": Words("Почта", "E-mail"),
    "extension": Words("доб.", "ext."),
    "mentioned": Words("Упомянуто", "Mentioned"),
    "direction": Words("Направление", "Direction"),
    "outcome": Words("Итог", "Outcome"),
    "from": Words("С номера", "From"),
    "to": Words("На номер", "To"),
    "line": Words("Линия", "Line"),
    "wait_seconds": Words("Ожидание", "Waiting"),
    "talk_seconds": Words("Разговор", "Talk"),
    "employee": Words("Сотрудник", "Employee"),
    "recording_url": Words("Запись разговора", "Recording"),
    "utm_source": Words("Источник рекламы", "Advertising source"),
    "utm_medium": Words("Вид рекламы", "Kind of advertising"),
    "utm_campaign": Words("Кампания", "Campaign"),
    "utm_term": Words("Запрос", "Search words"),
    "utm_content": Words("Объявление", "Advertisement"),
    "form_name": Words("Форма", "Form"),
    "page_url": Words("Страница", "Page"),
    "referrer": Words("Откуда пришёл", "Came from"),
    "ad": Words("Реклама", "Advertising"),
    "consent": Words("Согласие", "Consent"),
    "purpose": Words("Цель", "Purpose"),
    "channels": Words("Каналы", "Channels"),
    "text_version": Words("Текст согласия", "Text of the consent"),
    "do_not_contact": Words("Не беспокоить", "Do not contact"),
    "attachment": Words("Файл", "File"),
    "is_test": Words("Проверочное", "Test"),
}
# What else is told of a contact, by the names that adapters give it; others are called as they are.
OTHERS: Final[Mapping[str, Words]] = {
    "phone_raw": Words("Телефон, как написан", "Phone as written"),
    "email_raw": Words("Почта, как написана", "E-mail as written"),
    "from": Words("Написано с адреса", "Written from"),
    "answered_by": Words("Ответил", "Answered by"),
    "telegram": Words("Telegram", "Telegram"),
    "whatsapp": Words("WhatsApp", "WhatsApp"),
    "vk": Words("ВКонтакте", "VK"),
    "sip": Words("SIP", "SIP"),
}
PROGRAMS: Final = frozenset({"hubspot"})  # under these names only ids of other programs stand
GIVEN: Final = {True: Words("дано", "given"), False: Words("отозвано", "withdrawn")}
LIFTED: Final = Words("запрет снят", "no longer refused")
REMOVED: Final = Words("нет", "none")
UNNAMED_FILE: Final = Words("файл без имени", "file without a name")
NOT_STORED: Final = Words("не сохранён", "not stored")
UNNAMED: Final = Words("без имени", "without a name")
ACTORS: Final[Mapping[str, Words]] = {
    "customer": Words("Клиент", "Customer"),
    "system": Words("Система", "System"),
    "supervisor": Words("Руководитель", "Supervisor"),
    "admin": Words("Администратор", "Administrator"),
    "manager": Words("Менеджер", "Manager"),
    "source": Words("Источник обращений", "Source of inquiries"),
    "ops": Words("Дежурный", "Operator"),
    "service": Words("Система", "System"),
}
READINGS: Final[Mapping[str, Words]] = {
    "card": Words("Карточка", "Card"),
    "cards": Words("Список клиентов", "List of customers"),
    "labels": Words("Метки", "Labels"),
    "search": Words("Поиск", "Search"),
    "segment": Words("Сегмент", "Segment"),
    "segment_export": Words("Выгрузка сегмента", "Export of a segment"),
    "segment_preview": Words("Просмотр сегмента", "Preview of a segment"),
    "story": Words("История клиента", "Customer's story"),
    "tasks": Words("Задачи", "Tasks"),
    "timeline": Words("Лента событий", "Timeline"),
}
