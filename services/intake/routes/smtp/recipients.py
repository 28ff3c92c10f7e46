"""Which sources an address belongs to. Whatever belongs to none is refused: nothing is relayed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest.peer import networks_of
from services.intake.routes.ingest.source_cache import SourceCache

ADAPTER = "smtp"


@dataclass(eq=False)
class Recipients:
    """Sources by what stands before the @, and by whole addresses and domains."""

    cache: SourceCache
    _sources: Mapping[str, SourceRow] = field(default_factory=dict)
    _by_name: Mapping[str, list[SourceRow]] = field(default_factory=dict)

    async def find(self, address: str, *, peer: str) -> Sequence[SourceRow]:
        """The sources that take mail for the address from this peer. Raises UnavailableError.

        The sources are read again before an address is refused.
        """
        await self.cache.ready()
        rows = self._look_up(address)
        if not rows:
            await self.cache.reload()
            rows = self._look_up(address)
        return [row for row in rows if _is_near(row, peer)]

    def _look_up(self, address: str) -> Sequence[SourceRow]:
        if self._sources is not self.cache.by_key:
            self._sources = self.cache.by_key
            self._by_name = _index(self._sources.values())
        local, _, domain = address.rpartition("@")
        exact = self._sources.get(local)
        if exact is not None and exact.adapter == ADAPTER:
            return [exact]
        # Case is not told apart: mail programs write local parts as they like.
        names = (address.lower(), local.lower() + "@", "@" + domain.lower())
        return next((self._by_name[name] for name in names if name in self._by_name), [])


def _is_near(row: SourceRow, peer: str) -> bool:
    """Whether the peer is in a network from which the source is sent to."""
    if not row.networks:
        return True
    sender = ip_address(peer.partition("%")[0])
    return (getattr(sender, "ipv4_mapped", None) or sender) in networks_of(row.networks)


def _index(rows: Iterable[SourceRow]) -> dict[str, list[SourceRow]]:
    by_name: defaultdict[str, list[SourceRow]] = defaultdict(list)
    for row in rows:
        if row.adapter == ADAPTER:
            for name in dict.fromkeys(_names(row)):
                by_name[name].append(row)
    return dict(by_name)


def _names(row: SourceRow) -> Iterator[str]:
    """`key@`, whole addresses, and `@domain` for all addresses of a domain."""
    yield row.key.lower() + "@"
    yield from (address.lower() for address in row.own_addresses if "@" in address)
    recipients = row.options.get("recipients")
    for address in recipients if isinstance(recipients, list) else ():
        if isinstance(address, str) and "@" in address:
            yield address.strip().lower()
