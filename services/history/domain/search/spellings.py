"""How else a word may have been meant: in the other alphabet, or typed on the other keyboard."""

from typing import Final

# Between Latin and Cyrillic as names are usually spelt in Russia (ISO 9 without its marks), the
# longest first.
_LATIN: Final = (
    ("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"),
    ("yu", "ю"), ("ya", "я"), ("yo", "е"), ("ey", "ей"), ("iy", "ий"), ("a", "а"), ("b", "б"),
    ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"), ("j", "й"),
    ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"), ("r", "р"),
    ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "ы"), ("z", "з"),
)  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "",
    "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_KEYS: Final = "qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить"
_KEYBOARDS: Final = str.maketrans("".join(_KEYS), "".join(reversed(_KEYS)))


def latin_of(word: str) -> str:
    """The folded word with Latin letters in the place of Cyrillic ones."""
    return "".join(_CYRILLIC.get(letter, letter) for letter in word)


def spellings_of(word: str) -> list[str]:
    """Other spellings of a folded word, none of them the word itself; they may mean nothing."""
    other = latin_of(word)
    if other == word:
        other = _in_cyrillic(word)
    spellings = (other, word.translate(_KEYBOARDS))
    return sorted({spelling for spelling in spellings if spelling} - {word})


def _in_cyrillic(word: str) -> str:
    letters, rest = "", word
    while rest:
        latin, cyrillic = next(
            (pair for pair in _LATIN if rest.startswith(pair[0])), (rest[0], rest[0])
        )
        letters, rest = letters + cyrillic, rest[len(latin) :]
    return letters
