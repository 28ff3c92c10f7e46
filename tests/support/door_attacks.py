"""What a stranger does to the door of a running Leadflow; each attack gives the statuses it saw.

An attack takes the base address of intake and returns when it has let go of everything.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from tests.support.raw_http import RawConnection, connect, connected, head, post

Statuses = Counter[int]
Attack = Callable[[str], Awaitable[Statuses]]
MEGABYTE = 1_000_000
HOLD_SECONDS = 3.0  # how long silent and dripping connections are held
DROP_SECONDS = 1.0
TILDA, MAIL, NOBODY = "attacked-tilda", "attacked-mail", "nobody-there"
SOURCES = (
    {"key": TILDA, "adapter": "tilda", "secrets": {"api_key": "not-to-be-guessed"}},
    {"key": MAIL, "adapter": "postmark", "secrets": {"username": "u", "password": "p"}},
)
FORM = "Content-Type: application/x-www-form-urlencoded"


def _hook(key: str) -> str:
    return f"/intake/v1/hooks/{key}"


async def header_line(base: str) -> Statuses:
    """One header line of 300 MB."""
    async with connected(base) as sender:
        sender.write(b"POST /intake/v1/inquiries HTTP/1.1\r\nHost: door\r\nX: ")
        reading = asyncio.create_task(sender.answer())
        await sender.pour(300, b"A" * MEGABYTE)
        return Counter([(await reading).status])


async def header_of_two_megabytes(base: str) -> Statuses:
    line = "X: " + "y" * (2 * MEGABYTE)
    return await _each(base, 10, head(_hook(NOBODY), line, "Content-Length: 0"), at_once=5)


async def ten_large_headers(base: str) -> Statuses:
    lines = [f"X-{number}: {'y' * 500_000}" for number in range(10)]
    return await _each(base, 10, head(_hook(NOBODY), *lines, "Content-Length: 0"), at_once=5)


async def unknown_key(base: str) -> Statuses:
    """300 bodies of 1 MB for a source that does not exist."""
    return await _each(base, 300, post(_hook(NOBODY), b"x" * MEGABYTE), at_once=60)


async def unknown_keys_in_turn(base: str) -> Statuses:
    """Each waits until the sources have been read again."""
    return await _each(base, 4, post(_hook(NOBODY), b"{}"), at_once=1)


async def unknown_key_signed(base: str) -> Statuses:
    signature = "Typeform-Signature: sha256=AAAA"
    return await _each(base, 100, post(_hook(NOBODY), b"x" * MEGABYTE, signature), at_once=60)


async def mail_without_proof(base: str) -> Statuses:
    """Bodies of 25 MB for a mail source, without its password."""
    return await _each(base, 10, post(_hook(MAIL), b"x" * (25 * MEGABYTE)), at_once=10)


async def forms_without_key(base: str) -> Statuses:
    """Forms of 1 MB that are dear to read, without the source's key."""
    body = (b"a=%41%42&" * 990) + b"b=" + b"%41" * 330_000
    return await _each(base, 10, post(_hook(TILDA), body, FORM), at_once=10)


async def json_of_nobody(base: str) -> Statuses:
    """JSON of 1 MB that is dear to read, for routes that ask for a token."""
    body = b'{"a":' + b"[" * 60 + b"1," * 499_000 + b"1" + b"]" * 60 + b"}"
    kind = "Content-Type: application/json"
    return await _each(base, 20, post("/intake/v1/sources", body, kind), at_once=20)


async def extensions_of_chunks(base: str) -> Statuses:
    async def flood() -> int:
        async with connected(base) as sender:
            sender.write(head(_hook(TILDA), FORM, "Transfer-Encoding: chunked"))
            reading = asyncio.create_task(sender.answer())
            await sender.pour(10, b"1;" + b"e" * MEGABYTE + b"\r\nx\r\n")
            return (await reading).status

    return Counter(await asyncio.gather(*(flood() for _ in range(20))))


async def silence_and_drops(base: str) -> Statuses:
    """1 000 silent connections, and 1 000 that send their head drop by drop."""
    return await _held(base, 1000, [b"", b"POST /intake/v1/inquiries HTTP/1.1\r\nX: "], drop=b"x")


async def slow_bodies(base: str) -> Statuses:
    return await _held(base, 500, [head(_hook(TILDA), FORM, "Content-Length: 60000")], drop=b"x")


async def answers_never_read(base: str) -> Statuses:
    return await _held(base, 20, [head("/intake/openapi.json", method="GET") * 16])


async def churn(base: str) -> Statuses:
    """2 000 connections opened and dropped, half of them with a piece of a request."""

    async def visit(number: int) -> None:
        async with connected(base) as sender:
            if number % 2:
                sender.write(b"POST /intake/v1/inquiries HTTP/1.1\r\nContent-Le")

    for start in range(0, 2000, 100):
        await asyncio.gather(*(visit(number) for number in range(start, start + 100)))
    return Counter()


HEADS: dict[str, Attack] = {
    "one header line of 300 MB": header_line,
    "headers of 2 MB": header_of_two_megabytes,
    "10 headers of 500 kB": ten_large_headers,
}
BODIES: dict[str, Attack] = {
    "300 × 1 MB to an unknown key": unknown_key,
    "100 of them with a signature": unknown_key_signed,
    "4 small ones in turn": unknown_keys_in_turn,
    "10 × 25 MB to a mail key": mail_without_proof,
    "10 forms of 1 MB": forms_without_key,
    "20 × 1 MB of JSON without a token": json_of_nobody,
    "extensions of chunks": extensions_of_chunks,
}
CONNECTIONS: dict[str, Attack] = {
    "1 000 silent or dripping": silence_and_drops,
    "500 slow bodies": slow_bodies,
    "answers never read": answers_never_read,
    "2 000 opened and dropped": churn,
}


async def _each(base: str, times: int, data: bytes, *, at_once: int) -> Statuses:
    """The same bytes on `times` connections, some of them at once."""
    turns = asyncio.Semaphore(at_once)

    async def send() -> int:
        async with turns, connected(base) as sender:
            reading = asyncio.create_task(sender.answer())
            for start in range(0, len(data), MEGABYTE):
                if not await sender.pour(1, data[start : start + MEGABYTE]):
                    break
            return (await reading).status

    return Counter(await asyncio.gather(*(send() for _ in range(times))))


async def _held(base: str, count: int, firsts: Sequence[bytes], drop: bytes = b"") -> Statuses:
    """So many connections at once, for a while; each says one of `firsts`, then drop by drop."""
    senders: list[RawConnection] = []
    try:
        for _ in range(0, count, 20):
            senders += await asyncio.gather(*(connect(base) for _ in range(20)))
        talkers = []
        for number, sender in enumerate(senders):
            if first := firsts[number % len(firsts)]:
                sender.write(first)
                talkers.append(sender)
        for _ in range(int(HOLD_SECONDS / DROP_SECONDS)):
            await asyncio.sleep(DROP_SECONDS)
            for sender in talkers:
                if drop and not sender.writer.is_closing():
                    sender.write(drop)
    finally:
        for sender in senders:
            sender.drop()
    return Counter()
