"""Files of mails that providers post: named by their inquiry, and found again when asked for."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels.reading import file_of, read
from services.intake.domain.requests import Draft, RawRequest, SourceView, Submission
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.samples import FORM, JSON, source

PLAN = b"%PDF-1.7 " + bytes(range(256))
ENCODED = base64.b64encode(PLAN).decode()
MULTIPART = (("content-type", "multipart/form-data; boundary=cut"),)


def letter() -> str:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "anna@client.example", "Plans"
    mail.set_content("The plans.")
    mail.add_attachment(PLAN, maintype="application", subtype="pdf", filename="план.pdf")
    return mail.as_string()


RAW = letter()


@dataclass(frozen=True)
class Post:
    """A delivery with one file, by where the file is in it."""

    adapter: str
    where: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = JSON
    fetched: Mapping[str, bytes] = field(default_factory=dict)

    def submission(self) -> Submission:
        view = source(self.adapter)
        request = RawRequest(
            headers=self.headers, body=self.body, received_at=NOON, fetched=self.fetched
        )
        return Submission(
            view.source_id, view.source_id, native=False, request=request, received_at=NOON
        )


def _json(adapter: str, where: str, content: Any, **more: Any) -> Post:
    return Post(adapter, where, json.dumps(content).encode(), **more)


def _form(adapter: str, **fields: str) -> Post:
    return Post(adapter, "raw", urlencode(fields).encode(), FORM)


def _parts(adapter: str, text_field: str) -> Post:
    file = 'Content-Disposition: form-data; name="attachment-1"; filename="план.pdf"\r\n'
    head = f'--cut\r\nContent-Disposition: form-data; name="{text_field}"\r\n\r\nThe plans.\r\n'
    body = head + "--cut\r\n" + file + "Content-Type: application/pdf\r\n\r\n"
    return Post(adapter, "parts", body.encode() + PLAN + b"\r\n--cut--\r\n", MULTIPART)


def _listed(name: str, media_type: str, content: str) -> list[dict[str, str]]:
    return [{name: "план.pdf", media_type: "application/pdf", content: ENCODED}]


def _posts() -> Iterator[Post]:
    person = {"From": "anna@client.example"}
    yield _json("postmark", "raw", {**person, "RawEmail": RAW})
    for content in ("Content", "Data"):
        files = _listed("Name", "ContentType", content)
        yield _json("postmark", content, {**person, "Attachments": files})
    yield _form("mailgun", **{"body-mime": RAW, "recipient": "a@shop.example"})
    yield _parts("mailgun", "body-plain")
    yield _form("sendgrid", email=RAW)
    yield _parts("sendgrid", "text")
    headers = [
        "Content-Type: application/pdf",
        'Content-Disposition: attachment; filename="план.pdf"',
    ]
    part = {"Headers": dict(line.split(": ", 1) for line in headers), "ContentRef": "Attachment1"}
    yield _json("mailjet", "parts", {**person, "Parts": [part], "Attachment1": ENCODED})
    message = {"from_email": "anna@client.example", "text": "The plans."}
    named = {"план.pdf": {"name": "план.pdf", "type": "application/pdf", "content": ENCODED}}
    for where, more in (("raw", {"raw_msg": RAW}), ("listed", {"attachments": named})):
        events = json.dumps([{"event": "inbound", "msg": {**message, **more}}])
        yield Post("mandrill", where, urlencode({"mandrill_events": events}).encode(), FORM)
    relayed = {"relay_message": {"content": {"email_rfc822": RAW}}}
    yield _json("sparkpost", "raw", [{"msys": relayed}])
    yield _json("mailersend", "raw", {"type": "inbound.message", "data": {"raw": RAW}})
    data = {"text": "The plans.", "attachments": _listed("file_name", "content_type", "content")}
    yield _json("mailersend", "listed", {"type": "inbound.message", "data": data})
    yield _json("postal", "raw", {"message": base64.b64encode(RAW.encode()).decode()})
    attachments = _listed("filename", "content_type", "data")
    yield _json("postal", "listed", {"plain_body": "The plans.", "attachments": attachments})
    event = {"mail": {"messageId": "s"}, "content": RAW}
    yield _json("ses-sns", "raw", {"Type": "Notification", "Message": json.dumps(event)})
    stored = json.dumps({"mail": {"messageId": "s"}, "receipt": {"action": {"type": "S3"}}})
    notification = {"Type": "Notification", "Message": stored}
    yield _json("ses-sns", "fetched", notification, fetched={"mail": RAW.encode()})
    item = {"RawTextBody": "The plans.", "MessageId": "<1@x>"}
    token = {"Name": "план.pdf", "ContentType": "application/pdf", "DownloadToken": "t"}
    brevo = {"items": [{**item, "Attachments": [token]}]}
    yield _json("brevo", "fetched", brevo, fetched={"t": PLAN})


POSTS = tuple(_posts())


def drafts_of(post: Post) -> tuple[Draft, ...]:
    return read(post.submission(), source(post.adapter)).drafts


@pytest.mark.parametrize("post", POSTS, ids=lambda post: f"{post.adapter} {post.where}")
def test_a_file_is_named_and_found_again(post: Post) -> None:
    (draft,) = drafts_of(post)
    (file,) = draft.attachments
    assert (file.name, file.media_type, file.size_bytes, file.refused) == (
        "план.pdf", "application/pdf", len(PLAN), None,
    )  # fmt: skip
    assert file.attachment_id is not None
    assert file_of(post.submission(), source(post.adapter), file.attachment_id) == PLAN


def test_what_the_provider_keeps_has_a_size_and_no_bytes() -> None:
    stored = json.dumps([{"name": "a.pdf", "content-type": "application/pdf", "size": 7}])
    post = _form("mailgun", **{"body-plain": "The plans.", "attachments": stored})
    (file,) = drafts_of(post)[0].attachments
    assert (file.attachment_id, file.name, file.size_bytes, file.refused) == (
        None,
        "a.pdf",
        7,
        None,
    )


def test_files_belong_to_their_own_mail() -> None:
    """Although the first of three is an automatic answer, and so no inquiry."""

    def item(number: int, **more: Any) -> dict[str, Any]:
        file = {"Name": f"{number}.pdf", "DownloadToken": f"t{number}"}
        return {"MessageId": f"<{number}@x>", "RawTextBody": "a", "Attachments": [file], **more}

    items = [item(1, Headers={"Auto-Submitted": "auto-replied"}), item(2), item(3)]
    fetched = {f"t{number}": b"%d" % number for number in (1, 2, 3)}
    post = _json("brevo", "several", {"items": items}, fetched=fetched)
    view: SourceView = source("brevo")
    files = [draft.attachments[0] for draft in drafts_of(post)]
    assert [file.name for file in files] == ["2.pdf", "3.pdf"]
    contents = [
        file_of(post.submission(), view, file.attachment_id) for file in files if file.attachment_id
    ]
    assert contents == [b"2", b"3"]
