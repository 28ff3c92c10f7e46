"""What PostgreSQL can keep of a text, everything but NUL and lone surrogates; and how people who
configure something write its names, in one line, and their words, in several.
"""

import re
import unicodedata
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator

# Composing takes the square of a row of marks, so what is far too long is not composed.
MOST_COMPOSED: Final = 5000
_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN: Final = re.compile("[\xad\u200b\u2060\ufeff]")  # come along with copied words
# Of control, and of the direction of writing, by which one name can look like another.
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
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


def one_line(value: Any) -> Any:
    """A name as it is kept: composed (NFC), in one line, with single blanks. What is no text stays
    for the type to refuse. Raises ValueError for control characters.
    """
    return " ".join(lines_of(value).split()) if isinstance(value, str) else value


def lines_of(value: Any) -> Any:
    """Words as they are kept: composed (NFC), in lines that end with LF, without blanks around
    them. What is no text stays for the type to refuse. Raises ValueError for control characters.
    """
    if not isinstance(value, str) or len(value) > MOST_COMPOSED:
        return value
    text = _UNSEEN.sub("", _BREAKS.sub("\n", require_storable(value)))
    if _CONTROLS.search(text):
        raise ValueError("holds a control character")
    return unicodedata.normalize("NFC", text).strip()


# To be named behind the bounds of a text, which hold for what comes of it.
ONE_LINE: Final = BeforeValidator(one_line)
LINES: Final = BeforeValidator(lines_of)


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
