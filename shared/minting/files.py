"""Which files a mint has: what only it may read, and what it publishes to the services."""

from dataclasses import dataclass
from pathlib import Path

from shared.web.token_files import ENDED_NAME


@dataclass(frozen=True, slots=True)
class MintFiles:
    """`signing` and `minted` are the mint's own; `public` and `service_token` the services'.

    The list of ended tokens lies beside the public keys, where every process looks for it.
    """

    signing: Path
    minted: Path
    public: Path
    service_token: Path

    @property
    def ended(self) -> Path:
        return self.public.with_name(ENDED_NAME)

    @property
    def lock(self) -> Path:
        return self.signing.with_name(f".{self.signing.name}.lock")


def mint_files(*, own: Path, published: Path) -> MintFiles:
    """The usual names: `own` is the mint's folder, `published` the one that services may read."""
    return MintFiles(
        signing=own / "signing-keys.json",
        minted=own / "minted-tokens.json",
        public=published / "public-keys.json",
        service_token=published / "service.token",
    )
