"""Files of inquiries come out as they came in, to be saved and never shown; and large bodies."""

from email.message import EmailMessage

from shared.ids import new_id
from tests.integration.intake.harness import House, one
from tests.integration.intake.mail_house import listening
from tests.support.smtp_client import smtp_client

PLAN = b"%PDF-1.7\r\n.\r\n" + bytes(range(256)) * 2000


def letter() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "anna@example.com", "Plans"
    mail.set_content("The plans.")
    mail.add_attachment(PLAN, maintype="application", subtype="pdf", filename="план.pdf")
    mail.add_attachment(
        b"<svg onload=alert(1)>", maintype="image", subtype="svg+xml", filename="a.svg"
    )
    mail.add_attachment(b"MZ", maintype="image", subtype="png", filename="b.png")
    return mail.as_bytes().replace(b"\n", b"\r\n")


async def test_a_file_is_saved_and_never_shown(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        answer = await client.mail(letter(), "leads-1@x.example")
    await mail_house.normalise()
    inquiry = one((await mail_house.get("/v1/inquiries"))["items"])
    plan, picture, program = inquiry["attachments"]
    assert (program["attachment_id"], program["refused"]) == (None, "dangerous_type")
    assert plan["size_bytes"] == len(PLAN)
    path = f"/v1/inquiries/{inquiry['inquiry_id']}/attachments/"
    saved = await mail_house.client.get(
        path + plan["attachment_id"], headers=mail_house.as_("supervisor")
    )
    assert saved.status_code == 200
    assert saved.content == PLAN
    assert saved.headers["content-type"] == "application/pdf"
    assert saved.headers["content-disposition"] == (
        "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf"
    )
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["content-security-policy"] == "sandbox; default-src 'none'"
    shown = await mail_house.client.get(
        path + picture["attachment_id"], headers=mail_house.as_("supervisor")
    )
    assert shown.headers["content-type"] == "application/octet-stream"
    for foreign in (str(new_id()), inquiry["inquiry_id"]):
        missing = await mail_house.client.get(path + foreign, headers=mail_house.as_("admin"))
        assert missing.status_code == 404
    await large_body_comes_out(mail_house, answer.split()[-1])


async def large_body_comes_out(house: House, submission_id: str) -> None:
    submission = await house.get(f"/v1/submissions/{submission_id}")
    assert submission["body"] is submission["body_base64"] is None
    assert submission["body_bytes"] == len(letter()) + 2
    answer = await house.client.get(
        f"/v1/submissions/{submission_id}/body", headers=house.as_("admin")
    )
    assert answer.content.count(b"\r\n") == letter().count(b"\r\n") + 1
    assert len(answer.content) == len(letter()) + 2
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_repaired_body_replaces_a_large_one(mail_house: House) -> None:
    async with smtp_client(listening(mail_house).port) as client:
        await client.mail(
            b"Auto-Submitted: auto-replied\r\n\r\n" + b"x" * 300_000, "leads-1@x.example"
        )
    await mail_house.normalise()
    row = one(await mail_house.rows("SELECT submission_id, state FROM submission"))
    assert row["state"] == "ignored"
    answer = await mail_house.client.post(
        f"/v1/submissions/{row['submission_id']}/repair",
        json={"body": "From: anna@example.com\r\n\r\nCall me."},
        headers=mail_house.as_("admin"),
    )
    assert answer.status_code == 202
    await mail_house.normalise()
    assert one((await mail_house.get("/v1/inquiries"))["items"])["text"] == "Call me."
