"""Mechanisms of the reader of mails, each with what stands in for it when it is switched off."""

from collections.abc import Iterable, Mapping
from email.message import Message

from services.intake.channels.parsing import raw_mail
from services.intake.domain.threads import Answered, ThreadMail
from tests.support.mechanisms.mechanism import Mechanism


class _Uncut(raw_mail._Part):
    """A part whose headers are as long as they came."""

    def set_raw(self, name: str, value: str) -> None:
        Message.set_raw(self, name, value)


def _whoever_sent_it(
    _ids: object, _draft: object, known: Mapping[bytes, ThreadMail], digests: Iterable[bytes]
) -> Answered | None:
    mails = [known[digest] for digest in digests if digest in known]
    return Answered(mails[0].inquiry_id, mails[0].contact_id) if mails else None


MAILS: tuple[Mechanism, ...] = (
    Mechanism(
        "caps of reading",
        3,
        (
            (
                "tests/attacks/reading/test_reading_takes_its_share.py::"
                "test_time_grows_with_the_size_and_stays_small[raw_mail.read]"
            ),
        ),
        {
            "services.intake.channels.parsing.raw_mail:_bounded": str,
            "services.intake.channels.parsing.raw_mail:_Part": _Uncut,
        },
    ),
    Mechanism(
        "a known mail's id joins no stranger",
        8,
        (
            "tests/integration/intake/test_mail_threads.py::test_a_stranger_who_knows_an_id_joins_nobody",
        ),
        {"services.intake.use_cases.mail_threads:answered_by": _whoever_sent_it},
    ),
)
