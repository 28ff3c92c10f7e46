"""What becomes of a mail, whatever the server says to which command."""

import email.policy
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from shared import mailing
from shared.mailing import MailError, MailServer, Refusal
from tests.support.certificates import tls_files
from tests.support.scripted_smtp import CONTENT, GREETING, ScriptedServer, scripted_server

HEAD, DEPUTY = "head@company.example", "deputy@company.example"


def a_mail(subject: str = "Сводка") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("Обращения 16, Продано 7")
    return message


def server_of(script: ScriptedServer, *, password: str | None = None) -> MailServer:
    sender, name = "Leadflow <leadflow@company.example>", password and "leadflow"
    return MailServer("127.0.0.1", script.port, sender, name, password)


@pytest.mark.parametrize(
    ("answers", "reason", "again"),
    [
        ({GREETING: "554 we do not know you"}, "connect_554", True),
        ({GREETING: "421 too busy"}, "connect_421", True),
        ({GREETING: None}, "connect_unreachable", True),
        ({"EHLO": "421 too busy", "HELO": "421 too busy"}, "connect_421", True),
        ({"MAIL": "451 greylisted"}, "sender_451", True),
        ({"MAIL": "550 no such sender"}, "sender_550", True),
        ({"MAIL": "530 authentication required"}, "sender_530", True),
        ({"MAIL": "552 too large"}, "too_large", False),
        ({"MAIL": None}, "sender_no_answer", True),
        ({"RCPT": None}, "recipient_no_answer", True),
        ({"DATA": "451 later"}, "content_451", True),
        ({"DATA": "554 no"}, "content_554", False),
        ({CONTENT: "452 disk full"}, "content_452", True),
        ({CONTENT: "552 too large"}, "content_552", False),
        ({CONTENT: "554 5.7.1 spam"}, "content_554", False),
        ({CONTENT: "421 going down"}, "content_421", True),
        ({CONTENT: None}, "content_no_answer", True),
    ],
)
async def test_the_reason_names_the_step_and_what_was_said(
    answers: dict[str, str | None], reason: str, *, again: bool
) -> None:
    """Of what the operator can mend, such as the sender or the login, nothing is lost meanwhile."""
    async with scripted_server(answers) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script).send(a_mail(), [HEAD])
    assert (caught.value.reason, caught.value.again) == (reason, again)


@pytest.mark.parametrize(
    ("offers", "answers", "reason"),
    [
        (("AUTH PLAIN LOGIN",), {"AUTH": "535 5.7.8 wrong"}, "login_535"),
        (("AUTH PLAIN LOGIN",), {"AUTH": "454 4.7.0 later"}, "login_454"),
        ((), {}, "login_not_offered"),
    ],
)
async def test_a_login_that_is_refused_may_be_mended(
    offers: tuple[str, ...], answers: dict[str, str | None], reason: str
) -> None:
    async with scripted_server(answers, offers=offers) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script, password="secret").send(a_mail(), [HEAD])
    assert (caught.value.reason, caught.value.again) == (reason, True)


async def test_one_address_that_is_refused_does_not_keep_it_from_others() -> None:
    answers = {f"RCPT TO:<{HEAD}>": "450 4.2.0 greylisted", f"RCPT TO:<{DEPUTY}>": "550 unknown"}
    other = "other@company.example"
    async with scripted_server(answers) as script:
        refusals = await server_of(script).send(a_mail(), [HEAD, DEPUTY, other])
        assert refusals == [
            Refusal(HEAD, "recipient_450", again=True),
            Refusal(DEPUTY, "recipient_550", again=False),
        ]
        assert len(script.contents) == 1
        assert len(await server_of(script).send(a_mail(), [HEAD, DEPUTY])) == 2
        assert len(script.contents) == 1, "nobody would have had it"


async def test_a_server_that_hangs_up_in_the_middle_has_it_for_nobody() -> None:
    answers = {f"RCPT TO:<{HEAD}>": "421 4.3.2 shutting down", f"RCPT TO:<{DEPUTY}>": None}
    async with scripted_server(answers) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script).send(a_mail(), [HEAD, DEPUTY])
    assert (caught.value.reason, caught.value.again) == ("recipient_no_answer", True)
    assert script.contents == []


@pytest.mark.parametrize("farewell", [None, "500 what"])
async def test_what_was_taken_is_taken_however_it_ends(farewell: str | None) -> None:
    async with scripted_server({"QUIT": farewell, "EHLO": "502 old", "HELO": "250 hi"}) as script:
        assert await server_of(script).send(a_mail(), [HEAD]) == []
    (content,) = script.contents
    assert content.isascii()
    assert message_from_bytes(content, policy=email.policy.default)["subject"] == "Сводка"


async def test_the_content_has_a_time_of_its_own_to_be_judged_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As RFC 5321, section 4.5.3.2.6 asks: whoever leaves sooner sends it again and again."""
    assert mailing.CONTENT_SECONDS >= 600
    monkeypatch.setattr(mailing, "CONTENT_SECONDS", 0.05)
    async with scripted_server({CONTENT: "250-"}) as script:  # never ends its answer
        with pytest.raises(MailError) as caught:
            await server_of(script).send(a_mail(), [HEAD])
    assert (caught.value.reason, caught.value.again) == ("content_timeout", True)


async def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "ENVELOPE_SECONDS", 0.05)
    async with scripted_server({"MAIL": "250-"}) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script).send(a_mail(), [HEAD])
    assert (caught.value.reason, caught.value.again) == ("connect_timeout", True)


async def test_names_of_other_letters_reach_whom_they_can() -> None:
    """A domain has a way in ASCII; a name before the @ has none, and needs SMTPUTF8."""
    async with scripted_server() as script:
        refusals = await server_of(script).send(a_mail(), ["head@почта.рф", "глава@почта.рф"])
        assert refusals == [Refusal("глава@почта.рф", "recipient_no_smtputf8", again=False)]
        assert "RCPT TO:<head@xn--80a1acny.xn--p1ai>" in script.lines
    async with scripted_server(offers=("SMTPUTF8", "8BITMIME")) as script:
        assert await server_of(script).send(a_mail(), ["глава@почта.рф"]) == []
        assert "RCPT TO:<глава@xn--80a1acny.xn--p1ai>" in script.lines
    content = message_from_bytes(script.contents[0], policy=email.policy.default)
    assert content["to"] == "глава@xn--80a1acny.xn--p1ai"


async def test_a_password_is_told_by_tls_alone_and_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mailing, "_is_this_machine", lambda _host: False)
    async with scripted_server(offers=("AUTH PLAIN",)) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script, password="secret").send(a_mail(), [HEAD])
        assert caught.value.reason == "connect_not_offered"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*tls_files(tmp_path))
    async with scripted_server(offers=("AUTH PLAIN", "STARTTLS"), tls=tls) as script:
        with pytest.raises(MailError) as caught:
            await server_of(script, password="secret").send(a_mail(), [HEAD])
        assert (caught.value.reason, caught.value.again) == ("connect_bad_certificate", True)
    assert not any(line.startswith("AUTH") for line in script.lines)
