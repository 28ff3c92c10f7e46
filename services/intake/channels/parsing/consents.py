"""Whether somebody agreed to the use of their data: a form's checkboxes, and the text they show.

Invariant: a box that is not ticked is no refusal; only a plain "no" is.
"""

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from services.intake.domain.labels import folded
from shared.contracts.inquiry import Consent

PERSONAL_DATA: Final = "personal_data"
MARKETING: Final = "marketing"
_ANY: Final = "consent"  # the form does not say what for
_TEXT: Final = "text"
_IP: Final = "ip"

_YES: Final = frozenset(
    {
        *("1", "on", "yes", "y", "true", "checked", "accepted", "accept", "agree", "agreed"),
        *("i agree", "да", "согласен", "согласна", "я согласен", "я согласна", "согласие", "так"),
    }
)
_NO: Final = frozenset({"0", "off", "no", "n", "false", "нет", "не согласен", "не согласна", "ні"})
_LONGEST_LABEL: Final = 200
_LONGEST_ADDRESS: Final = 60
# A box whose value is the sentence beside it: what somebody has ticked says so itself.
_SENTENCE: Final = re.compile(
    r"\b(?:i (?:agree|consent|accept)|by (?:clicking|submitting)|(?:даю|моё?е?) согласие"
    r"|соглас(?:ен|на|ие) (?:на|с))\b",
    re.IGNORECASE,
)
_MARKETING_LABEL: Final = re.compile(
    r"newsletter|optin|subscribe|marketing|mailinglist|рассылк|реклам|подпис(?:ка|аться|ыва)"
)
_PERSONAL_LABEL: Final = re.compile(
    r"персональны[ехй]*данн|конфиденциальност|privacy|gdpr|personaldata|dataprocessing"
)
_ANY_LABEL: Final = re.compile(
    r"^(?:i|я|даю|мое|my)?(?:consent|agree|agreement|acceptance|terms|termsandconditions"
    r"|соглас(?:ие|ен|на)|условия)(?:given|checkbox)?$|^(?:ясоглас|даюсоглас|согласиена|iagreeto)"
)
_TEXT_LABELS: Final = frozenset(
    map(folded, ("consent text", "consent_label", "agreement text", "текст согласия"))
)
_IP_LABELS: Final = frozenset(
    map(folded, ("ip", "remote ip", "ip address", "user ip", "client ip", "visitor ip"))
)


@dataclass(slots=True)
class ConsentAnswers:
    """What a form tells of consents so far: the answer for each purpose, and what was shown."""

    by_purpose: dict[str, bool] = field(default_factory=dict)
    text: str | None = None
    text_version: str | None = None
    ip: str | None = None


def note(answers: ConsentAnswers, label: str, words: str) -> None:
    """Take what a labelled value tells of a consent; most tell nothing."""
    subject = _subject(label[:_LONGEST_LABEL])
    if subject is None:
        return
    if subject == _TEXT:
        answers.text = answers.text or words.strip() or None
    elif subject == _IP:
        answers.ip = answers.ip or _address(words)
    else:
        take_answer(answers, words, purpose=subject)


def take_answer(
    answers: ConsentAnswers, words: str, *, purpose: str = _ANY, ticked: bool = False
) -> None:
    """Take the value of a field that asks for a consent; `ticked`: any value means that."""
    answer = agreement(words, ticked=ticked)
    if answer is None:
        return
    answers.by_purpose[purpose] = answer
    if answer and answers.text is None and _SENTENCE.search(words[:_LONGEST_LABEL]):
        answers.text = words.strip()


def agreement(words: str, *, ticked: bool = False) -> bool | None:
    """Whether a value says that they agreed; None for one that says neither."""
    plain = words[:_LONGEST_LABEL].strip().casefold()
    if plain in _NO:
        return False
    is_yes = plain in _YES or bool(_SENTENCE.search(plain)) or (ticked and plain != "")
    return True if is_yes else None


def consent_of(answers: ConsentAnswers) -> Consent | None:
    """The consent, to the use of personal data before any other; None if nothing was answered."""
    for purpose in (PERSONAL_DATA, _ANY, MARKETING):
        answer = answers.by_purpose.get(purpose)
        if answer is not None:
            return Consent(
                given=answer,
                text_version=answers.text_version,
                text_digest=text_digest(answers.text) if answers.text else None,
                purpose=None if purpose == _ANY else purpose,
                ip=answers.ip,
            )
    return None


def text_digest(text: str) -> str:
    """SHA-256 in hex of a shown text, without the white space around it."""
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=1024)
def _subject(label: str) -> str | None:
    """What a label asks for: a purpose, the text or the address; None for anything else."""
    plain = folded(label)
    if plain in _TEXT_LABELS:
        return _TEXT
    if plain in _IP_LABELS:
        return _IP
    if _PERSONAL_LABEL.search(plain):
        return PERSONAL_DATA
    if _MARKETING_LABEL.search(plain):
        return MARKETING
    return _ANY if _ANY_LABEL.search(plain) else None


def _address(words: str) -> str | None:
    try:
        return str(ip_address(words[:_LONGEST_ADDRESS].strip()))
    except ValueError:
        return None
