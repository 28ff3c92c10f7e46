"""One request of each provider, so that a source can be tried before anything comes."""

import json
from pathlib import Path

from services.intake.domain.requests import RawRequest

FOLDER = Path(__file__).parent


def sample_request(adapter: str) -> RawRequest | None:
    """The provider's sample; None if there is none for this adapter."""
    file = FOLDER / f"{adapter}.json"
    if not file.exists():
        return None
    parts = json.loads(file.read_text(encoding="utf-8"))
    headers = tuple((name, value) for name, value in parts["headers"])
    return RawRequest(
        method=parts["method"],
        rest=parts["rest"],
        query=parts["query"],
        headers=headers,
        body=parts["body"].encode("latin-1"),
    )
