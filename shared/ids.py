"""Identifiers: time-ordered ones for what happens,
derived ones for what must come out the same twice.
"""

import os
import time
from uuid import UUID, uuid5

_NAMESPACE = UUID("6c656164-666c-5f77-8000-6e616d657370")


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    value = int.from_bytes(os.urandom(16))
    value = (value & ((1 << 80) - 1)) | (time.time_ns() // 1_000_000 << 80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def derived_id(kind: str, *parts: object) -> UUID:
    """A UUIDv5 of the parts: the same parts always give the same id."""
    return uuid5(_NAMESPACE, "\x1f".join([kind, *(str(part) for part in parts)]))
