"""Receivers of webhooks that drip, flood, redirect and rebind: each try ends soon."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from shared.web.public_client import FetchError, open_public_client
from shared.web.receiver_client import Received, ReceiverClient, receiver_url

pytestmark = pytest.mark.attacks
Deed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\n"
MOST = 1000


@asynccontextmanager
async def hostile(deed: Deed) -> AsyncIterator[int]:
    """The port of a server that does it to each who connects."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await deed(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_public_client() as opened:
        yield opened


async def post(client: httpx.AsyncClient, url: str, *, seconds: float = 60.0) -> Received:
    bounded = ReceiverClient(client, private=True, seconds=seconds, answer_seconds=2.0)
    return await bounded.post(url, content=b"{}" * 100, headers={}, most=MOST)


async def _drip_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in HEAD * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"x-more: " + b"y" * 10_000 + b"\r\n")
        await writer.drain()


async def _silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()
    await asyncio.Event().wait()


async def _nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff" * 1000)
    await writer.drain()


async def _only_100(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (_drip_head, "timeout"),
        (_silence, "timeout"),
        (_only_100, "timeout"),
        (_endless_head, "unreachable"),
        (_nonsense, "unreachable"),
    ],
)
async def test_a_head_that_does_not_come_is_no_answer(
    client: httpx.AsyncClient, deed: Deed, reason: str
) -> None:
    seconds = 0.5 if reason == "timeout" else 60.0
    async with hostile(deed) as port, asyncio.timeout(50):
        with pytest.raises(FetchError) as caught:
            await post(client, f"http://127.0.0.1:{port}/", seconds=seconds)
    assert caught.value.reason == reason


async def _drip_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b"content-length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def _bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b"content-encoding: gzip\r\ncontent-length: 5000\r\n\r\n" + b"\x1f" * 5000)
    await writer.drain()


@pytest.mark.parametrize("deed", [_drip_body, _endless_body, _bomb])
async def test_a_body_without_an_end_is_cut_off_and_the_status_counts(
    client: httpx.AsyncClient, deed: Deed
) -> None:
    async with hostile(deed) as port:
        async with asyncio.timeout(50):
            answer = await post(client, f"http://127.0.0.1:{port}/")
    assert answer.status == 200
    assert 0 < len(answer.body) <= MOST


async def test_a_redirect_is_not_followed(client: httpx.AsyncClient) -> None:
    inside: list[bytes] = []

    async def secret(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        await writer.drain()

    async with hostile(secret) as target:

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            place = f"location: http://127.0.0.1:{target}/\r\ncontent-length: 0\r\n\r\n"
            writer.write(b"HTTP/1.1 307 X\r\n" + place.encode())
            await writer.drain()

        async with hostile(redirect) as port:
            answer = await post(client, f"http://127.0.0.1:{port}/")
    assert answer.status == 307
    assert inside == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.215.14", "100.64.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], []],
)
async def test_a_name_that_leads_inside_is_not_called(
    client: httpx.AsyncClient, addresses: list[str]
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    public = ReceiverClient(client, resolve=resolve)
    with pytest.raises(FetchError, match="private_address"):
        await public.post("https://rebinds.example/", content=b"", headers={}, most=MOST)


async def test_a_name_that_rebinds_is_asked_once_and_its_first_address_called(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    called: list[tuple[str, str]] = []

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    async def send(request: httpx.Request, **_: object) -> httpx.Response:
        called.append((request.url.host, request.headers["host"]))
        raise httpx.ConnectTimeout("it is far away")

    monkeypatch.setattr(client, "send", send)
    public = ReceiverClient(client, resolve=resolve)
    with pytest.raises(FetchError, match="unreachable"):
        await public.post("https://rebinds.example/", content=b"", headers={}, most=MOST)
    assert called == [("93.184.215.14", "rebinds.example")]
    assert answers == [["127.0.0.1"]]


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/", "https://0x7f000001/", "https://2130706433/", "https://[::1]/",
     "https://localhost/", "https://169.254.169.254/latest"],
)  # fmt: skip
async def test_no_spelling_of_an_inner_address_is_called(
    client: httpx.AsyncClient, address: str
) -> None:
    with pytest.raises(FetchError) as caught:
        await ReceiverClient(client).post(address, content=b"", headers={}, most=MOST)
    assert caught.value.reason in {"private_address", "unreachable"}


async def test_inside_one_network_the_keys_of_a_cloud_stay_out_of_reach(
    client: httpx.AsyncClient,
) -> None:
    with pytest.raises(FetchError, match="private_address"):
        await post(client, "http://169.254.169.254/latest")


@pytest.mark.parametrize(
    "address",
    ["http://example.com/", "https://a@example.com/", "https://example.com/#x", "file:///etc",
     "https://", "https://[::1/", "https://exa mple.com/", "https://x/" + "y" * 3000,
     "https://x:65536/", "https://x:0/"],
)  # fmt: skip
def test_what_is_no_address_of_a_receiver(address: str) -> None:
    with pytest.raises(ValueError, match=r"is|begins|names"):
        receiver_url(address, private=False)


@pytest.mark.parametrize(
    "host",
    ["192.0.2.1", "127.1", "0x7f.1", "2130706433", "198.51.100.1:8443", "[::1]",
     "[::ffff:127.0.0.1]", "[fd00::1]", "localhost", "LOCALHOST.", "a.localhost", "0.0.0.0",
     "127.0.0.1."],
)  # fmt: skip
def test_an_address_of_ones_own_network_is_refused_as_it_is_written(host: str) -> None:
    with pytest.raises(ValueError, match="names an address that lies in no public network"):
        receiver_url(f"https://{host}/hook", private=False)
    if host != "0.0.0.0":
        assert receiver_url(f"http://{host}/hook", private=True).scheme == "http"


def test_where_clouds_keep_keys_is_refused_as_it_is_written() -> None:
    for host in ("169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1"):
        with pytest.raises(ValueError, match="names an address that is called by nobody"):
            receiver_url(f"http://{host}/", private=True)
    for host in ("8.8.8.8", "[2606:4700::1111]", "hooks.example", "127.0.0.1.example"):
        assert receiver_url(f"https://{host}/", private=False).scheme == "https"


async def test_a_certificate_of_nobody_is_not_believed(client: httpx.AsyncClient) -> None:
    async with hostile(_nonsense) as port:
        with pytest.raises(FetchError, match="unreachable"):
            await post(client, f"https://127.0.0.1:{port}/")
