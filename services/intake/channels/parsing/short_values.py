"""The short values of a body, searched for without parsing it by its content type.

Invariant: linear time in a bounded part of the body.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

SEARCHED_BYTES = 65_536  # of a body, from its beginning
MOST_VALUES = 1000  # of each of the three forms
# A string is taken whole, also an unfinished one: otherwise the search would be quadratic.
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_LONGEST_ESCAPE = len(rb"\u0000")


def short_values(body: bytes, *, longest: int) -> list[bytes]:
    """Whole values of form fields, parts and JSON strings that have at most `longest` bytes."""
    start = body[:SEARCHED_BYTES]
    values = [*_of_form(start, longest), *_of_parts(start), *_of_json(start, longest)]
    return [value for value in values if len(value) <= longest]


def _of_form(start: bytes, longest: int) -> Iterator[bytes]:
    for piece in start.strip(b"\r\n").split(b"&", MOST_VALUES):
        value = piece.partition(b"=")[2]
        if len(value) <= len(b"%00") * longest:
            yield unquote_to_bytes(value.replace(b"+", b" "))


def _of_parts(start: bytes) -> Iterator[bytes]:
    for part in start.split(b"\r\n--", MOST_VALUES):
        yield part.partition(b"\r\n\r\n")[2]


def _of_json(start: bytes, longest: int) -> Iterator[bytes]:
    for match in islice(_STRING.finditer(start), MOST_VALUES):
        value = match.group(1)
        if b"\\" not in value:
            yield value
        elif len(value) <= _LONGEST_ESCAPE * longest:
            try:
                text: str = json.loads(b'"' + value + b'"')
            except ValueError:
                continue
            yield text.encode("utf-8", "surrogatepass")
