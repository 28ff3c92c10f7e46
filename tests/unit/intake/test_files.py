"""Files of mails: found in any bytes, labelled harmlessly, refused where they are programs."""

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing import mail_parts
from services.intake.channels.parsing.files import (
    File,
    attachments,
    base64_file,
    label,
    sniffed,
)
from services.intake.channels.reading import file_of, read
from services.intake.domain.requests import RawRequest, SourceView, Submission
from shared.clock import system_clock
from shared.ids import new_id


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "anna@example.com", "Файлы"
    mail.set_content("Слова.")
    mail.add_alternative("<p>Слова.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7 " + bytes(range(256)), maintype="application", subtype="pdf",
        filename="план дома.pdf")  # fmt: skip
    mail.add_attachment(
        "a;b\r\nя;2\r\n", subtype="csv", filename="../../etc/a.csv", cte="quoted-printable"
    )
    return mail


def test_files_of_a_mail_are_named_and_decoded() -> None:
    raw = letter().as_bytes()
    files = mail_parts.files(raw)
    assert [(file.name, file.media_type) for file in files] == [
        ("план дома.pdf", "application/pdf"),
        ("../../etc/a.csv", "text/csv"),
    ]
    assert files[0].decode() == b"%PDF-1.7 " + bytes(range(256))
    assert files[1].decode().splitlines() == [b"a;b", "я;2".encode()]
    words = mail_parts.words_only(raw)
    assert b"JVBER" not in words
    assert len(mail_parts.files(words)) == 2
    assert words.count(b"\n--") == raw.count(b"\n--")


def test_an_enclosed_mail_is_a_file_and_is_read() -> None:
    mail, inner = EmailMessage(), EmailMessage()
    inner.set_content("The inner words.")
    mail.set_content("Look.")
    mail.add_attachment(inner, filename="order.eml")
    (file,) = mail_parts.files(mail.as_bytes())
    assert (file.name, b"The inner words." in file.decode()) == ("order.eml", True)
    assert b"The inner words." in mail_parts.words_only(mail.as_bytes())


@given(
    st.lists(
        st.sampled_from(
            [b"--a", b"--a--", b"--b", b"\n", b"\r\n", b"Content-Type: multipart/mixed; boundary=a",
             b'Content-Type: multipart/x; boundary="b"', b"Content-Type: image/png; name*0*=%ff",
             b"Content-Transfer-Encoding: base64", b"x", b"\xff\x00", b":"]
        ), max_size=30)
)  # fmt: skip
def test_any_bytes_have_parts(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    for part in mail_parts.parts(raw):
        assert 0 <= part.begin <= part.end <= len(raw)
    attachments(mail_parts.files(raw), new_id(), 0)
    mail_parts.words_only(raw)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.pdf", "a.pdf"),
        ("..\\..\\C:\\x\\план.pdf", "план.pdf"),
        ("/etc/passwd", "passwd"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a\x00\r\nb.pdf", "a\ufffdb.pdf"),
        ("  ", None),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        (None, None),
    ],
)
def test_a_name_is_a_label(name: str | None, shown: str | None) -> None:
    assert label(name) == shown


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("photo.jpg", b"\xff\xd8\xff", None),
        ("photo.jpg", b"MZ\x90", "dangerous_type"),
        ("photo.jpg.exe ", b"x", "dangerous_type"),
        ("a.JS", b"x", "dangerous_type"),
        ("a.txt", b"#!/bin/sh", "dangerous_type"),
        ("a.zip", b"PK\x03\x04", None),
    ],
)
def test_programs_are_refused(name: str, content: bytes, refusal: str | None) -> None:
    submission_id = new_id()
    (attachment,) = attachments([File(name, "image/jpeg", lambda: content)], submission_id, 0)
    assert attachment.refused == refusal
    assert (attachment.attachment_id is None) == (refusal is not None)
    (again,) = attachments([File(name, "image/jpeg", lambda: content)], submission_id, 0)
    assert again == attachment


def test_a_secret_in_a_name_is_masked() -> None:
    view = SourceView(
        source_id=new_id(), key="a-source", adapter="imap", secrets={"password": "open-sesame"}
    )
    mail = EmailMessage()
    mail.set_content("Words.")
    mail.add_attachment(b"a", maintype="image", subtype="png", filename="open-sesame.png")
    submission = Submission(
        new_id(),
        view.source_id,
        native=False,
        request=RawRequest(body=mail.as_bytes()),
        received_at=system_clock(),
    )
    (draft,) = read(submission, view).drafts
    assert "sesame" not in str(draft.attachments[0].name)
    attachment_id = draft.attachments[0].attachment_id
    assert attachment_id is not None
    assert file_of(submission, view, attachment_id) == b"a"


def test_many_files_and_broken_ones() -> None:
    fine = base64_file("a", "text/plain", base64.b64encode(b"a").decode())
    described = attachments([fine] * 60, new_id(), 0)
    assert [item.refused for item in described] == [None] * 50 + ["too_many"]
    assert len({item.attachment_id for item in described}) == 51
    (broken,) = attachments([base64_file("a", None, "a")], new_id(), 0)
    assert broken.refused == "broken"


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (b"hello", "Text/Plain; charset=x", "text/plain"),
        (b" <!DOCTYPE html><p>", "image/png", "text/html"),
        (b"<svg onload=x>", "image/png", "text/html"),
        (b"<svg/>", "image/svg+xml", "image/svg+xml"),
        (b"x", "no type\r\nX: y", "application/octet-stream"),
        (b"\x7fELF", "image/png", "application/octet-stream"),
    ],
)
def test_a_type_hides_nothing(content: bytes, media_type: str, kind: str) -> None:
    assert sniffed(content, media_type) == kind
