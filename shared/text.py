"""What PostgreSQL can keep of a text: everything but NUL and lone surrogates."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_tree(value: Any) -> Any:
    """A JSON value with every string in it, names included, made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable_tree(item) for item in value]
    return value


def require_storable(text: str) -> str:
    """The same text. Raises ValueError when it cannot be stored."""
    if _UNSTORABLE.search(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Text = Annotated[str, AfterValidator(require_storable)]


def require_storable_tree(value: Any) -> None:
    """Raises ValueError when a string of a JSON value, or a name in it, cannot be stored."""
    if isinstance(value, str):
        require_storable(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            require_storable(name)
            require_storable_tree(item)
    elif isinstance(value, list):
        for item in value:
            require_storable_tree(item)
