"""What keeps secrets and proofs of origin: masking, seals, tokens, signatures."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/intake"
ATTACKS = "tests/attacks"


def _as_it_stands(text: str) -> Iterator[str]:
    """What a search for the secret's own letters would look at."""
    yield text


def _in_the_clear(_sealing: object, secrets: Mapping[str, str], *, about: bytes) -> str:
    del about
    return json.dumps(dict(secrets))


def _read_in_the_clear(_sealing: object, sealed: str, *, about: bytes) -> Any:
    del about
    return json.loads(sealed)


def _believed(token: str, _keys: object) -> Mapping[str, Any]:
    """What a reader would do that looks at the claims before, or instead of, the signature."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


SECRECY: tuple[Mechanism, ...] = (
    Mechanism(
        "proof of origin",
        8,
        ((f"{HERE}/test_door_refusals.py::test_unknown_source_and_wrong_signature_look_the_same"),),
        {
            "services.intake.routes.ingest.hooks:recognised": (
                lambda row, _request, *, now: row is not None and bool(now)
            )
        },
    ),
    Mechanism(
        "recognised before read",
        11,
        (f"{HERE}/test_door_strangers.py::test_all_keys_stop_reading_at_the_same_byte",),
        {"services.intake.routes.ingest.hook_call:unproven_limit": always(1 << 40)},
    ),
    Mechanism(
        "masking",
        8,
        (f"{ATTACKS}/test_masking.py::test_a_secret_in_any_spelling_is_shown_to_no_supervisor",),
        {"services.intake.domain.secret_search:decodings": _as_it_stands},
    ),
    Mechanism(
        "secrets sealed at rest",
        8,
        (f"{HERE}/test_sealed_secrets.py::test_the_table_holds_no_secret",),
        {
            "services.intake.repository.sources:sealed_secrets": _in_the_clear,
            "services.intake.repository.sources:opened_secrets": _read_in_the_clear,
        },
    ),
    Mechanism(
        "former secrets are wiped",
        8,
        (f"{HERE}/test_sealed_secrets.py::test_a_former_secret_is_gone_after_its_overlap",),
        {"services.intake.use_cases.sources:_without_outlived": lambda row, **_now: row},
    ),
    Mechanism(
        "only the mint signs",
        8,
        (f"{ATTACKS}/test_tokens.py::test_a_forged_token_is_refused",),
        {"shared.web.tokens:verified": _believed},
    ),
    Mechanism(
        "ended tokens",
        8,
        (f"{ATTACKS}/test_tokens.py::test_an_ended_token_is_refused_alone",),
        {"shared.web.token_files:read_ended": always({})},
    ),
)
