"""Says in Russian or English what an entry tells, and which of its facts people want to read."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from services.history.domain.search.documents import Item, Part, parts_of

LANGUAGES: Final = ("ru", "en")
_SHORT = 8  # characters of an id that stand for it
MOST_DETAILS = 60  # facts of one entry that are shown

_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "call": ("звонок", "call"),
    "form": ("форма на сайте", "site form"),
    "email": ("письмо", "e-mail"),
    "chat": ("чат", "chat"),
    "import": ("из файла", "import"),
}
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "inquiry.received": ("Обращение", "Inquiry"),
    "inquiry.updated": ("Обращение уточнено", "Inquiry corrected"),
    "call.observed": ("Звонок", "Call"),
    "contact.changed": ("Сведения о клиенте", "Customer's details"),
    "contact.relinked": ("Карточки клиента объединены или разделены", "Contacts merged or parted"),
    "contact.erased": ("Личные данные стёрты", "Personal data erased"),
    "consent.recorded": ("Согласие", "Consent"),
    "purchase.recorded": ("Покупка", "Purchase"),
    "purchase.cancelled": ("Покупка отменена", "Purchase cancelled"),
    "lead.opened": ("Лид открыт", "Lead opened"),
    "lead.inquiry_attached": ("Обращение добавлено к лиду", "Inquiry added to the lead"),
    "lead.merged": ("Лид объединён с другим", "Lead merged into another"),
    "lead.assigned": ("Лид назначен менеджеру", "Lead assigned"),
    "lead.parked": ("Лид ждёт свободного менеджера", "Lead waits for a manager"),
    "lead.accepted": ("Лид принят менеджером", "Lead accepted"),
    "lead.declined": ("Менеджер отказался от лида", "Lead declined"),
    "lead.lease_expired": ("Срок ответа истёк", "Time to answer ran out"),
    "lead.returned": ("Лид возвращён", "Lead returned"),
    "lead.stage_changed": ("Стадия изменена", "Stage changed"),
    "lead.next_action_set": ("Следующий шаг", "Next action"),
    "lead.won": ("Продажа", "Sale"),
    "lead.lost": ("Лид проигран", "Lead lost"),
    "lead.reopened": ("Лид открыт снова", "Lead opened again"),
}
_REPORTS: Final[Mapping[str, tuple[str, str]]] = {
    "call": ("Звонок менеджера", "Manager's call"),
    "mail": ("Письмо менеджера", "Manager's e-mail"),
    "message": ("Сообщение менеджера", "Manager's message"),
    "meeting": ("Встреча", "Meeting"),
    "note": ("Заметка", "Note"),
    "task": ("Задача", "Task"),
}
_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "name": ("Имя", "Name"),
    "company": ("Компания", "Company"),
    "subject": ("Тема", "Subject"),
    "phone": ("Телефон", "Phone"),
    "email": ("Почта", "E-mail"),
    "campaign": ("Кампания", "Campaign"),
    "page": ("Страница", "Page"),
    "product": ("Товар", "Product"),
    "region": ("Регион", "Region"),
    "reason": ("Причина", "Reason"),
    "next_action": ("Шаг", "Action"),
    "attachment": ("Файл", "File"),
    "fields": ("Сведения", "Details"),
    "stage": ("Стадия", "Stage"),
    "amount": ("Сумма", "Amount"),
    "due": ("Срок", "Due"),
    "purpose": ("Цель", "Purpose"),
    "channels": ("Каналы", "Channels"),
    "direction": ("Направление", "Direction"),
    "outcome": ("Итог", "Outcome"),
    "manager": ("Менеджер", "Manager"),
}
_ACTORS: Final[Mapping[str, tuple[str, str]]] = {
    "customer": ("Клиент", "Customer"),
    "system": ("Система", "System"),
    "supervisor": ("Руководитель", "Supervisor"),
    "admin": ("Администратор", "Administrator"),
    "manager": ("Менеджер", "Manager"),
}
_READINGS: Final[Mapping[str, tuple[str, str]]] = {
    "card": ("Карточка", "Card"),
    "cards": ("Список клиентов", "List of customers"),
    "labels": ("Метки", "Labels"),
    "search": ("Поиск", "Search"),
    "segment": ("Сегмент", "Segment"),
    "segment_preview": ("Просмотр сегмента", "Preview of a segment"),
    "story": ("История клиента", "Customer's story"),
    "tasks": ("Задачи", "Tasks"),
    "timeline": ("Лента событий", "Timeline"),
}
_VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "answered": ("отвечен", "answered"),
    "missed": ("пропущен", "missed"),
    "busy": ("занято", "busy"),
    "failed": ("не удался", "failed"),
    "voicemail": ("автоответчик", "voicemail"),
    "incoming": ("входящий", "incoming"),
    "outgoing": ("исходящий", "outgoing"),
    "internal": ("внутренний", "internal"),
}
# Their reasons are words of the machine, for whoever examines a decision.
_DECIDED: Final = frozenset({"lead.assigned", "lead.parked", "contact.relinked"})
_GIVEN: Final = {True: ("дано", "given"), False: ("отозвано", "withdrawn")}


def _in(language: str, words: tuple[str, str]) -> str:
    return words[LANGUAGES.index(language)]


def title_of(item: Item, language: str) -> str:
    """What happened, in a few words; a kind that is not known here shows its own name."""
    if item.reported_kind is not None:
        words = _REPORTS.get(item.reported_kind)
        return _in(language, words) if words else item.reported_kind
    title = _in(language, _KINDS[item.kind]) if item.kind in _KINDS else item.kind
    channel = _CHANNELS.get(item.channel or "")
    if item.kind == "inquiry.received" and channel is not None:
        return f"{title}: {_in(language, channel)}"
    consent = item.facts.get("given")
    return f"{title}: {_in(language, _GIVEN[consent])}" if isinstance(consent, bool) else title


def actor_of(actor: str, language: str, managers: Mapping[UUID, str]) -> str:
    """Who somebody is who did or read something: the role in words, and of a manager the name."""
    role, _, subject = actor.partition(":")
    title = _in(language, _ACTORS[role]) if role in _ACTORS else role
    return f"{title} {manager_of(subject, managers)}".strip()


def manager_of(manager: UUID | str | None, managers: Mapping[UUID, str]) -> str:
    """The manager's name; the first part of the id of one who has none, and nothing of nobody."""
    try:
        return managers.get(UUID(str(manager)), str(manager)[:_SHORT])
    except ValueError:
        return str(manager or "")[:_SHORT]


def reading_of(what: str, language: str) -> str:
    """What somebody was shown, in words; what is not known here shows its own name."""
    return _in(language, _READINGS[what]) if what in _READINGS else what


def details_of(item: Item, language: str, managers: Mapping[UUID, str]) -> list[Part]:
    """The facts that people read, each with its label in words; the entry's text is not among."""
    details: list[Part] = []
    for part in (*_whom(item, managers), *_plain(item.facts, language), *parts_of(item)):
        if part.label == "reason" and item.kind in _DECIDED:
            continue
        label = _in(language, _LABELS[part.label]) if part.label in _LABELS else ""
        detail = Part(label, part.text)
        if part.label != "text" and part.text != item.text and detail not in details:
            details.append(detail)
    return details[:MOST_DETAILS]


def _whom(item: Item, managers: Mapping[UUID, str]) -> Iterator[Part]:
    """The manager whom it is about, unless they did it."""
    manager = item.facts.get("manager_id")
    if isinstance(manager, str) and not item.actor.endswith(manager):
        yield Part("manager", manager_of(manager, managers))


def _money(amount: float, currency: object, language: str) -> str:
    number = f"{amount:,.2f}"
    if language == "ru":
        number = number.replace(",", "\u00a0").replace(".", ",")
    return f"{number} {currency or ''}".strip()


def _plain(facts: Mapping[str, Any], language: str) -> Iterator[Part]:
    """Facts that are no words of anybody, and yet are read."""
    if facts.get("to_stage"):
        yield Part("stage", f"{facts.get('from_stage', '')} → {facts['to_stage']}")
    if isinstance(facts.get("amount"), int | float):
        yield Part("amount", _money(facts["amount"], facts.get("currency"), language))
    call = facts.get("call") if isinstance(facts.get("call"), dict) else facts
    for name in ("direction", "outcome"):
        if isinstance(call, dict) and isinstance(call.get(name), str):
            words = _VALUES.get(call[name])
            yield Part(name, _in(language, words) if words else call[name])
    for label, name in (("due", "due_at"), ("purpose", "purpose")):
        if isinstance(facts.get(name), str):
            yield Part(label, facts[name])
    if facts.get("channels") and isinstance(facts["channels"], list):
        yield Part("channels", ", ".join(map(str, facts["channels"])))
