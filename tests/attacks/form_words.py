"""The bodies of ad platforms and site builders with one word in every place that it fills."""

from collections.abc import Callable
from typing import Any


def _google(word: str) -> dict[str, Any]:
    columns = [{"column_id": name, "string_value": word} for name in ("EMAIL", "FULL_NAME", word)]
    return {"lead_id": word, "google_key": word, "gcl_id": word, "user_column_data": columns}


def _meta(word: str) -> dict[str, Any]:
    answers = [{"name": name, "values": [word]} for name in ("full_name", "city", word)]
    value = {"leadgen_id": word, "ad_id": word, "form_id": word, "field_data": answers}
    return {"entry": [{"changes": [{"field": "leadgen", "value": value}]}]}


def _vk(word: str) -> dict[str, Any]:
    answers = [{"key": name, "question": word, "answer": word} for name in ("email", "x")]
    lead = {"lead_id": word, "user_id": word, "form_name": word, "answers": answers}
    return {"type": "lead_forms_new", "object": lead, "secret": word}


def _tiktok(word: str) -> dict[str, Any]:
    changes = [{"field": name, "value": word} for name in ("name", word)]
    return {"entry": [{"lead_id": word, "page_id": word, "changes": changes}]}


def _linkedin(word: str) -> dict[str, Any]:
    form = {"leadGenForm": word, "owner": {"organization": word}}
    return {"leadGenFormResponse": "abc-4", "leadAction": "CREATED", **form}


def _hubspot(word: str) -> dict[str, Any]:
    return {"vid": word, "properties": dict.fromkeys(("email", "firstname", "city", word), word)}


def _calendly(word: str) -> dict[str, Any]:
    answers = [{"question": word, "answer": word}]
    invitee = {"uri": word, "name": word, "email": word, "questions_and_answers": answers}
    meeting = {"scheduled_event": {"name": word}, "tracking": {"utm_source": word}}
    return {"event": "invitee.created", "payload": {**invitee, **meeting}}


def _webflow(word: str) -> dict[str, Any]:
    values = {"Name": word, "Message": word, word: word}
    return {"payload": {"name": word, "id": word, "formId": word, "data": values}}


FORM_BODIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "google-ads": _google,
    "meta-lead-ads": _meta,
    "vk-lead-forms": _vk,
    "tiktok-lead-gen": _tiktok,
    "linkedin-lead-gen": _linkedin,
    "hubspot": _hubspot,
    "calendly": _calendly,
    "webflow": _webflow,
}
FORM_SECRETS = {
    "google-ads": "google_key",
    "meta-lead-ads": "access_token",
    "vk-lead-forms": "secret",
    "tiktok-lead-gen": "app_secret",
    "linkedin-lead-gen": "client_secret",
    "hubspot": "client_secret",
    "calendly": "signing_key",
    "webflow": "secret",
}
BESIDE = {
    "meta-lead-ads": {"app_secret": "another-key", "verify_token": "another-token"},
    "vk-lead-forms": {"confirmation": "another-word"},
}
