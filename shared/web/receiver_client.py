"""POST to receivers of other companies: public addresses, no redirects, bounded in time and bytes.

Invariant: the addresses that are checked are the ones that are connected to.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from shared.web.public_client import FetchError, Resolve, is_public, resolved

HEAD_SECONDS: Final = 15.0  # from the look-up of the name to the head of the answer
ANSWER_SECONDS: Final = 2.0  # for the beginning of its body, which decides nothing
MAX_ADDRESS: Final = 2000
_MOST_TRIED: Final = 3  # addresses of a host
_HOST: Final = re.compile(rb"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Received:
    """An answer of any status, with the beginning of its body."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiverClient:
    """`private`: receivers may stand in the operator's own network, and be spoken to by http."""

    client: httpx.AsyncClient = field(repr=False)
    private: bool = False
    resolve: Resolve = resolved
    seconds: float = HEAD_SECONDS
    answer_seconds: float = ANSWER_SECONDS

    async def post(
        self, address: str, *, content: bytes, headers: Mapping[str, str], most: int
    ) -> Received:
        """The answer with at most `most` bytes of its body. Raises FetchError."""
        try:
            url = receiver_url(address, private=self.private)
            async with asyncio.timeout(self.seconds):
                answer = await self._sent(url, content, headers)
        except PrivateAddressError:
            raise FetchError("private_address") from None
        except TimeoutError:
            raise FetchError("timeout") from None
        except (httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
            raise FetchError("bad_request") from None
        except (httpx.HTTPError, OSError):
            raise FetchError("unreachable") from None
        try:
            body = await self._beginning(answer, most)
        finally:
            await answer.aclose()
        return Received(answer.status_code, body, answer.headers.get("retry-after"))

    async def _sent(
        self, url: httpx.URL, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        name = url.raw_host.decode("ascii")
        addresses = await self.resolve(name, url.port or (443 if url.scheme == "https" else 80))
        if not addresses or not all(_may_call(one, private=self.private) for one in addresses):
            raise FetchError("private_address")
        # As it is: what is small as sent could be boundless once decompressed.
        every = {**headers, "host": url.netloc.decode("ascii"), "accept-encoding": "identity"}
        for place, one in enumerate(addresses[:_MOST_TRIED], 1):
            # The address instead of the name: a second look-up could give another one.
            request = self.client.build_request(
                "POST",
                url.copy_with(host=one),
                content=content,
                headers=every,
                extensions={"sni_hostname": name},
            )
            try:
                return await self.client.send(request, stream=True, follow_redirects=False)
            except httpx.ConnectError:
                if place == min(len(addresses), _MOST_TRIED):
                    raise
        raise FetchError("unreachable")

    async def _beginning(self, answer: httpx.Response, most: int) -> bytes:
        body = bytearray()
        with suppress(TimeoutError, httpx.HTTPError, OSError):
            async with asyncio.timeout(self.answer_seconds):
                async for piece in answer.aiter_raw():
                    body += piece[: most - len(body)]
                    if len(body) >= most:
                        break
        return bytes(body)


LAST_PORT = 65_535


class PrivateAddressError(ValueError):
    """The URL is written with an address that is not called."""


def receiver_url(address: str, *, private: bool) -> httpx.URL:
    """Raises ValueError, with words for the caller, for what is not called."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ValueError("is not a URL") from None
    if len(address) > MAX_ADDRESS:
        raise ValueError("is too long")
    if url.scheme != "https" and not (private and url.scheme == "http"):
        raise ValueError("begins with https://")
    if not _HOST.fullmatch(url.raw_host) or url.userinfo or url.fragment:
        raise ValueError("names a host, without a login or a fragment")
    if url.port is not None and not 0 < url.port <= LAST_PORT:
        raise ValueError("names a port that there is not")
    address_here = _address_in(url.raw_host.decode("ascii"))
    if address_here is not None and not _may_call(address_here, private=private):
        words = "is called by nobody" if private else "lies in no public network"
        raise PrivateAddressError(f"names an address that {words}")
    return url


def _address_in(host: str) -> str | None:
    """The address that a host is written as, as a look-up would read it (`127.1`, `0x7f.1`), or
    that this machine has in all networks (RFC 6761, section 6.3); None of other names.
    """
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


def _may_call(address: str, *, private: bool) -> bool:
    return _is_of_some_network(address) if private else is_public(address)


def _is_of_some_network(address: str) -> bool:
    """Whether an address may be called in an installation inside one network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    # Where clouds keep the credentials of their machines.
    return not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)
