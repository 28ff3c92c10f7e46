"""The token by which this process calls other services: given in a file, renewed by the mint."""

import time
from dataclasses import dataclass
from pathlib import Path

from shared.errors import UnavailableError
from shared.web.tokens import MAX_TOKEN_CHARS, RELOAD_SECONDS


@dataclass(eq=False)
class ServiceToken:
    """Gives the token in the file, read again at most once a second."""

    path: Path | None
    _token: str = ""
    _looked_at: float = -3600.0

    def __call__(self) -> str:
        """Raises UnavailableError while there is no token to call with."""
        if time.monotonic() - self._looked_at >= RELOAD_SECONDS:
            self._token = self._read()
            self._looked_at = time.monotonic()
        return self._token

    def _read(self) -> str:
        if self.path is None:
            raise UnavailableError("This process has no token for calls between the services.")
        try:
            with self.path.open(encoding="ascii") as file:
                token = file.read(MAX_TOKEN_CHARS + 1).strip()
        except (OSError, UnicodeError):
            token = ""
        if not token or len(token) > MAX_TOKEN_CHARS or len(token.split()) != 1:
            raise UnavailableError("The token for calls between the services cannot be read.")
        return token
