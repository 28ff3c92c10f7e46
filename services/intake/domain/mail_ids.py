"""The ids of a mail, by which threads are known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailIds:
    """The ids by which mails belong together: its own, and those that it answers, the oldest first.

    `sender` is the address it came from, `people` this and everybody's it was sent to.
    """

    message_id: str | None = None
    sender: str | None = None
    answers: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
