"""Hash chains over the entries of a timeline, and the roots that pin them.

SHA-256 everywhere. The trees are those of RFC 6962 §2.1: leaves and nodes are hashed with a byte of
their own before them, so that no node can be passed off as a leaf.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

BEGINNING = bytes(32)  # stands before the first link of a chain, and before the first day
COMPANY = UUID(int=0)  # the chain of what is about no lead and no contact

FORM = 1  # how a link is made of its entry; another way needs another number


class Link(NamedTuple):
    """The link `number`, from 1, of a subject's chain. `digest` seals one entry."""

    subject: UUID
    number: int
    event_id: UUID
    digest: bytes
    hash: bytes


class SealedEntry(NamedTuple):
    """A link beside the digest of its entry as it is now, None if there is no such entry."""

    link: Link
    actual: bytes | None


class Fault(StrEnum):
    CHANGED = "changed"  # the entry is not what was sealed
    MISSING = "missing"  # the entry, or the link, is gone
    ADDED = "added"  # an entry that was never sealed, nor waits to be
    REORDERED = "reordered"  # the entry is as it was, its link is not


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place that differs. `event_id` is None where the link itself is gone; all are None
    where no single link differs, but the links of a seal are others than those it was made of.
    """

    fault: Fault
    subject: UUID | None
    number: int | None
    event_id: UUID | None


def digest_of(open_part: bytes, personal: bytes | None) -> bytes:
    """An entry's digest, from the digests of its open and of its personal part."""
    return hashlib.sha256(open_part + (personal or b"")).digest()


def chain(heads: Mapping[UUID, Link], entries: Iterable[tuple[UUID, UUID, bytes]]) -> list[Link]:
    """The links of these entries, (subject, event id, digest), in their order.

    `heads` are the last links of the subjects that have any.
    """
    last = dict(heads)
    links = []
    for subject, event_id, digest in entries:
        before = last.get(subject)
        number = before.number + 1 if before else 1
        hash_ = link_hash(before.hash if before else BEGINNING, subject, number, event_id, digest)
        last[subject] = Link(subject, number, event_id, digest, hash_)
        links.append(last[subject])
    return links


def link_hash(before: bytes, subject: UUID, number: int, event_id: UUID, digest: bytes) -> bytes:
    place = subject.bytes + number.to_bytes(8) + event_id.bytes
    return hashlib.sha256(before + place + digest).digest()


def first_difference(
    entries: Iterable[SealedEntry], before: Mapping[UUID, Link]
) -> Difference | None:
    """Where the chains first differ from their entries, or from themselves.

    The entries are sorted by subject and number; `before` holds, of each subject that does not
    begin here, the link before its first one.
    """
    for subject, items in groupby(entries, key=lambda item: item.link.subject):
        previous = before.get(subject)
        for item in items:
            if difference := _difference(item, previous):
                return difference
            previous = item.link
    return None


def _difference(item: SealedEntry, previous: Link | None) -> Difference | None:
    link = item.link
    number, hash_ = (previous.number, previous.hash) if previous else (0, BEGINNING)
    if link.number != number + 1:
        return Difference(Fault.MISSING, link.subject, number + 1, None)
    if item.actual is None:
        return Difference(Fault.MISSING, link.subject, link.number, link.event_id)
    if item.actual != link.digest:
        return Difference(Fault.CHANGED, link.subject, link.number, link.event_id)
    if link.hash != link_hash(hash_, link.subject, link.number, link.event_id, link.digest):
        return Difference(Fault.REORDERED, link.subject, link.number, link.event_id)
    return None


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of the leaves: RFC 6962 §2.1, in which no leaves have a root too."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    # Pairing each level from the left and carrying a single last node up gives the RFC's tree.
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [hashlib.sha256(b"\x01" + one + other).digest() for one, other in pairs]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]


def day_hash(before: bytes, day: date, root: bytes) -> bytes:
    """What pins a day and all days before it."""
    return hashlib.sha256(before + day.isoformat().encode() + root).digest()
