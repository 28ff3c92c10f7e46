"""The builder that collects a channel's values, and the draft built from it.

Invariant: a value that cannot be read is kept beside the readable ones, never dropped.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.intake.channels.parsing import consents, emails, own_points, phones
from services.intake.channels.parsing.consents import ConsentAnswers
from services.intake.channels.parsing.escapes import unescaped
from services.intake.channels.parsing.points import Points
from services.intake.channels.parsing.unlabelled import only_point
from services.intake.domain import labels, names
from services.intake.domain.priority import priority_class
from services.intake.domain.requests import Draft, SourceView
from shared.contracts.inquiry import Call, Campaign, ContactDetails, Mentioned, Spam

MAX_POINTS = 100  # numbers, and addresses, tried of one inquiry; the rest is kept as raw text
_LARGEST_WRITTEN_OUT = 10**15
_POINTS = frozenset({"phone", "email", "point"})
_NOBODY = Mentioned()
_NAMES = frozenset({"name", "first_name", "last_name", "middle_name", "company"})


@dataclass(slots=True)
class DraftBuilder:
    """The values so far; `add` sorts one more in.

    `is_escaped`: the sender writes `O&#039;Hara`, so the values of `add` are decoded once.
    `mentioned_…` were found, not given as the sender's own.
    """

    country: str
    is_escaped: bool = False
    names: dict[str, str] = field(default_factory=dict)
    phones: dict[str, None] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)
    mentioned_phones: dict[str, None] = field(default_factory=dict)
    mentioned_emails: dict[str, None] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, list[str]] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    campaign: dict[str, Any] = field(default_factory=dict)
    click_ids: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    unsorted: list[str] = field(default_factory=list)  # labels that `add` could not place
    consent: ConsentAnswers = field(default_factory=ConsentAnswers)


def add(builder: DraftBuilder, label: str, value: Any, *, kind: str | None = None) -> None:
    """Sort one labelled value in; `kind` is its meaning by the provider, which beats the label."""
    if value is None or value in ("", [], {}) or labels.is_cookie(label, value):
        return
    if builder.is_escaped:
        value = unescaped(value)
    if label.endswith(labels.EARLIER):  # taken back by the sender: shown, and of no meaning
        builder.fields[label] = labels.without_cookies(value)
        return
    sense = kind or labels.meaning(label)
    words = as_text(value)
    if sense is None or words is None or not _sorted_in(builder, sense, words):
        builder.fields[label] = labels.without_cookies(value)
        builder.unsorted.append(label)
        if words is not None:
            consents.note(builder.consent, label, words)


def _sorted_in(builder: DraftBuilder, sense: str, words: str) -> bool:
    """Whether there was a place for the value; a second name, for example, has none."""
    if not words.strip():
        return True
    if sense in _POINTS:
        _add_point(builder, sense, words)
    elif sense == "text":
        builder.texts.append(words.strip())
    elif sense in _NAMES:
        return _placed(builder.names, sense, words)
    elif sense in labels.CLICK_IDS:
        return _placed(builder.click_ids, sense, words)
    else:
        return _placed(builder.campaign, sense, words)
    return True


def _add_point(builder: DraftBuilder, sense: str, words: str) -> None:
    """A number or an address, also where the sender took one field for the other."""
    is_address = sense == "email"
    if sense == "point" or (sense == "phone" and emails.address(words)):
        is_address = "@" in words
    elif is_address and "@" not in words:
        is_address = phones.alone(words, builder.country) is None
    (add_email if is_address else add_phone)(builder, words)


def add_phone(builder: DraftBuilder, raw: str) -> None:
    """Add one field's numbers; unreadable ones go to `contact.other.phone_raw`."""
    if not raw.strip() or phones.is_hidden(raw):
        return
    most = MAX_POINTS - builder.attempts["phone"]
    points = phones.several(raw, builder.country, most=most)
    _take_points(builder, "phone", points, into=builder.phones)
    builder.extensions.update(points.extensions)


def add_email(builder: DraftBuilder, raw: str) -> None:
    """Add one field's addresses; unreadable ones go to `contact.other.email_raw`."""
    most = MAX_POINTS - builder.attempts["email"]
    _take_points(builder, "email", emails.several(raw, most=most), into=builder.emails)


def as_text(value: Any) -> str | None:
    """A value as words: text as it is, numbers as digits, flat lists joined; None for objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        whole = abs(value) < _LARGEST_WRITTEN_OUT and float(value).is_integer()
        return str(int(value)) if whole else str(value)
    if isinstance(value, list):
        parts = [as_text(item) for item in value]
        return ", ".join(part for part in parts if part) if None not in parts else None
    return None


def contact(builder: DraftBuilder) -> ContactDetails:
    name_parts = {key: names.person_name(value) for key, value in builder.names.items()}
    parts = (
        name_parts.get("first_name"),
        name_parts.get("middle_name"),
        name_parts.get("last_name"),
    )
    return ContactDetails(
        name=name_parts.get("name") or names.full_name(*parts),
        first_name=parts[0],
        middle_name=parts[1],
        last_name=parts[2],
        company=name_parts.get("company"),
        phones=tuple(builder.phones),
        emails=tuple(builder.emails),
        extensions=dict(builder.extensions),
        mentioned=_mentioned(builder),
        other={
            **{key: ", ".join(words) for key, words in builder.unreadable.items()},
            **builder.other,
        },
    )


def _mentioned(builder: DraftBuilder) -> Mentioned:
    if not (builder.mentioned_phones or builder.mentioned_emails):
        return _NOBODY
    return Mentioned(phones=tuple(builder.mentioned_phones), emails=tuple(builder.mentioned_emails))


def build(
    builder: DraftBuilder,
    source: SourceView,
    *,
    channel: str,
    external_id: str | None = None,
    occurred_at: datetime | None = None,
    is_test: bool = False,
    subject: str | None = None,
    call: Call | None = None,
    city: str | None = None,
    region: str | None = None,
    spam: Spam | None = None,
) -> Draft:
    """The builder as a draft, completed by the source's defaults.

    The company's own numbers and addresses are never the contact's, nor is the line of a call.
    """
    _find_unlabelled(builder)
    return Draft(
        channel=channel,
        external_id=external_id,
        occurred_at=occurred_at,
        priority_class=priority_class(call, source_priority=source.priority),
        is_test=is_test or source.is_test,
        contact=own_points.set_apart(
            contact(builder), source, line=call.line if call is not None else None
        ),
        subject=subject,
        text="\n".join(builder.texts) or None,
        call=call,
        campaign=campaign(builder, source),
        city=city,
        region=region,
        fields=dict(builder.fields),
        consent=consents.consent_of(builder.consent),
        spam=spam or Spam(),
    )


def _find_unlabelled(builder: DraftBuilder) -> None:
    """Take the one number, and the one address, of a form that has none under a telling label."""
    for kind, place in (("phone", builder.phones), ("email", builder.emails)):
        if place or kind + "_raw" in builder.unreadable:
            continue
        fields = {label: builder.fields.get(label) for label in builder.unsorted}
        for label, point in only_point(kind, fields, builder.country).items():
            place[point] = None
            del builder.fields[label]


def campaign(builder: DraftBuilder, source: SourceView) -> Campaign:
    """The campaign by the request, completed by the configuration of the source."""
    setting = source.campaign
    defaults: Mapping[str, Any] = (
        {"utm_campaign": setting} if isinstance(setting, str) else setting or {}
    )
    base = {
        key: value
        for key, value in defaults.items()
        if key in _CAMPAIGN_WORDS and isinstance(value, str)
    }
    values = {key: value for key, value in builder.campaign.items() if value}
    return Campaign(**{**base, **values}, click_ids=dict(builder.click_ids))


_CAMPAIGN_WORDS = frozenset(Campaign.model_fields) - {"click_ids", "ad"}


def _placed(place: dict[str, str], key: str, words: str) -> bool:
    if place.get(key):
        return False
    place[key] = words.strip()
    return True


def _take_points(
    builder: DraftBuilder, kind: str, points: Points, *, into: dict[str, None]
) -> None:
    builder.attempts[kind] += points.attempts
    into.update(dict.fromkeys(points.readable))
    if points.unreadable:
        builder.unreadable.setdefault(kind + "_raw", []).extend(points.unreadable)
