"""The content of a mail as it comes over the wire, without the dots that SMTP adds.

Invariant: only CR LF . CR LF ends a mail. Whoever takes anything else for its end lets a sender put
mails of their own into other people's.
"""

from dataclasses import dataclass

END = b"\r\n.\r\n"


@dataclass(eq=False)
class DataReader:
    """Fed in pieces. `rest` is what follows the mail, once it is `ended`."""

    ended: bool = False
    rest: bytes = b""
    _held: bytes = b"\r\n"  # a mail begins as if after a line
    _surplus: int = 2  # bytes at its beginning that nobody sent

    def feed(self, piece: bytes) -> bytes:
        """What is now known to be content."""
        data = self._held + piece
        end = end_of(data)
        if end >= 0:
            self.ended = True
            self.rest = data[end + len(END) :]
            raw = data[: end + 2]
        else:
            hold = next(size for size in range(4, -1, -1) if data.endswith(END[:size]))
            raw = data[: len(data) - hold]
            self._held = data[len(data) - hold :]
        content = raw.replace(b"\r\n.", b"\r\n")[self._surplus :]
        self._surplus = max(0, self._surplus - len(raw))
        return content


def end_of(data: bytes) -> int:
    """Where the end of a mail begins, or -1."""
    return data.find(END)
