"""Kind J: multipart forms with bare line feeds or words before them are read; truncated ones not."""

import pytest

from services.intake.channels.parsing.body import document
from services.intake.domain.requests import ChannelError, RawRequest

USUAL = (
    '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nАнна\r\n'
    '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nодин\r\nдва\r\n--b--\r\n'
).encode()
BODIES = {
    "as it should be": USUAL,
    "bare line feeds": USUAL.replace(b"\r\n", b"\n"),
    "a preamble": b"This is a multi-part message.\r\n\r\n" + USUAL,
    "a preamble that names the boundary": b"see --b below\r\n" + USUAL,
    "a preamble and bare line feeds": b"words\n\n" + USUAL.replace(b"\r\n", b"\n"),
    "an empty line first": b"\r\n" + USUAL,
    "an epilogue": USUAL + b"words",
    "no last line end": USUAL.removesuffix(b"\r\n"),
}


def _read(body: bytes) -> dict[str, object]:
    kind = "multipart/form-data; boundary=b"
    return document(RawRequest(headers=(("content-type", kind),), body=body))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_multipart_form_is_read(body: bytes) -> None:
    assert _read(body) == {"name": "Анна", "text": "один\r\nдва"}


@pytest.mark.parametrize("end", [1, 5, 9, 40])
@pytest.mark.parametrize("name", ["as it should be", "bare line feeds", "a preamble"])
def test_a_truncated_one_is_not(name: str, end: int) -> None:
    whole = BODIES[name].rstrip()
    with pytest.raises(ChannelError, match="bad_multipart"):
        _read(whole[:-end])
