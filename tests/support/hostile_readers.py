"""Readers that do on command what a hostile body may do to a reader, named by import path.

The word stands in the body; a body without one is read as the generic channel reads it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from services.intake import channels
from services.intake.channels import apart
from services.intake.channels.channel import Channel
from services.intake.domain.requests import Content, RawRequest, SourceView
from tests.support.hostile_deeds import dawdle, hog, spin, spin_in_c, stumble, vanish

TARGET = "tests.support.hostile_readers:answer"


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
