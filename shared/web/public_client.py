"""GET from servers of other companies: https, public addresses, no redirects, bounded.

Invariant: the addresses that are checked are the ones that are connected to.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from shared.web.journal_client import certificates

DEADLINE_SECONDS: Final = 15.0  # for one whole answer
CONNECT_SECONDS: Final = 5.0
_MAX_ADDRESSES: Final = 3  # of a host that are tried
# Addresses that stand for IPv4 ones, private ones too, behind a translator or a tunnel.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class FetchError(Exception):
    """No answer came. `reason` is one of a few words; `forever` if it would be the same again."""

    def __init__(self, reason: str, *, forever: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.forever = forever


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of any status with its whole body."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host."""
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in addresses))


@dataclass(frozen=True, slots=True)
class PublicClient:
    """`stand_ins`: host → the base URL that is called in its place, wherever that is: a proxy of
    the operator's, or a test's server. Nothing else may be private.
    """

    client: httpx.AsyncClient = field(repr=False)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    resolve: Resolve = resolved
    seconds: float = DEADLINE_SECONDS

    async def get(
        self,
        address: str,
        *,
        hosts: Collection[str],
        headers: Sequence[tuple[str, str]] = (),
        most: int,
    ) -> Fetched:
        """The answer. `hosts` may be called, `*` in one stands for a label; a body has `most`
        bytes at most. Raises FetchError.
        """
        try:
            url = _checked(address, hosts)
            async with asyncio.timeout(self.seconds):
                return await self._get(url, headers, most)
        except TimeoutError:
            raise FetchError("timeout") from None
        except (httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
            raise FetchError("bad_request", forever=True) from None
        except (httpx.HTTPError, OSError):
            raise FetchError("unreachable") from None

    async def _get(self, url: httpx.URL, headers: Sequence[tuple[str, str]], most: int) -> Fetched:
        stand_in = self.stand_ins.get(url.host)
        if stand_in is not None:
            base = httpx.URL(stand_in)
            path = base.raw_path.rstrip(b"/") + url.raw_path
            return await self._answer(base.copy_with(raw_path=path), headers, most)
        addresses = await self.resolve(url.host, 443)
        if not addresses or not all(map(is_public, addresses)):
            raise FetchError("private_address")
        named = [("host", url.host), *headers]
        for place, one in enumerate(addresses[:_MAX_ADDRESSES], 1):
            try:
                # The address instead of the name: a second look-up could give another one.
                return await self._answer(url.copy_with(host=one), named, most, name=url.host)
            except httpx.ConnectError:
                if place == min(len(addresses), _MAX_ADDRESSES):
                    raise
        raise FetchError("unreachable")

    async def _answer(
        self, url: httpx.URL, headers: Sequence[tuple[str, str]], most: int, *, name: str = ""
    ) -> Fetched:
        extensions = {"sni_hostname": name} if name else {}
        # As they are: what is small as sent could be boundless once decompressed.
        plain = [*headers, ("accept-encoding", "identity")]
        async with self.client.stream("GET", url, headers=plain, extensions=extensions) as answer:
            pieces: list[bytes] = []
            size = 0
            async for piece in answer.aiter_raw():
                size += len(piece)
                if size > most:
                    raise FetchError("too_large", forever=True)
                pieces.append(piece)
            return Fetched(answer.status_code, b"".join(pieces), answer.headers.get("retry-after"))


def open_public_client(*, connections: int = 32) -> httpx.AsyncClient:
    """A client for strangers' servers, whose connections are never used twice."""
    # They are made to addresses: one that was opened for a name must not serve another name.
    return httpx.AsyncClient(
        verify=certificates(),
        timeout=httpx.Timeout(DEADLINE_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=0),
        trust_env=False,
        follow_redirects=False,
        headers={"user-agent": "Leadflow"},
    )


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        ip = mapped
    translated = any(ip.version == net.version and ip in net for net in _TRANSLATED)
    return ip.is_global and not ip.is_multicast and not translated


def is_among(host: str, hosts: Collection[str]) -> bool:
    """Whether a host is one of `hosts`; `*` stands for one label."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z0-9-]+"), host) for pattern in hosts
    )


def _checked(address: str, hosts: Collection[str]) -> httpx.URL:
    """Raises FetchError, httpx.InvalidURL, ValueError."""
    url = httpx.URL(address)
    if url.scheme != "https" or url.port not in {None, 443} or url.userinfo:
        raise FetchError("bad_request", forever=True)
    if not is_among(url.host, hosts):
        raise FetchError("host_not_allowed", forever=True)
    return url
