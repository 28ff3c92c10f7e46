"""What an iCalendar file may be before it is read at all, and how it is refused."""

from shared.errors import InvalidError, TooLargeError

MAX_FILE_BYTES = 262_144
MAX_LINE_CHARACTERS = 8_192  # unfolded
MAX_EVENTS = 1_000
MAX_DEPTH = 4
MAX_COMPONENTS = 3_000


OURS = "-//Leadflow//Calendars//EN"  # PRODID of what we write


def refused(pointer: str, detail: str) -> InvalidError:
    """The refusal of a file; the pointer names the component by its kind and place."""
    return InvalidError("The calendar cannot be read.", errors=[(pointer, detail)])


def bounded_text(content: bytes) -> str:
    """The file as text. Raises TooLargeError and InvalidError."""
    if len(content) > MAX_FILE_BYTES:
        raise TooLargeError(f"A calendar may have {MAX_FILE_BYTES} bytes at most.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("", "it is no UTF-8") from None
    if "\x00" in text:
        raise refused("", "it holds a NUL")
    _check_lines(text)
    return text


def _check_lines(text: str) -> None:
    depth = components = events = length = 0
    for line in text.splitlines():
        folded = line[:1] in {" ", "\t"}
        length = length + len(line) if folded else len(line)
        if length > MAX_LINE_CHARACTERS:
            raise refused("", f"a line is longer than {MAX_LINE_CHARACTERS} characters")
        word = "" if folded else line[:12].upper()
        if word.startswith("BEGIN:"):
            depth, components = depth + 1, components + 1
            events += word.strip() == "BEGIN:VEVENT"
        elif word.startswith("END:"):
            depth -= 1
        if depth > MAX_DEPTH or components > MAX_COMPONENTS:
            raise refused("", f"components lie deeper than {MAX_DEPTH}, or are too many")
        if events > MAX_EVENTS:
            raise refused(f"/VEVENT/{MAX_EVENTS}", f"more than {MAX_EVENTS} events")
