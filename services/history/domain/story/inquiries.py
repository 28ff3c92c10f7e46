"""What an inquiry tells of a person, their call, where they came from and what they agreed to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.history.domain.search.documents import Part
from services.history.domain.story import words
from services.history.domain.story.tellers import (
    Facts,
    Teller,
    as_page,
    as_text,
    detail,
    label_of,
    mapping_in,
    one_of,
    texts_in,
)
from services.history.domain.story.voice import Voice


def tell_contact(value: Any, voice: Voice) -> Iterator[Part]:
    contact = mapping_in(value)
    parts = (contact.get(name) for name in ("first_name", "middle_name", "last_name"))
    name = contact.get("name") or " ".join(str(part) for part in parts if part)
    yield from as_text("name")(name, voice)
    yield from as_text("company")(contact.get("company"), voice)
    extensions = mapping_in(contact.get("extensions"))
    for phone in texts_in(contact.get("phones")):
        digits = extensions.get(phone)
        behind = f", {voice.say(words.LABELS['extension'])} {digits}" if digits else ""
        yield detail("phone", phone + behind, voice)
    for address in texts_in(contact.get("emails")):
        yield detail("email", address, voice)
    mentioned = mapping_in(contact.get("mentioned"))
    for point in (*texts_in(mentioned.get("phones")), *texts_in(mentioned.get("emails"))):
        yield detail("mentioned", point, voice)
    for name, text in mapping_in(contact.get("other")).items():
        if isinstance(text, str) and name not in words.PROGRAMS:
            phrase = words.OTHERS.get(name)
            yield Part(voice.say(phrase) if phrase else label_of(name), text)


CALL_TIMES: Final = ("wait_seconds", "talk_seconds")
CALL_MEMBERS: Final[Mapping[str, Teller]] = {
    "from": as_text("from"),
    "to": as_text("to"),
    "line": as_text("line"),
    "employee": as_text("employee"),
    "recording_url": as_text("recording_url"),
}


def tell_call(call: Facts, voice: Voice, *, directed: bool = True) -> Iterator[Part]:
    if directed:
        yield from one_of("direction", words.DIRECTIONS)(call.get("direction"), voice)
    outcome = call.get("outcome")
    if isinstance(outcome, str):
        phrase = words.OUTCOMES.get(outcome)
        yield detail("outcome", voice.say(phrase) if phrase else outcome, voice)
    for name in CALL_TIMES:
        seconds = call.get(name)
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
            yield detail(name, voice.duration(seconds), voice)
    for name, tell in CALL_MEMBERS.items():
        yield from tell(call.get(name), voice)


_UTM: Final = (
    "form_name", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
)  # fmt: skip


def tell_campaign(value: Any, voice: Voice) -> Iterator[Part]:
    campaign = mapping_in(value)
    for name in _UTM:
        yield from as_text(name)(campaign.get(name), voice)
    for name in ("page_url", "referrer"):
        yield from as_page(name)(campaign.get(name), voice)
    for name, text in mapping_in(campaign.get("ad")).items():
        if name.endswith("name"):
            yield from as_text("ad")(text, voice)


def tell_consent(value: Any, voice: Voice) -> Iterator[Part]:
    consent = mapping_in(value)
    if isinstance(consent.get("given"), bool):
        yield detail("consent", voice.say(words.GIVEN[consent["given"]]), voice)
    yield from tell_purpose(consent.get("purpose"), voice)
    yield from as_text("text_version")(consent.get("text_version"), voice)
    yield from as_page("page_url")(consent.get("page_url"), voice)


def tell_purpose(value: Any, voice: Voice) -> Iterator[Part]:
    if isinstance(value, str):
        phrase = words.PURPOSES.get(value)
        yield detail("purpose", voice.say(phrase) if phrase else label_of(value), voice)


def tell_attachments(value: Any, voice: Voice) -> Iterator[Part]:
    for item in value if isinstance(value, list) else ():
        file = mapping_in(item)
        name = file.get("name") or voice.say(words.UNNAMED_FILE)
        if file.get("refused"):
            phrase = words.FILES.get(str(file["refused"]))
            why = f": {voice.say(phrase)}" if phrase else ""
            name = f"{name} ({voice.say(words.NOT_STORED)}{why})"
        yield detail("attachment", str(name), voice)
