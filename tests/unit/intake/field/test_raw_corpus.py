"""Raw mails of other projects' test suites: a person's gives an inquiry, a machine's its reason."""

from pathlib import Path
from typing import Any

import pytest

from services.intake.channels.parsing import raw_mail
from tests.unit.intake.field.letters import content, inquiry

RAW = Path(__file__).parents[3] / "fixtures" / "sources" / "email" / "raw"
MACHINES = {
    "cpython--msg_02": "list",
    "cpython--msg_16": "bounce",
    "flanker--delayed": "bounce",
    "flanker--mailbox-full": "bounce",
}
ADF_LINE = "    <requestdate>2010-10-13T07:53:04-09:00</requestdate>"
ORDER = "Новый заказ №28922 http://group.company.ru/ru/order/28922/process/"
# Mail → the address of the person, and a line of the words.
PEOPLE: dict[str, tuple[str | None, str | None]] = {
    "cpython--msg_12a": ("barry@python.org", None),
    "cpython--msg_15": ("xx@xx.dk", "Some removed test."),
    "cpython--msg_35": (
        "aperson@dom.ain",
        "counter to RFC 2822, there's no separating newline here",
    ),
    "cpython--msg_46": ("sender@example.net", "Testing email forwarding with Groupwise 1.2.2010"),
    "cpython--msg_47": ("arthur@example.example", "bar"),
    "flanker--8bitmime": ("bob@example.com", "Превел"),
    "flanker--bilingual-simple": (None, "А эта линия по-русски."),
    "flanker--encoded-header": ("foo.bar@example.com", "hello, world"),
    "flanker--false-multipart": ("broken.mime@notreallymultipart.com", None),
    "flanker--mailformed-headers": ("headers@gmail.com", "Hello"),
    "flanker--missing-boundaries": ("me@example.com", "Hi This is a broken message"),
    "flanker--missing-final-boundary": ("me@example.com", "Some body"),
    "flanker--no-ctype": (None, "I'm just testing message parsing"),
    "imap_tools--encoding_madness": (None, "Body Text"),
    "imap_tools--forwarded_message": ("i.kor@company.ru", ORDER),
    "imap_tools--missing_body": ("redacted@attglobal.net", None),
    "imap_tools--multiple_content_types": ("redacted@flashmail.net", "foo"),
    "imap_tools--new_line_in_to_header": (None, ADF_LINE),
    "rails--invalid_utf": ("info@sender.com", "Vážený zákazníku,"),
}


def seen(name: str) -> dict[str, Any]:
    return inquiry(raw_mail.read((RAW / f"{name}.eml").read_bytes()))


def test_every_mail_has_a_row() -> None:
    assert {path.stem for path in RAW.glob("*.eml")} == {*MACHINES, *PEOPLE}


@pytest.mark.parametrize(("name", "reason"), MACHINES.items(), ids=MACHINES.keys())
def test_a_machines_mail(name: str, reason: str) -> None:
    assert content(raw_mail.read((RAW / f"{name}.eml").read_bytes())).ignored == reason


@pytest.mark.parametrize("name", PEOPLE)
def test_a_persons_mail(name: str) -> None:
    address, line = PEOPLE[name]
    draft = seen(name)
    assert draft.get("contact", {}).get("emails", [None]) == [address]
    lines = (draft.get("text") or "").split("\n")
    assert lines == [""] if line is None else line in lines


def test_names_subjects_and_files_are_decoded() -> None:
    assert seen("flanker--encoded-header")["contact"]["name"] == "Foo, Bar"
    assert seen("flanker--mailformed-headers")["contact"]["name"].startswith("Юникод запрещен")
    assert seen("flanker--mailformed-headers")["fields"]["charset"].startswith("utf-8, damaged")
    assert seen("imap_tools--forwarded_message")["subject"] == "статус"
