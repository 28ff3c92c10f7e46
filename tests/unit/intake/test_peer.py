"""The address of a sender: a proxy's word counts, a stranger's does not."""

import pytest

from services.intake.routes.ingest.peer import networks_of, sender_address

TRUSTED = networks_of(("127.0.0.0/8", "::1", "192.0.2.128/25"))


def address(client: str | None, *forwarded: str) -> str | None:
    scope = {"type": "http", "client": (client, 1234) if client else None}
    headers = [(b"host", b"x"), *((b"x-forwarded-for", line.encode()) for line in forwarded)]
    found = sender_address(scope, headers, trusted=TRUSTED)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("198.51.100.7", (), "198.51.100.7"),
        ("198.51.100.7", ("203.0.113.9",), "198.51.100.7"),
        ("127.0.0.1", ("203.0.113.9",), "203.0.113.9"),
        ("127.0.0.1", ("192.0.2.1, 203.0.113.9",), "203.0.113.9"),
        ("127.0.0.1", ("192.0.2.1, 203.0.113.9, 192.0.2.131",), "203.0.113.9"),
        ("127.0.0.1", ("192.0.2.1", "203.0.113.9"), "203.0.113.9"),
        ("::1", ("2001:db8::5",), "2001:db8::5"),
        ("::1", ("[2001:db8::5]:443",), "2001:db8::5"),
        ("::ffff:127.0.0.1", ("203.0.113.9:55000",), "203.0.113.9"),
        ("127.0.0.1", ("::ffff:203.0.113.9",), "203.0.113.9"),
        ("127.0.0.1", ("unknown",), None),
        ("127.0.0.1", ("203.0.113.9, unknown",), None),
        ("127.0.0.1", ("",), None),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("192.0.2.204",), "192.0.2.204"),
        ("testclient", ("203.0.113.9",), None),
        (None, ("203.0.113.9",), None),
        ("127.0.0.1", ("9" * 10_000,), None),
    ],
)
def test_the_sender_is_whom_the_last_trusted_proxy_saw(
    client: str | None, forwarded: tuple[str, ...], expected: str | None
) -> None:
    assert address(client, *forwarded) == expected


@pytest.mark.parametrize(
    ("client", "trusted"), [("::1", True), ("fd00::5", True), ("8.8.8.8", False)]
)
def test_one_word_stands_for_all_private_networks(client: str, *, trusted: bool) -> None:
    scope = {"type": "http", "client": (client, 1)}
    forwarded = [(b"x-forwarded-for", b"203.0.113.9")]
    found = sender_address(scope, forwarded, trusted=networks_of(("private",)))
    assert str(found) == ("203.0.113.9" if trusted else client)
