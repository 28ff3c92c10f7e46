"""A day of traffic as a list of timed posts: pure, and decided by the seed alone.

Times are seconds since the company's midnight; `expect` is what should become of the submission.
"""

import random
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

from deploy.embedded.demo.people import SUBJECTS, TOWN, WISHES, Person, person

DAY_SECONDS = 86_400
HOUR = 3600

Kind = Literal["form", "call", "call_phase", "mail", "auto_reply", "broken_mail", "broken_form"]
Broken = Literal["broken_mail", "broken_form"]
Expectation = Literal["inquiry", "observed", "ignored", "quarantined"]

# Arrivals an hour: people call in working hours, fill in forms in the evening, mail before noon.
FORMS = (1, 1, 0, 0, 0, 1, 1, 2, 4, 6, 8, 9, 7, 6, 6, 6, 6, 7, 8, 9, 10, 8, 5, 3)
CALLS = (0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 11, 10, 7, 8, 9, 9, 8, 7, 5, 3, 2, 1, 1, 0)
MAILS = (0, 0, 0, 0, 0, 0, 1, 2, 4, 7, 8, 7, 4, 4, 5, 5, 4, 3, 2, 1, 1, 1, 1, 0)

REPEAT_SHARE = 0.14  # of the arrivals come from somebody who has been here this day
RETRY_SHARE = 0.08  # of the deliveries are sent once more by their provider
MISSED_SHARE = 0.28
OUTGOING_SHARE = 0.12
AUTO_REPLY_SHARE = 0.10
BROKEN_POSTS: tuple[Broken, ...] = ("broken_mail", "broken_form", "broken_mail")


@dataclass(frozen=True, slots=True)
class Post:
    """One provider request. `retry` marks a delivery that the provider sends once more."""

    at: float
    kind: Kind
    external_id: str
    person: Person
    expect: Expectation
    text: str = ""
    subject: str = ""
    style: int = 0
    missed: bool = False
    outgoing: bool = False
    phase: str = ""
    wait_seconds: int = 0
    talk_seconds: int = 0
    utm: tuple[tuple[str, str], ...] = ()
    retry: bool = False


@dataclass(frozen=True)
class Plan:
    seed: int
    posts: tuple[Post, ...]
    expected: Counter[str] = field(compare=False)


def plan_day(seed: int) -> Plan:
    """The same seed gives the same day, wherever and whenever it is asked."""
    chance = random.Random(f"leadflow demo {seed}")  # noqa: S311  a game, not a secret
    numbers = count(1)
    visitors: list[Person] = []
    posts: list[Post] = []
    for at, kind in _arrivals(chance):
        who = _who(chance, visitors)
        for post in _posts(chance, kind, at=at, who=who, name=f"{seed}-{next(numbers)}"):
            insort(posts, post, key=_order)
            if post.kind != "call_phase" and chance.random() < RETRY_SHARE:
                insort(posts, _repeat(chance, post), key=_order)
    for number, defect in enumerate(BROKEN_POSTS):
        at = (10.5 + 3 * number) * HOUR + chance.uniform(0, HOUR)
        name = f"{seed}-broken-{number}"
        insort(posts, _broken(chance, defect, at=at, name=name), key=_order)
    return Plan(seed, tuple(posts), Counter(post.expect for post in posts))


def _order(post: Post) -> tuple[float, str, bool]:
    return post.at, post.external_id, post.retry


def _arrivals(chance: random.Random) -> list[tuple[float, Kind]]:
    arrivals: list[tuple[float, Kind]] = []
    shapes: tuple[tuple[Kind, tuple[int, ...]], ...] = (
        ("form", FORMS),
        ("call", CALLS),
        ("mail", MAILS),
    )
    for kind, shape in shapes:
        for hour, usual in enumerate(shape):
            arriving = max(0, round(chance.gauss(usual, usual**0.5 / 3)))
            arrivals.extend(((hour + chance.random()) * HOUR, kind) for _ in range(arriving))
    return sorted(arrivals)


def _who(chance: random.Random, visitors: list[Person]) -> Person:
    if visitors and chance.random() < REPEAT_SHARE:
        return chance.choice(visitors)
    visitors.append(person(chance.randrange(TOWN)))
    return visitors[-1]


def _posts(
    chance: random.Random, kind: Kind, *, at: float, who: Person, name: str
) -> Iterator[Post]:
    if kind == "form":
        yield _form(chance, at=at, who=who, name=name)
    elif kind == "call":
        yield from _call(chance, at=at, who=who, name=name)
    else:
        yield _mail(chance, at=at, who=who, name=name)


def _form(chance: random.Random, *, at: float, who: Person, name: str) -> Post:
    utm = (
        ("utm_source", chance.choice(("yandex", "google", "vk", "telegram"))),
        ("utm_medium", chance.choice(("cpc", "social", "organic"))),
        ("utm_campaign", chance.choice(("windows_spring", "kitchen", "brand"))),
    )
    return Post(
        at=at,
        kind="form",
        external_id=f"demo:{name}",
        person=who,
        expect="inquiry",
        text=chance.choice(WISHES),
        style=chance.randrange(5),
        utm=utm,
    )


def _call(chance: random.Random, *, at: float, who: Person, name: str) -> Iterator[Post]:
    """The phases of one call as the exchange reports them, and its summary when it has ended."""
    outgoing = chance.random() < OUTGOING_SHARE
    missed = not outgoing and chance.random() < MISSED_SHARE
    wait = chance.randint(4, 45)
    talk = 0 if missed else chance.randint(25, 420)
    base = Post(
        at=at,
        kind="call_phase",
        external_id=f"demo-{name}",
        person=who,
        expect="ignored",
        missed=missed,
        outgoing=outgoing,
        wait_seconds=wait,
        talk_seconds=talk,
    )
    yield replace(base, phase="Appeared")
    if not missed:
        yield replace(base, at=at + wait, phase="Connected")
    yield replace(
        base,
        at=at + wait + talk + 1,
        kind="call",
        expect="observed" if outgoing else "inquiry",
    )


def _mail(chance: random.Random, *, at: float, who: Person, name: str) -> Post:
    automatic = chance.random() < AUTO_REPLY_SHARE
    return Post(
        at=at,
        kind="auto_reply" if automatic else "mail",
        external_id=f"demo-{name}",
        person=who,
        expect="ignored" if automatic else "inquiry",
        subject="Автоответ: я в отпуске" if automatic else chance.choice(SUBJECTS),
        text="Я в отпуске до понедельника." if automatic else chance.choice(WISHES),
        style=chance.randrange(5),
    )


def _broken(chance: random.Random, kind: Broken, *, at: float, name: str) -> Post:
    return Post(
        at=at,
        kind=kind,
        external_id=f"demo-{name}",
        person=person(chance.randrange(TOWN)),
        expect="quarantined",
        text=chance.choice(WISHES),
    )


def _repeat(chance: random.Random, post: Post) -> Post:
    """The provider did not get our answer in time and sends the very same request again."""
    return replace(
        post, at=min(post.at + chance.uniform(60, 180), DAY_SECONDS), expect="ignored", retry=True
    )
