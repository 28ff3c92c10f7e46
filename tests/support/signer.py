"""Tokens for tests: keys of one's own, published where the services under test look for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.minting.signing import DEFAULT_LIFETIME, SigningKeys, load_keys, new_keys
from shared.sealing import Sealing, create_sealing_keys


@dataclass(eq=False)
class Signer:
    """Signs without remembering; `public` is the file that services check with."""

    keys: SigningKeys
    public: Path

    def mint(
        self,
        *,
        role: str,
        now: datetime,
        manager_id: UUID | None = None,
        source_id: UUID | None = None,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> str:
        return self.keys.sign(
            role=role, now=now, manager_id=manager_id, source_id=source_id, lifetime=lifetime
        ).token


def new_signer(public: Path) -> Signer:
    """Fresh keys, published at `public`."""
    signer = Signer(new_keys(), public)
    signer.keys.publish(public)
    return signer


def signer_of(signing_keys: Path) -> Signer:
    """With the private keys of a running installation."""
    return Signer(load_keys(signing_keys), signing_keys)


def service_token(signer: Signer, *, now: datetime) -> Path:
    """A file with a token for calls between services, beside the public keys."""
    path = signer.public.with_name("service.token")
    path.write_text(signer.mint(role="service", now=now))
    return path


def sealing_file(folder: Path) -> Path:
    """A file of sealing keys, made once for a folder."""
    path = folder / "sealing-keys.json"
    create_sealing_keys(path)
    return path


def sealing_in(folder: Path) -> Sealing:
    return Sealing.open(sealing_file(folder))
