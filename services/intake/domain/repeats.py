"""The same words of the same person, sent again: known by a digest, without moments and ids."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.requests import Content, Draft

_SAID: Final = {
    *("channel", "contact", "subject", "text", "region", "city", "product_interest"),
    *("amount", "currency", "fields", "attachments"),
}
# Fields that a site adds to every sending anew. A date that a customer wrote is no such moment.
_PASSING: Final = frozenset(
    ["id", "uuid", "guid", "requestid", "submissionid", "entryid", "responseid", "leadid",
     "tranid", "transactionid", "messageid", "visitid", "sessionid", "visitorid", "clientid",
     "token", "nonce", "csrf", "csrftoken", "wpnonce", "timestamp", "time", "ts", "createdat",
     "updatedat", "submittedat", "receivedat", "sentat", "datecreated", "createdtime",
     "senttime", "grecaptcharesponse", "ip", "remoteip", "useragent", "cookies"]
)  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def words_digest(content: Content) -> bytes | None:
    """What was said and by whom; None where a provider's ids tell repeats, or nobody is named."""
    drafts = content.drafts
    if content.external_id or not drafts or any(not _is_comparable(draft) for draft in drafts):
        return None
    words = json.dumps([_words_of(draft) for draft in drafts], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(words.encode()).digest()


def _is_comparable(draft: Draft) -> bool:
    is_named = bool(draft.contact.phones or draft.contact.emails)
    is_call = draft.call is not None or draft.channel == "call"
    return is_named and not (draft.external_id or draft.is_test or is_call)


def _words_of(draft: Draft) -> Mapping[str, Any]:
    words = draft.model_dump(mode="json", include=_SAID)
    contact = words["contact"]
    for kind in ("phones", "emails"):
        contact[kind] = sorted(set(contact[kind]))
    words["fields"] = {
        name: value for name, value in words["fields"].items() if not _is_passing(name, value)
    }
    for file in words["attachments"]:
        file.pop("attachment_id")
    folded: Mapping[str, Any] = _folded(words)
    return folded


def _is_passing(name: str, value: Any) -> bool:
    word = re.sub(r"[\W_]", "", name.casefold())
    return word in _PASSING or (isinstance(value, str) and _UUID.fullmatch(value) is not None)


def _folded(value: Any) -> Any:
    """Texts without case and without the width of their spaces."""
    if isinstance(value, dict):
        return {name: _folded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_folded(member) for member in value]
    return " ".join(value.casefold().split()) if isinstance(value, str) else value
