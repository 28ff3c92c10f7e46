"""Says in a few words, Russian or English, what an entry tells, and who did it."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from services.history.domain.search.documents import Item
from services.history.domain.story.voice import Voice
from services.history.domain.story.words import ACTORS, CHANNELS, READINGS, UNNAMED
from shared.languages import Words

_UNKNOWN: Final = Words("Событие", "Event")
_TITLES: Final[Mapping[str, Words]] = {
    "inquiry.updated": Words("Обращение уточнено", "Inquiry corrected"),
    "contact.changed": Words("Сведения о клиенте", "Customer's details"),
    "contact.erased": Words("Личные данные стёрты", "Personal data erased"),
    "purchase.recorded": Words("Покупка", "Purchase"),
    "purchase.cancelled": Words("Покупка отменена", "Purchase cancelled"),
    "lead.opened": Words("Лид открыт", "Lead opened"),
    "lead.merged": Words("Лид объединён с другим", "Lead merged into another"),
    "lead.assigned": Words("Лид назначен менеджеру", "Lead assigned to a manager"),
    "lead.accepted": Words("Лид принят менеджером", "Lead accepted by the manager"),
    "lead.declined": Words("Менеджер отказался от лида", "Lead declined by the manager"),
    "lead.stage_changed": Words("Этап изменён", "Stage changed"),
    "lead.won": Words("Продажа", "Sale"),
    "lead.lost": Words("Лид потерян", "Lead lost"),
    "lead.reopened": Words("Лид открыт снова", "Lead opened again"),
}
_INQUIRY: Final = Words("Обращение", "Inquiry")
_REPEATED: Final = Words("Повторное обращение", "Repeated inquiry")
_ANSWER: Final = Words("Ответ клиента", "Customer's answer")
_TEST: Final = Words("Проверочное обращение", "Test inquiry")
_CALLS: Final[Mapping[str | None, Words]] = {
    "outgoing": Words("Исходящий звонок", "Outgoing call"),
    "incoming": Words("Входящий звонок", "Incoming call"),
    "internal": Words("Внутренний звонок", "Internal call"),
}
_CALL: Final = Words("Звонок", "Call")
_REPORTS: Final[Mapping[tuple[str, str | None], Words]] = {
    ("call", "outgoing"): Words("Звонок клиенту", "Call to the customer"),
    ("call", "incoming"): Words("Звонок от клиента", "Call from the customer"),
    ("call", None): Words("Звонок менеджера", "Manager's call"),
    ("mail", "outgoing"): Words("Письмо клиенту", "E-mail to the customer"),
    ("mail", "incoming"): Words("Письмо от клиента", "E-mail from the customer"),
    ("mail", None): Words("Письмо менеджера", "Manager's e-mail"),
    ("message", "outgoing"): Words("Сообщение клиенту", "Message to the customer"),
    ("message", "incoming"): Words("Сообщение от клиента", "Message from the customer"),
    ("message", None): Words("Сообщение менеджера", "Manager's message"),
    ("meeting", None): Words("Встреча", "Meeting"),
    ("note", None): Words("Заметка", "Note"),
    ("task", None): Words("Задача", "Task"),
}
_REPORT: Final = Words("Действие менеджера", "Manager's activity")
_DONE: Final = {
    True: Words("Задача выполнена", "Task done"),
    False: Words("Задача снова открыта", "Task to be done after all"),
}


def _observed(item: Item) -> Words:
    call = item.facts.get("call")
    return _CALLS.get(call.get("direction") if isinstance(call, dict) else None, _CALL)


def _consent(item: Item) -> Words:
    if item.facts.get("given") is False:
        return Words("Согласие отозвано", "Consent withdrawn")
    return Words("Согласие дано", "Consent given")


def _relinked(item: Item) -> Words:
    if item.facts.get("canonical_id") == str(item.contact_id):
        return Words("Карточка клиента отделена от другой", "Contact parted from another")
    return Words("Карточки клиента объединены", "Contacts merged")


def _attached(item: Item) -> Words:
    if item.facts.get("from_lead_id"):
        return Words("Обращение перенесено из другого лида", "Inquiry moved from another lead")
    return Words("Обращение добавлено к лиду", "Inquiry added to the lead")


def _parked(item: Item) -> Words:
    if item.facts.get("reason") == "escalated":
        return Words("Лид ждёт руководителя", "Lead waits for a supervisor")
    if item.facts.get("reason") == "erased":
        return Words("Лид больше никому не назначается", "Lead is given to nobody any more")
    return Words("Лид ждёт свободного менеджера", "Lead waits for a manager")


def _expired(item: Item) -> Words:
    if item.facts.get("deadline") == "first_touch":
        return Words(
            "Менеджер не связался с клиентом в срок",
            "The manager did not contact the customer in time",
        )
    return Words("Менеджер не принял лид в срок", "The manager did not accept the lead in time")


def _returned(item: Item) -> Words:
    if item.facts.get("outcome") == "left":
        return Words(
            "Лид возвращён: менеджер больше не работает", "Lead returned: the manager has left"
        )
    if item.facts.get("outcome") == "returned_offline":
        return Words(
            "Лид возвращён: менеджера не было на месте", "Lead returned: the manager was away"
        )
    return Words("Менеджер вернул лид", "Lead returned by the manager")


def _next_action(item: Item) -> Words:
    if item.facts.get("next_action") or item.facts.get("due_at"):
        return Words("Следующий шаг", "Next action")
    return Words("Следующий шаг снят", "Next action removed")


_TOLD: Final[Mapping[str, Callable[[Item], Words]]] = {
    "call.observed": _observed,
    "consent.recorded": _consent,
    "contact.relinked": _relinked,
    "lead.inquiry_attached": _attached,
    "lead.parked": _parked,
    "lead.lease_expired": _expired,
    "lead.returned": _returned,
    "lead.next_action_set": _next_action,
}
KINDS: Final = frozenset({"inquiry.received", *_TITLES, *_TOLD})  # that have words of their own


def title_of(item: Item, voice: Voice) -> str:
    """What happened, in a few words."""
    if item.reported_kind is not None:
        return voice.say(_reported(item, item.reported_kind))
    if item.kind == "inquiry.received":
        return _inquiry(item.facts, voice)
    if item.kind in _TOLD:
        return voice.say(_TOLD[item.kind](item))
    return voice.say(_TITLES.get(item.kind, _UNKNOWN))


def _reported(item: Item, kind: str) -> Words:
    if item.done is not None:
        return _DONE[item.done]
    return _REPORTS.get((kind, item.direction)) or _REPORTS.get((kind, None), _REPORT)


def _inquiry(facts: Mapping[str, Any], voice: Voice) -> str:
    title = _INQUIRY
    if facts.get("is_test"):
        title = _TEST
    elif facts.get("answers_inquiry_id"):
        title = _ANSWER
    elif facts.get("is_repeat"):
        title = _REPEATED
    channel = CHANNELS.get(str(facts.get("channel")))
    return voice.say(title) + (f": {voice.say(channel)}" if channel else "")


def actor_of(actor: str, voice: Voice) -> str:
    """Who somebody is who did or read something: the role in words, and of a manager the name."""
    role, _, subject = actor.partition(":")
    title = voice.say(ACTORS.get(role, ACTORS["system"]))
    return f"{title} {manager_of(subject, voice)}" if subject else title


def manager_of(manager: UUID | str | None, voice: Voice) -> str:
    """The manager's name; that there is none, and nothing of nobody."""
    if not manager:
        return ""
    try:
        name = voice.managers.get(UUID(str(manager)))
    except ValueError:
        name = None
    return name or voice.say(UNNAMED)


def reading_of(what: str, voice: Voice) -> str:
    """What somebody was shown, in words."""
    return voice.say(READINGS.get(what, _DATA))


_DATA: Final = Words("Данные клиента", "Customer's data")
