"""What of a submission may be seen by whom: secrets and the visitor's cookies are for admin only.

Its law: what cannot be read as text or fields cannot be masked, and is then not shown.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

from services.intake.channels.body import document
from services.intake.domain.labels import without_cookies
from services.intake.domain.wire import ChannelError, RawRequest
from services.intake.use_cases.sources import MASK

_SECRET_HEADER = re.compile(r"cookie|auth|sign|token|secret|key|password", re.IGNORECASE)


def masked_body(request: RawRequest, secrets: Iterable[str]) -> str | None:
    """What the body says, as JSON without cookies and secrets; None when it cannot be read."""
    try:
        found = without_cookies(document(request))
    except ChannelError:
        return None
    return without_secrets(json.dumps(found, ensure_ascii=False), secrets)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret, plain or percent-encoded, replaced by the mask."""
    for secret in secrets:
        for form in {secret, quote_plus(secret)}:
            text = text.replace(form, MASK)
    return text


def masked_headers(headers: Iterable[tuple[str, str]], secrets: Iterable[str]) -> dict[str, str]:
    known = list(secrets)
    return {
        name: MASK if _SECRET_HEADER.search(name) else without_secrets(value, known)
        for name, value in headers
    }


def all_secrets(*sets: Mapping[str, Any]) -> list[str]:
    """The secrets' values, longest first, so that none hides in another's remains."""
    found = {str(value) for secrets in sets for value in secrets.values() if value}
    return sorted(found, key=len, reverse=True)
