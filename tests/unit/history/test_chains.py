"""A chain shows whatever was done to it or to its entries, and where first."""

import hashlib
import random
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.chains import (
    BEGINNING,
    Difference,
    Fault,
    Link,
    SealedEntry,
    chain,
    day_hash,
    digest_of,
    first_difference,
    link_hash,
    merkle_root,
)
from tests.support.event_streams import some_id

SUBJECTS = sorted(some_id("subject", number) for number in range(3))
DIGESTS = st.binary(min_size=32, max_size=32)
ENTRIES = st.lists(st.tuples(st.sampled_from(SUBJECTS), DIGESTS), min_size=1, max_size=25)


def sealed(entries: list[tuple[UUID, bytes]], *, cut: int = 0) -> list[SealedEntry]:
    """The links of these entries, made in two goes, sorted as they are verified."""
    items = [
        (subject, some_id("event", place), digest)
        for place, (subject, digest) in enumerate(entries)
    ]
    links = chain({}, items[:cut])
    links += chain({link.subject: link for link in links}, items[cut:])
    by_place = sorted(links, key=lambda link: (link.subject, link.number))
    return [SealedEntry(link, link.digest) for link in by_place]


@given(ENTRIES, st.integers(0, 25))
def test_what_nobody_touched_is_intact_however_it_was_cut(
    entries: list[tuple[UUID, bytes]], cut: int
) -> None:
    chains = sealed(entries, cut=min(cut, len(entries)))
    assert chains == sealed(entries)
    assert first_difference(chains, {}) is None


@given(ENTRIES, st.integers(0, 25))
def test_a_part_is_verified_behind_the_link_before_it(
    entries: list[tuple[UUID, bytes]], cut: int
) -> None:
    chains = sealed(entries)
    part = chains[min(cut, len(chains)) :]
    before = {item.link.subject: item.link for item in chains[: len(chains) - len(part)]}
    assert first_difference(part, before) is None


@given(ENTRIES, st.randoms(use_true_random=False), st.sampled_from(["entry", "gone", "link"]))
def test_the_first_place_that_differs_is_named(
    entries: list[tuple[UUID, bytes]], choice: random.Random, what: str
) -> None:
    chains = sealed(entries)
    place = choice.randrange(len(chains))
    link = chains[place].link
    where = (link.subject, link.number, link.event_id)
    other = hashlib.sha256(link.digest).digest()
    damage = {
        "entry": (SealedEntry(link, other), Fault.CHANGED),
        "gone": (SealedEntry(link, None), Fault.MISSING),
        "link": (SealedEntry(_of(link, digest=other), other), Fault.REORDERED),
    }
    chains[place], fault = damage[what]
    assert first_difference(chains, {}) == Difference(fault, *where)


@given(st.lists(DIGESTS, min_size=2, max_size=20, unique=True), st.randoms(use_true_random=False))
def test_links_that_changed_places_and_links_that_are_gone(
    digests: list[bytes], choice: random.Random
) -> None:
    chains = sealed([(SUBJECTS[0], digest) for digest in digests])
    first, second = sorted(choice.sample(range(len(chains)), 2))
    one, two = chains[first].link, chains[second].link
    swapped = list(chains)
    for place, link, by in ((first, two, one), (second, one, two)):
        moved = Link(link.subject, by.number, link.event_id, link.digest, by.hash)
        swapped[place] = SealedEntry(moved, moved.digest)
    difference = first_difference(swapped, {})
    assert difference == Difference(Fault.REORDERED, SUBJECTS[0], one.number, two.event_id)
    gone = chains[:first] + chains[first + 1 :]
    assert first_difference(gone, {}) == Difference(Fault.MISSING, SUBJECTS[0], one.number, None)


def test_no_two_links_share_a_hash() -> None:
    digest, event_id = bytes(32), some_id("event")
    hashes = {
        link_hash(before, subject, number, event, digest_of(digest, personal))
        for before in (BEGINNING, hashlib.sha256(b"").digest())
        for subject in SUBJECTS
        for number in (1, 2)
        for event in (event_id, some_id("other"))
        for personal in (None, bytes(32))
    }
    assert len(hashes) == 2 * 3 * 2 * 2 * 2


def _rfc_root(leaves: list[bytes]) -> bytes:
    """As RFC 6962 §2.1 defines it: split at the largest power of two below the length."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\x00" + leaves[0] if leaves else b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    nodes = _rfc_root(leaves[:split]) + _rfc_root(leaves[split:])
    return hashlib.sha256(b"\x01" + nodes).digest()


@given(st.lists(DIGESTS, max_size=40))
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == _rfc_root(leaves)


def test_a_day_pins_the_days_before_it() -> None:
    root = merkle_root([bytes(32)])
    first = day_hash(BEGINNING, date(2026, 3, 1), root)
    assert day_hash(first, date(2026, 3, 2), root) != first
    assert day_hash(first, date(2026, 3, 2), root) != day_hash(BEGINNING, date(2026, 3, 2), root)


def _of(link: Link, *, digest: bytes) -> Link:
    return Link(link.subject, link.number, link.event_id, digest, link.hash)
