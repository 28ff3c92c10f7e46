"""What keeps promises for mails: stored before 250, passed in a mailbox only when stored."""

from dataclasses import replace
from typing import Any

from services.intake.repository import mailboxes
from services.intake.repository.arrivals import Arrival, Receipt
from services.intake.repository.mailboxes import Place
from services.intake.use_cases.mailboxes.taking import Mailbox
from shared.database import transaction
from shared.ids import new_id
from shared.spool import Spool
from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/intake"


async def _answered_at_once(_mails: object, arrival: Arrival, _spool: Spool) -> Receipt:
    return Receipt(arrival.submission_id, duplicate=False)


async def _without_its_body(_connection: object, arrival: Arrival, _body: Spool) -> Receipt:
    return Receipt(arrival.submission_id, duplicate=False)


def _any_lone_dot(data: bytes) -> int:
    place = data.find(b"\n.\n")
    return place if place >= 0 else data.find(b"\r\n.\r\n")


async def _passed_before(mailbox: Mailbox, place: Place, uid: int, _entry: Any) -> Place:
    async with transaction(mailbox.database) as session:
        await mailboxes.move_mailbox(
            session, mailbox.source_id, uid_validity=place.uid_validity, uid=uid
        )
    async with transaction(mailbox.database) as session:
        arrival = Arrival(
            new_id(), mailbox.source_id, False, None, b"", "IMAP", "", "", b"", b"",
            mailbox.clock(), None,
        )  # fmt: skip
        await mailboxes.add_mail(session, arrival, Spool(), in_pieces=False)
    return replace(place, last_uid=uid)


MAIL_DOORS: tuple[Mechanism, ...] = (
    Mechanism(
        "a mail stored before 250",
        1,
        (f"{HERE}/test_smtp.py::test_a_mail_is_stored_before_the_answer_and_read",),
        {"services.intake.routes.smtp.mails:store": _answered_at_once},
    ),
    Mechanism(
        "a large body with its submission",
        1,
        (f"{HERE}/test_smtp.py::test_a_large_mail_is_stored_in_pieces_and_read",),
        {"services.intake.repository.large_arrivals:_store_in_pieces": _without_its_body},
    ),
    Mechanism(
        "a mailbox's place moves with the mail",
        2,
        (f"{HERE}/test_mailboxes.py::test_a_mail_is_passed_only_when_it_is_stored",),
        {"services.intake.use_cases.mailboxes.taking:take_mail": _passed_before},
    ),
    Mechanism(
        "mails that are numbered anew are walked again",
        2,
        (f"{HERE}/test_mailboxes.py::test_mails_that_are_numbered_anew_are_not_doubled",),
        {"services.intake.use_cases.mailboxes.taking:same_numbering": always(True)},
    ),
    Mechanism(
        "one end of a mail",
        8,
        (f"{HERE}/test_smtp.py::test_nobody_smuggles_a_mail_into_another",),
        {"services.intake.routes.smtp.data:end_of": _any_lone_dot},
    ),
    Mechanism(
        "programs are not given out",
        8,
        ("tests/unit/intake/test_files.py::test_programs_are_refused",),
        {"services.intake.channels.parsing.files:_refusal": always(None)},
    ),
)
