"""How a body gets the proof that each exchange of the Russian market gives."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from services.intake.channels.parsing import forms
from services.intake.domain.requests import ChannelError, RawRequest
from tests.attacks.form_proofs import Proof, unsigned
from tests.attacks.members import FORM, Headers, pairs_of, plain, with_members

KEY = "secret-of-the-exchanges"
_BY_ADDRESS = ("uis", "beeline-xsi", "sipuni", "onlinepbx")
SECRETS: Mapping[str, Mapping[str, str]] = {
    "mango": {"api_key": "key-of-mango", "api_salt": "salt-of-mango"},
    "zadarma": {"secret": KEY},
    "megafon": {"crm_token": KEY},
    "binotel": {"company_id": KEY},
    **{adapter: {} for adapter in _BY_ADDRESS},
}


def _mango(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    """The body, or its field `json`, in the three fields of the exchange."""
    try:
        event = dict(forms.byte_pairs(request.body)).get(b"json", request.body)
    except ChannelError:
        event = request.body
    key, salt = (SECRETS["mango"][name].encode() for name in ("api_key", "api_salt"))
    sign = hashlib.sha256(key + event + salt).hexdigest()
    return FORM, f"vpbx_api_key={key.decode()}&sign={sign}&json={quote(event)}".encode()


def _zadarma(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    """Of the fields that most events sign; without any of them a form gets one."""
    body, headers = request.body.strip(), plain(request.headers)
    text = _signed(body)
    if not text:
        body, headers, text = body + b"&call_start=1", FORM, b"1"
    digest = hmac.digest(KEY.encode(), text, "sha1").hex()
    return (*headers, ("Signature", base64.b64encode(digest.encode()).decode())), body


def _signed(body: bytes) -> bytes:
    fields = dict(pairs_of(body))
    return b"".join(fields.get(name, b"") for name in (b"caller_id", b"called_did", b"call_start"))


PROOFS: Mapping[str, Proof] = {
    "mango": _mango,
    "zadarma": _zadarma,
    "megafon": lambda _url, request: with_members(request, {"crm_token": KEY}),
    "binotel": lambda _url, request: with_members(request, {"companyID": KEY}),
    **dict.fromkeys(_BY_ADDRESS, unsigned),
}
