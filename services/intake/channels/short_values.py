"""The short values that a body holds, found without reading it as what it says it is.

Its law: linear in a bounded part of the body, whatever stands in it.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

SEARCHED_BYTES = 65_536  # of a body, from its beginning and from its end
MOST_VALUES = 1000  # of each of the three forms
# A string is taken whole, also an unfinished one: otherwise the search would be quadratic.
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_LONGEST_ESCAPE = len(rb"\u0000")


def short_values(body: bytes, *, longest: int) -> list[bytes]:
    """Whole values of form fields, parts and JSON strings that have at most `longest` bytes."""
    # Where both overlap a value stands twice; one cut off at the end's beginning proves nothing.
    stretches = [body[:SEARCHED_BYTES]]
    if len(body) > SEARCHED_BYTES:
        stretches.append(body[-SEARCHED_BYTES:])
    values = [
        value
        for stretch in stretches
        for value in (*_of_form(stretch, longest), *_of_parts(stretch), *_of_json(stretch, longest))
    ]
    return [value for value in values if len(value) <= longest]


def _of_form(stretch: bytes, longest: int) -> Iterator[bytes]:
    for piece in stretch.strip(b"\r\n").split(b"&", MOST_VALUES):
        value = piece.partition(b"=")[2]
        if len(value) <= len(b"%00") * longest:
            yield unquote_to_bytes(value.replace(b"+", b" "))


def _of_parts(stretch: bytes) -> Iterator[bytes]:
    for part in stretch.split(b"\r\n--", MOST_VALUES):
        yield part.partition(b"\r\n\r\n")[2]


def _of_json(stretch: bytes, longest: int) -> Iterator[bytes]:
    for match in islice(_STRING.finditer(stretch), MOST_VALUES):
        value = match.group(1)
        if b"\\" not in value:
            yield value
        elif len(value) <= _LONGEST_ESCAPE * longest:
            try:
                text: str = json.loads(b'"' + value + b'"')
            except ValueError:
                continue
            yield text.encode("utf-8", "surrogatepass")
