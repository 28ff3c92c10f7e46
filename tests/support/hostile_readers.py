"""Readers that do on command what a hostile body may do to a reader, named by import path.

The word stands in the body; a body without one is read as the generic channel reads it.
"""

import re
from collections.abc import Callable

from services.intake.channels.apart import READERS as HONEST
from services.intake.channels.apart import answer_by
from services.intake.domain.reading import Readers
from services.intake.domain.requests import Parsed, RawRequest, SourceView
from tests.support.hostile_deeds import dawdle, hog, spin, spin_in_c, stumble, vanish

TARGET = "tests.support.hostile_readers:answer"


DEEDS: dict[bytes, Callable[[], None]] = {
    deed.__name__.upper().encode(): deed for deed in (spin, spin_in_c, dawdle, hog, stumble, vanish)
}
_WORD = re.compile(rb"DO_([A-Z_]+);")


def _hostile(request: RawRequest, source: SourceView) -> Parsed:
    word = _WORD.search(request.body)
    if word is not None:
        DEEDS[word[1]]()
    return HONEST["generic-json"](request, source)


READERS: Readers = {**HONEST, "generic-json": _hostile}


def answer(request: bytes) -> bytes:
    return answer_by(request, READERS)
