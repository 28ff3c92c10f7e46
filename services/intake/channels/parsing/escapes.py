"""What web pages escape and some plugins send on as it is: `O&#039;Hara`, `R&amp;D`."""

import html
import re
from typing import Any

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def unescaped(value: Any) -> Any:
    """A value with its HTML entities decoded once, in a flat list too; others as they are."""
    if isinstance(value, str):
        if "&" not in value:
            return value
        return _ENTITY.sub(lambda entity: html.unescape(entity.group()), value)
    if isinstance(value, list):
        return [unescaped(item) if isinstance(item, str) else item for item in value]
    return value
