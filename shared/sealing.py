"""Values that lie sealed at rest: AES-256-GCM with keys from a file that only their owner reads.

A sealed value is `<key id>.<base64url of nonce and ciphertext>` and is bound to what it is `about`:
moved to another row or column it cannot be opened. The newest key seals, every key opens.
"""

import base64
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import UnavailableError
from shared.ids import new_id
from shared.secret_files import SecretFileError, read_private, write_whole

KEY_BYTES = 32
NONCE_BYTES = 12  # random: 2^32 values under one key before a repetition becomes thinkable
RELOAD_SECONDS = 1.0


class SealedError(UnavailableError):
    """A value was sealed with a key that is not in our file, or does not belong where it lies."""


@dataclass(eq=False)
class Sealing:
    """The keys of one file, read again when it changes, at most once a second."""

    path: Path
    _ciphers: Mapping[str, AESGCM] = field(default_factory=dict, repr=False)
    _newest: str = ""
    _stamp: tuple[int, int] = (0, 0)
    _looked_at: float = -3600.0

    @classmethod
    def open(cls, path: Path) -> "Sealing":
        """Raises SecretFileError, so that a process without its keys does not even start."""
        sealing = cls(path)
        sealing._load()
        return sealing

    def seal(self, plain: bytes, *, about: bytes) -> str:
        self._reload()
        nonce = os.urandom(NONCE_BYTES)
        box = nonce + self._ciphers[self._newest].encrypt(nonce, plain, about)
        return f"{self._newest}.{base64.urlsafe_b64encode(box).decode('ascii')}"

    def unseal(self, sealed: str, *, about: bytes) -> bytes:
        """Raises SealedError."""
        key_id, _, text = sealed.partition(".")
        if key_id not in self._ciphers:
            # Another process may have sealed with a key that was added a moment ago.
            self._reload(at_once=True)
        try:
            box = base64.urlsafe_b64decode(text)
            return self._ciphers[key_id].decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], about)
        except (KeyError, ValueError, InvalidTag):
            raise SealedError("A secret was sealed with a key that is not here.") from None

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it."""
        self._reload()
        return sealed.partition(".")[0] == self._newest

    def _reload(self, *, at_once: bool = False) -> None:
        """Read the file again if it is time; one that cannot be read leaves the keys in use."""
        if at_once or time.monotonic() - self._looked_at >= RELOAD_SECONDS:
            try:
                self._load()
            except SecretFileError:
                self._looked_at = time.monotonic()

    def _load(self) -> None:
        self._looked_at = time.monotonic()
        try:
            status = self.path.stat()
        except OSError as refusal:
            raise SecretFileError(f"{self.path} cannot be read: {refusal.strerror}") from None
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._newest, keys = read_sealing_keys(self.path)
            self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
            self._stamp = stamp


def read_sealing_keys(path: Path) -> tuple[str, dict[str, bytes]]:
    """The id of the newest key, and all keys by their ids. Raises SecretFileError."""
    content = read_private(path)
    try:
        keys = {key_id: base64.b64decode(text) for key_id, text in content["keys"].items()}
        newest = str(content["newest"])
    except (KeyError, ValueError, TypeError, AttributeError):
        newest, keys = "", {}
    if newest not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise SecretFileError(f"{path} holds no sealing keys: put it back from a backup")
    return newest, keys


def create_sealing_keys(path: Path) -> None:
    """A first key, unless there is one. Raises SecretFileError."""
    if path.exists():
        read_sealing_keys(path)
    else:
        _add_key(path, {})


def rotate_sealing_keys(path: Path) -> None:
    """A new key seals from now on; the older ones go on opening what they sealed.

    Raises SecretFileError.
    """
    _add_key(path, read_sealing_keys(path)[1])


def _add_key(path: Path, keys: Mapping[str, bytes]) -> None:
    newest = str(new_id())
    every = {**keys, newest: os.urandom(KEY_BYTES)}
    texts = {key_id: base64.b64encode(key).decode("ascii") for key_id, key in every.items()}
    write_whole(path, {"newest": newest, "keys": texts})
