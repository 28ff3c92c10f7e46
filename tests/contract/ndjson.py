"""Batches of inquiries as schemathesis posts them: lines that make sense, and lines that do not."""

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st

_NAMES = st.sampled_from(("Анна Ким", "", "O'Neil", "x" * 300))
_PHONES = st.sampled_from(("+79161234567", "8 916 123-45-67", "twelve"))


def _line(key: str, channel: str, name: str, phone: str) -> bytes:
    inquiry: dict[str, Any] = {"channel": channel, "contact": {"name": name, "phones": [phone]}}
    return json.dumps({**inquiry, "source_key": key}).encode()


def register(*, source_key: str) -> None:
    """Tell schemathesis how such a body is made, of lines for this source and for nobody's."""
    inquiries = st.builds(
        _line,
        st.sampled_from((source_key, "nobody")),
        st.sampled_from(("form", "call", "pigeon")),
        _NAMES,
        _PHONES,
    )
    lines = st.one_of(inquiries, inquiries, st.sampled_from((b"", b"{", b"[]", b"\xff")))
    batches = st.lists(lines, max_size=5).map(b"\n".join)
    schemathesis.openapi.media_type("application/x-ndjson", batches)
