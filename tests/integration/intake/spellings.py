"""Requests to the native door as bytes on a wire, spelt in every way that matters to its way.

Each gives the bytes, with @@ where two senders shall differ, and how many are taken directly.
"""

from collections.abc import Callable
from dataclasses import dataclass

Stream = tuple[bytes, int]
BODY = '{"channel":"form","contact":{"name":"Анна","phones":["+79161234567"]}}'.encode()
CALL = b'{"channel":"form","source_key":"@@"}'


@dataclass(frozen=True, slots=True)
class Senders:
    """Their tokens."""

    admin: str
    supervisor: str

    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.admin}"}

    def post(
        self,
        body: bytes = BODY,
        *lines: str,
        start: str = "POST /v1/inquiries HTTP/1.1",
        token: str | None = None,
        length: bool = True,
    ) -> bytes:
        bearer = self.admin if token is None else token
        head = [start, "Host: door", "Content-Type: application/json", *lines]
        head += [f"Authorization: Bearer {bearer}"] if bearer else []
        head += [f"Content-Length: {len(body)}"] if length else []
        return "\r\n".join([*head, "", ""]).encode() + body


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


STREAMS: dict[str, Callable[[Senders], Stream]] = {
    "plain": lambda s: (s.post(), 1),
    "three in one piece": lambda s: (s.post() + s.post(CALL) + s.post(), 2),
    "with an idempotency key": lambda s: (s.post(BODY, "Idempotency-Key: key-@@"), 1),
    "the same key and body twice": lambda s: (2 * s.post(BODY, "idempotency-key: twice-@@"), 2),
    "the same key, another body": lambda s: (
        s.post(BODY, "IDEMPOTENCY-KEY: other-@@") + s.post(BODY + b" ", "webhook-id: other-@@"),
        2,
    ),
    "with a trace": lambda s: (s.post(BODY, f"traceparent: 00-{'a' * 32}-{'b' * 16}-01"), 1),
    "with a query": lambda s: (s.post(start="POST /v1/inquiries?a=b HTTP/1.1"), 1),
    "a path with percent signs": lambda s: (s.post(start="POST /v1/%69nquiries HTTP/1.1"), 1),
    "an address as its target": lambda s: (
        s.post(start="POST http://door/v1/inquiries HTTP/1.1"),
        1,
    ),
    "two lines of authorization": lambda s: (
        s.post(BODY, f"authorization: Bearer {s.supervisor}"),
        0,
    ),
    "closing": lambda s: (s.post(BODY, "Connection: close"), 1),
    "HTTP/1.0": lambda s: (s.post(start="POST /v1/inquiries HTTP/1.0"), 1),
    "waiting to continue": lambda s: (s.post(BODY, "Expect: 100-continue"), 0),
    "in chunks": lambda s: (
        s.post(_chunked(BODY), "Transfer-Encoding: chunked", length=False),
        1,
    ),
    "wishing another protocol": lambda s: (s.post(BODY, "Connection: upgrade", "Upgrade: h2c"), 0),
    "without a token": lambda s: (s.post(token=""), 0),
    "with a token of nobody": lambda s: (s.post(token="a.b.c"), 0),
    "of a role that posts nothing": lambda s: (s.post(token=s.supervisor), 0),
    "no JSON": lambda s: (s.post(b"{"), 0),
    "another schema": lambda s: (s.post(b'{"channel":"pigeon"}'), 0),
    "no body": lambda s: (s.post(b""), 0),
    "another charset": lambda s: (
        s.post('{"channel":"form"}'.encode("utf-16"), "Content-Type: text/json; charset=utf-16"),
        0,
    ),
    "an unknown source": lambda s: (s.post(CALL), 0),
    "a crowd of members": lambda s: (s.post(b'{"fields":{' + b'"a":1,' * 3001 + b'"b":1}}'), 0),
    "another method": lambda s: (s.post(start="PUT /v1/inquiries HTTP/1.1"), 0),
    "a hook": lambda s: (s.post(start="POST /v1/hooks/site HTTP/1.1"), 0),
    "a line that is none": lambda s: (s.post() + b"NONSENSE\r\n\r\n", 1),
}
