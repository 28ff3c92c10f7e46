"""Labels that are paths or names of variables: `contact[phone]`, `data[0][value]`, `userPhone`.

Invariant: what belongs to somebody else, as `company[phone]`, means nothing.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

_LONGEST = 200
_PART = re.compile(r"[\[\]./>|\\:]+")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
_CODE = re.compile(r"(?=[a-z]*\d)[a-z\d]{4,}|[a-z]\d*|\d+")
# Last parts that say only that here is the value.
_VALUES: Final = frozenset({
    "value", "values", "val", "rawvalue", "answer", "content", "input", "full", "string", "raw",
})  # fmt: skip
# Words that say whose it is, if the sender's own, or which kind of form asks.
_OWNERS: Final = frozenset({
    "your", "my", "user", "customer", "client", "contact", "visitor", "sender", "buyer", "person",
    "personal", "billing", "payer", "applicant", "guest", "subscriber", "primary", "main", "ваш",
    "ваша", "ваше", "мой", "клиент", "клиента",
})  # fmt: skip
_FORMS: Final = frozenset({
    "form", "forms", "field", "fields", "input", "txt", "inp", "fld", "frm", "wpforms", "wpcf",
    "wpcf7", "cf", "cf7", "et", "pb", "nf", "gf", "ff", "elementor", "new", "the", "lead", "data",
    "body", "payload", "text", "textfield", "value", "поле",
})  # fmt: skip
_OTHERS: Final = frozenset({
    "company", "organization", "organisation", "business", "shop", "store", "office", "employer",
    "friend", "manager", "employee", "seller", "agent", "partner", "recommender", "referrer",
    "referral", "referee", "emergency", "spouse", "parent", "child", "recipient", "receiver",
    "shipping", "product", "device", "model", "item", "order", "page", "file", "site", "owner",
    "admin", "support", "our", "from", "to", "cc", "bcc",
})  # fmt: skip
_MEANINGLESS: Final = frozenset({
    "q", "question", "questions", "answers", "a", "item", "items", "entry", "entries", "response",
    "responses", "col", "column", "param", "params", "element", "line", "short", "single",
    "вопрос", "ответ", "значение",
})  # fmt: skip
_NAMES: Final = frozenset({"name", "first_name", "last_name", "middle_name", "company"})


def meaning(label: str, meanings: Mapping[str, str]) -> str | None:
    """What the last telling part of a label means by this table of folded labels."""
    parts = [words for part in _PART.split(label[:_LONGEST]) if (words := _words(part))]
    is_path = len(parts) > 1
    while len(parts) > 1 and (_is_number(parts[-1]) or "".join(parts[-1]) in _VALUES):
        parts.pop()
    if not parts or any(word in _OTHERS for words in parts for word in words):
        return None
    words = parts[-1]
    if len(parts) > 1 and parts[-2][-1] == "name":  # as `name[first]`
        words = [*words, "name"]
    sense = meanings.get("".join(words)) if is_path else None
    dropped: list[str] = []
    while sense is None and len(words) > 1:
        if words[-1].isdecimal() or words[-1] in ("field", "input"):
            words = words[:-1]
        elif words[0] in _OWNERS or words[0] in _FORMS or _CODE.fullmatch(words[0]):
            dropped.append(words[0])
            words = words[1:]
        else:
            return None
        sense = meanings.get("".join(words))
    if words == ["text"] and dropped:
        return None  # the kind of the field, not what it asks for
    return None if sense in _NAMES and _names_the_form(parts, dropped) else sense


def is_meaningless(label: str) -> bool:
    """Whether nothing in a label tells what it asks for: `data[0][value]`, `field_7f3a2b`, `q3`."""
    return all(
        word in _FORMS or word in _VALUES or word in _MEANINGLESS or _CODE.fullmatch(word)
        for word in re.findall(r"[^\W_]+", label[:_LONGEST].casefold())
    )


def _names_the_form(parts: Sequence[Sequence[str]], dropped: Sequence[str]) -> bool:
    """Whether `name` is that of a form or of one of its fields, as in `form_name`, `0[name]`."""
    if any(word not in _OWNERS for word in dropped):
        return True
    return len(parts) > 1 and (_is_number(parts[-2]) or list(parts[-2]) == ["form"])


def _words(part: str) -> list[str]:
    spaced = _HUMP.sub(" ", unicodedata.normalize("NFKC", part))
    return _WORD.findall(spaced.casefold().replace("ё", "е"))


def _is_number(words: Sequence[str]) -> bool:
    return all(word.isdecimal() for word in words)
