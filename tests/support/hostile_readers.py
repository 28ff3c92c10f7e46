"""Readers that do on command what a hostile body may do to a reader, named by import path.

The word stands in the body; a body without one is read as the generic channel reads it.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from services.intake import channels
from services.intake.channels import apart
from services.intake.channels.channel import Channel
from services.intake.domain.requests import Content, RawRequest, SourceView

TARGET = "tests.support.hostile_readers:answer"


def spin() -> None:
    while True:
        pass


def spin_in_c() -> None:
    """No signal reaches Python here."""
    sum(range(10**12))


def dawdle() -> None:
    """Longer than a first reading may take, shorter than the last one may."""
    began = time.process_time()
    while time.process_time() - began < 0.5:
        pass


def hog() -> None:
    kept = [bytearray(16 * 1_048_576) for _ in range(1000)]
    raise AssertionError(len(kept))


def stumble() -> None:
    raise IndexError("what a customer wrote")


def vanish() -> None:
    os._exit(3)


DEEDS: dict[bytes, Callable[[], None]] = {
    deed.__name__.upper().encode(): deed for deed in (spin, spin_in_c, dawdle, hog, stumble, vanish)
}
_generic = channels.CHANNELS["generic-json"]
_WORD = re.compile(rb"DO_([A-Z_]+);")


def _hostile(request: RawRequest, source: SourceView) -> Content:
    word = _WORD.search(request.body)
    if word is not None:
        DEEDS[word[1]]()
    return _generic.parse(request, source)


CHANNELS: Mapping[str, Channel] = {
    **channels.CHANNELS,
    "generic-json": replace(_generic, parse=_hostile),
}


def answer(request: bytes) -> bytes:
    return apart.answer(request, CHANNELS)
