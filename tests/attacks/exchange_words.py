"""Events of calls as exchanges send them, with one word in every place that the exchange fills."""

from collections.abc import Mapping
from urllib.parse import urlencode

from services.intake.domain.requests import RawRequest

FORM = (("content-type", "application/x-www-form-urlencoded"),)
# What the event is, and the names of what is filled.
CALLS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "zadarma": ({"event": "NOTIFY_END"}, ("pbx_call_id", "caller_id", "internal", "call_start")),
    "megafon": ({"cmd": "history", "type": "in"}, ("callid", "phone", "user", "link", "rating")),
    "binotel": (
        {"requestType": "apiCallCompleted", "callDetails[callType]": "0"},
        (
            "callDetails[generalCallID]",
            "callDetails[externalNumber]",
            "callDetails[internalNumber]",
        ),
    ),
}


def call_with(adapter: str, word: str) -> RawRequest:
    fixed, names = CALLS[adapter]
    pairs = {**fixed, **dict.fromkeys(names, word), "crm_token": word, "companyID": word}
    return RawRequest(headers=FORM, body=urlencode(pairs).encode())
