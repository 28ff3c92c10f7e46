"""How providers sign, written from what they publish: a reference beside the adapters' own code."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey

Headers = dict[str, str]
Sign = Callable[[str, bytes, datetime], Headers]  # the public URL, the body, the moment

TELNYX_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WHSK_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SECRETS: Mapping[str, Mapping[str, str]] = {
    "plivo": {"auth_token": "token-of-plivo"},
    "vonage": {"signature_secret": "secret-of-vonage-that-is-long-enough"},
    "telnyx": {"public_key": base64.b64encode(TELNYX_KEY.public_key().public_bytes_raw()).decode()},
    "ringcentral": {"verification_token": "token-of-ringcentral"},
    "aircall": {"token": "token-of-aircall"},
    "callrail": {"signing_key": "key-of-callrail"},
    "asterisk": {"secret": "whsec_" + base64.b64encode(bytes(range(24))).decode()},
    "standard-webhooks": {"secret": "whsec_" + base64.b64encode(bytes(range(30))).decode()},
    "cloudevents": {"access_token": "token-of-cloudevents"},
    "freeswitch": {"basic_username": "switch", "basic_password": "password-of-the-switch"},
}


def base64_hmac(key: bytes, message: bytes, algorithm: str) -> str:
    return base64.b64encode(hmac.digest(key, message, algorithm)).decode()


def plivo(url: str, body: bytes, _moment: datetime) -> Headers:
    """V3 of a posted form: URL, sorted query, dot, sorted fields, dot, nonce."""
    parts, nonce = urlsplit(url), "12345678901234567890"
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query)))
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    posted = "".join(name + value for name, value in fields)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    if posted:
        base += f"?{query}{'.' if query else ''}{posted}"
    elif query:
        base += f"?{query}"
    token = SECRETS["plivo"]["auth_token"].encode()
    signature = base64_hmac(token, f"{base}.{nonce}".encode(), "sha256")
    return {"X-Plivo-Signature-V3": signature, "X-Plivo-Signature-V3-Nonce": nonce}


def vonage(_url: str, body: bytes, moment: datetime) -> Headers:
    claims = {"iss": "Vonage", "iat": int(moment.timestamp()), "jti": "a-token"}
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    key = OctKey.import_key(SECRETS["vonage"]["signature_secret"].encode())
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'HS256', 'typ': 'JWT'}, claims, key)}"}


def telnyx(_url: str, body: bytes, moment: datetime) -> Headers:
    timestamp = str(int(moment.timestamp()))
    signature = TELNYX_KEY.sign(timestamp.encode() + b"|" + body)
    return {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
    }


def callrail(_url: str, body: bytes, _moment: datetime) -> Headers:
    return {"Signature": base64_hmac(SECRETS["callrail"]["signing_key"].encode(), body, "sha1")}


def ringcentral(_url: str, _body: bytes, _moment: datetime) -> Headers:
    return {"Verification-Token": SECRETS["ringcentral"]["verification_token"]}


def cloudevents(_url: str, _body: bytes, _moment: datetime) -> Headers:
    return {"Authorization": f"Bearer {SECRETS['cloudevents']['access_token']}"}


def freeswitch(_url: str, _body: bytes, _moment: datetime) -> Headers:
    login = ":".join(SECRETS["freeswitch"].values())
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def standard(adapter: str) -> Sign:
    """v1 of Standard Webhooks with the secret of this adapter."""

    def sign(_url: str, body: bytes, moment: datetime) -> Headers:
        key = base64.b64decode(SECRETS[adapter]["secret"].removeprefix("whsec_"))
        timestamp, identifier = str(int(moment.timestamp())), "msg_1"
        message = f"{identifier}.{timestamp}.".encode() + body
        return {
            "webhook-id": identifier,
            "webhook-timestamp": timestamp,
            "webhook-signature": "v1," + base64_hmac(key, message, "sha256"),
        }

    return sign


def unsigned(_url: str, _body: bytes, _moment: datetime) -> Headers:
    """The proof stands in the body, or there is none beside the address."""
    return {}


SIGNERS: Mapping[str, Sign] = {
    "plivo": plivo,
    "vonage": vonage,
    "telnyx": telnyx,
    "callrail": callrail,
    "ringcentral": ringcentral,
    "cloudevents": cloudevents,
    "freeswitch": freeswitch,
    "asterisk": standard("asterisk"),
    "standard-webhooks": standard("standard-webhooks"),
    "aircall": unsigned,
    "roistat": unsigned,
    "calltouch": unsigned,
}
