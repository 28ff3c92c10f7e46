"""Whom mails come from: what no mail server would take is told before the first mail."""

from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.service import KPI
from shared.senders import sender_of
from shared.service import SettingsError


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("leadflow@localhost", "leadflow@localhost"),
        ("Leadflow <leadflow@localhost>", "Leadflow <leadflow@localhost>"),
        ('"Лиды, отдел" <a@b.example>', '"Лиды, отдел" <a@b.example>'),
        ("Лиды <a@[127.0.0.1]>", "Лиды <a@[127.0.0.1]>"),
        ("Лиды <robot@пример.рф>", "Лиды <robot@xn--e1afmkfd.xn--p1ai>"),
    ],
)
def test_a_sender_is_an_address_also_of_ones_own_network(text: str, sender: str) -> None:
    assert sender_of(text) == sender
    mail = EmailMessage()
    mail["From"] = sender
    assert mail["From"].addresses[0].addr_spec.isascii()


@pytest.mark.parametrize(
    "text",
    ["", "Leadflow", "a@", "@b", "a b@c.example", "a@b c", "a@b..c", "A <a@b.example", "a@b, c@d",
     "Лиды, отдел <a@b.example>", "a\nBcc: x@y.example", "робот@пример.рф", "A <робот@b.example>"],
)  # fmt: skip
def test_what_no_server_takes_is_no_sender(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is an address, or|has an address that)"):
        sender_of(text)


@given(st.text(max_size=40))
def test_any_text_is_a_sender_or_refused(text: str) -> None:
    with suppress(ValueError):
        sender = sender_of(text)
        assert sender.isprintable()
        assert sender_of(sender) == sender


def test_a_sender_that_is_none_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_MAIL_FROM", "Leadflow")
    with pytest.raises(SettingsError, match=r"mail_from: .*is an address, or a name and one"):
        KPI.read_settings()
