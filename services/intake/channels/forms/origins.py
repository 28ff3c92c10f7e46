"""Which sites' scripts may read a form's answer (CORS), and where a browser is sent afterwards.

Invariant: both come from the source's configuration, never from the form.
"""

import re
from collections.abc import Mapping
from typing import Any

from services.intake.domain.requests import Answer, RawRequest, SourceView

_ORIGIN = re.compile(r"https?://[^\s/?#@]{1,253}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,2000}")
_HEADERS = "Content-Type, Accept, Idempotency-Key, X-Requested-With"
_DAY = "86400"


def headers(request: RawRequest, source: SourceView) -> tuple[tuple[str, str], ...]:
    """Those by which the browser lets the page's script read the answer; none for other pages."""
    allowed = source.options.get("origins")
    if not isinstance(allowed, list) or not allowed:
        return ()
    vary = ("Vary", "Origin")
    origin = request.header("origin") or ""
    if _folded(origin) not in {_folded(item) for item in allowed if isinstance(item, str)}:
        return (("Access-Control-Allow-Origin", "*"), vary) if "*" in allowed else (vary,)
    return (("Access-Control-Allow-Origin", origin), vary)


def preflight(request: RawRequest, source: SourceView) -> Answer | None:
    """The answer to a browser that asks whether a page of an allowed origin may post."""
    origin_headers = headers(request, source)
    is_asked = request.header("access-control-request-method") is not None
    if not is_asked or len(origin_headers) < 2:
        return None
    answers = (
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Allow-Headers", _HEADERS),
        ("Access-Control-Max-Age", _DAY),
    )
    return Answer(204, headers=(*origin_headers, *answers))


def is_web_address(text: str) -> bool:
    """Whether it is an absolute address that may stand in a header."""
    return _ADDRESS.fullmatch(text) is not None


def check_options(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    faults = []
    allowed = options.get("origins", [])
    are_origins = isinstance(allowed, list) and all(
        item == "*" or (isinstance(item, str) and _ORIGIN.fullmatch(_folded(item)))
        for item in allowed
    )
    if not are_origins:
        faults.append(("origins", "is a list of origins like https://shop.example, or of *"))
    address = options.get("thank_you_url")
    if address is not None and not (isinstance(address, str) and is_web_address(address)):
        faults.append(("thank_you_url", "is an absolute http or https address"))
    trap = options.get("honeypot")
    if trap is not None and not (isinstance(trap, str) and trap.strip()):
        faults.append(("honeypot", "is the name of a field"))
    return faults


def _folded(origin: str) -> str:
    return origin.strip().rstrip("/").lower()
