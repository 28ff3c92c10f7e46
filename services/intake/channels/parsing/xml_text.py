"""Reading small XML documents from strangers: no document types, no entities, bounded depth.

Invariant: any bytes give leaves or a ChannelError: empty, too_deep, too_many_fields, unknown_shape.
"""

from typing import NoReturn
from xml.parsers import expat

from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason
from shared.text import storable

MAX_DEPTH = 64
MAX_ELEMENTS = 5_000
_SEPARATOR = " "  # between a namespace and a local name; it stands in neither


def leaves(body: bytes) -> dict[str, str]:
    """Path of local names below the root, joined by `/` → text; the first of several wins.

    An attribute is a leaf of its element, named `@` and its local name. Prefixes mean nothing.
    """
    if not body.strip():
        raise ChannelError(QuarantineReason.EMPTY)
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    # Entities are declared in a document type, so without one nothing can expand or be fetched.
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body.lstrip(), True)
    except (expat.ExpatError, ValueError, LookupError):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE) from None
    return collector.leaves


def _refuse(*_parts: object) -> NoReturn:
    raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)


class _Collector:
    def __init__(self) -> None:
        self.leaves: dict[str, str] = {}
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1 + len(attributes)
        if len(self._path) >= MAX_DEPTH:
            raise ChannelError(QuarantineReason.TOO_DEEP)
        if self._elements > MAX_ELEMENTS:
            raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
        self._path.append(_local(name))
        self._texts.append([])
        for label, value in attributes.items():
            self._keep(f"@{_local(label)}", value)

    def text(self, piece: str) -> None:
        self._texts[-1].append(piece)

    def end(self, _name: str) -> None:
        text = "".join(self._texts.pop()).strip()
        if text:
            self._keep("", text)
        self._path.pop()

    def _keep(self, leaf: str, value: str) -> None:
        names = [*self._path[1:], leaf] if leaf else self._path[1:]
        self.leaves.setdefault("/".join(names), storable(value))


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]
