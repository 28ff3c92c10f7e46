"""From where a request comes: the address that the nearest proxy of ours saw.

Invariant: what a stranger writes into `X-Forwarded-For` is believed only from a trusted proxy.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from services.intake.routes.ingest.request import RawHeaders

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
PRIVATE = "private"
_LONGEST_ADDRESS = 60


@dataclass(frozen=True, slots=True)
class Networks:
    """Some networks; `private`: all that are reserved for private use as well."""

    networks: tuple[Network, ...]
    private: bool = False

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return False
        return (self.private and address.is_private) or any(
            address in network for network in self.networks
        )


@lru_cache(maxsize=4096)
def networks_of(words: tuple[str, ...]) -> Networks:
    """Networks by their texts; `private` stands for all private ones. Raises ValueError."""
    texts = [word for word in words if word != PRIVATE]
    networks = tuple(ip_network(text, strict=False) for text in texts)
    return Networks(networks, private=PRIVATE in words)


def sender_address(scope: Scope, headers: RawHeaders, *, trusted: Networks) -> Address | None:
    """The address of the sender; None if it cannot be told.

    Entries of `X-Forwarded-For` are read from the last one, as far as those who wrote them are
    trusted proxies.
    """
    client = scope.get("client")
    address = _address(client[0]) if client else None
    for entry in reversed(_forwarded_for(headers)):
        if address not in trusted:
            break
        address = _address(entry)
    return address


def _forwarded_for(headers: RawHeaders) -> list[str]:
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return [entry.strip() for line in lines for entry in line.split(",")]


def _address(text: str) -> Address | None:
    """An IPv4 address is the same when it is written as IPv6; a port behind it counts for none."""
    bare = text.strip('"')[:_LONGEST_ADDRESS]
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
