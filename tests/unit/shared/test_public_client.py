"""GET from strangers: only listed hosts, only public addresses, nothing endless, no redirects."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from shared.web.public_client import (
    FetchError,
    PublicClient,
    is_among,
    is_public,
    open_public_client,
)
from tests.support.document_server import DocumentServer, document_server

HOST = "documents.example"
PRIVATE = (
    *(str(ip_network(net)[1]) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),
    "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:a00:1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::",
)  # fmt: skip


@pytest.fixture
async def documents() -> AsyncIterator[DocumentServer]:
    async with document_server() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_public_client() as open_one:
        yield open_one


def with_addresses(client: httpx.AsyncClient, *addresses: str) -> PublicClient:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return PublicClient(client, resolve=resolve)


async def refusal(client: PublicClient, url: str, **more: Any) -> tuple[str, bool]:
    with pytest.raises(FetchError) as caught:
        await client.get(url, **{"hosts": {HOST}, "most": 100, **more})
    return caught.value.reason, caught.value.forever


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_private_address_is_never_connected_to(
    client: httpx.AsyncClient, address: str
) -> None:
    assert not is_public(address)
    both = with_addresses(client, "93.184.215.14", address)
    assert await refusal(both, f"https://{HOST}/") == ("private_address", False)


def test_public_addresses() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_public("::ffff:93.184.215.14")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"http://{HOST}/", "bad_request"),
        (f"https://{HOST}:8443/", "bad_request"),
        (f"https://user@{HOST}/", "bad_request"),
        ("https://[::1/", "bad_request"),
        ("nonsense", "bad_request"),
        ("https://127.0.0.1/", "host_not_allowed"),
        (f"https://{HOST}.evil.example/", "host_not_allowed"),
        (f"https://evil.example/{HOST}", "host_not_allowed"),
        (f"https://evil.example#@{HOST}/", "host_not_allowed"),
        (f"https://evil.example\\@{HOST}/", "bad_request"),
    ],
)
async def test_only_https_to_the_hosts_of_the_channel(
    client: httpx.AsyncClient, url: str, reason: str
) -> None:
    assert await refusal(with_addresses(client, "93.184.215.14"), url) == (reason, True)


def test_a_star_is_one_label() -> None:
    assert is_among("sns.eu-west-1.amazonaws.com", {"sns.*.amazonaws.com"})
    assert not is_among("sns.a.b.amazonaws.com", {"sns.*.amazonaws.com"})
    assert not is_among("sns.eu-west-1.amazonaws.com.evil.example", {"sns.*.amazonaws.com"})
    assert not is_among("snsxeu-west-1xamazonaws.com", {"sns.*.amazonaws.com"})
    assert not is_among("sns.eu-west-1.amazonaws.com\n", {"sns.*.amazonaws.com"})


async def test_answers_come_as_they_are(
    client: httpx.AsyncClient, documents: DocumentServer
) -> None:
    stand_in = PublicClient(client, {HOST: documents.url + "/below"})
    documents.give("/below/one?a=b", b"words", retry_after="7")
    answer = await stand_in.get(f"https://{HOST}/one?a=b", hosts={HOST}, most=100)
    assert (answer.status, answer.body, answer.retry_after) == (200, b"words", "7")
    documents.give("/below/moved", status=302, location="https://127.0.0.1/")
    answer = await stand_in.get(f"https://{HOST}/moved", hosts={HOST}, most=100)
    assert answer.status == 302
    assert len(documents.asked) == 2


async def test_what_is_large_slow_or_cut_off_is_an_error(
    client: httpx.AsyncClient, documents: DocumentServer
) -> None:
    stand_in = PublicClient(client, {HOST: documents.url})
    documents.give("/", b"." * 101)
    assert await refusal(stand_in, f"https://{HOST}/") == ("too_large", True)
    documents.gate = asyncio.Event()
    hurried = PublicClient(client, {HOST: documents.url}, seconds=0.3)
    assert await refusal(hurried, f"https://{HOST}/") == ("timeout", False)
    documents.gate.set()
    gone = PublicClient(client, {HOST: "http://127.0.0.1:9"})
    assert await refusal(gone, f"https://{HOST}/") == ("unreachable", False)
    headers = (("authorization", "a\nb"),)
    assert await refusal(stand_in, f"https://{HOST}/", headers=headers) == ("bad_request", True)
