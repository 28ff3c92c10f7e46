"""A provider signs its own spelling of the URL and sends another; both mean the same."""

import base64
import hmac
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.channels.signatures import url_spellings
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, source

TWILIO = CHANNELS["twilio"]
SOURCE = source("twilio", secrets={"auth_token": "12345"}, country="US")
BASE = "https://crm.example/lf/intake/v1/hooks/tw/status"

# (query as it was sent, query as it was signed)
SPELLINGS = [
    ("a=b", "a=b"),
    ("", ""),
    ("From=%2B14158675309", "From=%2B14158675309"),
    ("From=%2b14158675309", "From=%2B14158675309"),
    ("From=%2B14158675309", "From=%2b14158675309"),
    ("CallerName=O%27Hara", "CallerName=O'Hara"),
    ("CallerName=O'Hara", "CallerName=O%27Hara"),
    ("To=sip%3Aanna%40pbx.example", "To=sip:anna@pbx.example"),
    ("To=sip:anna@pbx.example", "To=sip%3Aanna%40pbx.example"),
    ("To=sip:anna@pbx.example", "To=sip%3aanna%40pbx.example"),
    ("name=Anna%20Lee", "name=Anna+Lee"),
    ("name=Anna+Lee", "name=Anna%20Lee"),
    ("name=Anna%20Lee", "name=Anna Lee"),
    ("name=%D0%90%D0%BD%D0%BD%D0%B0", "name=Анна"),
    ("name=%d0%90", "name=%D0%90"),
    ("a=%28b%29%21%2A", "a=(b)!*"),
    ("a=(b)!*", "a=%28b%29%21%2A"),
    ("back=https%3A%2F%2Fx.example%2F%3Fq", "back=https://x.example/?q"),
    ("back=https://x.example/?q", "back=https%3A%2F%2Fx.example%2F%3Fq"),
    ("a[b]=1", "a%5Bb%5D=1"),
    ("a%5Bb%5D=1", "a[b]=1"),
    ("a=1%2C2%3B3%24", "a=1,2;3$"),
    ("a=1,2;3$", "a=1%2C2%3B3%24"),
    ("a=~b", "a=~b"),
    ("a=%7Eb", "a=~b"),
    ("a=O%27Hara&b=%40x&c=y%3Az", "a=O'Hara&b=@x&c=y:z"),
    ("a=%7B%7D%22", 'a={}"'),
    ("a=%22b%22'", "a=%22b%22%27"),
    ("a=b=@", "a=b%3D%40"),
    ("a&b='", "a&b=%27"),
]
# What means something else is no spelling of it.
OTHERS = [
    ("a=%26b", "a=&b"),
    ("a=%2Bb", "a=+b"),
    ("a=%2540", "a=%40"),
    ("a=%2540", "a=@"),
    ("a=%23b", "a=#b"),
    ("a=b", "a=B"),
    ("a=b&c=d'", "c=d'&a=b"),
    ("a=b'", "a=b"),
    ("a=%27", "a=%28"),
    ("a%3Db=c", "a=b=c"),
]


def called(query: str, *, signed: str, base: str = BASE, port: str = "") -> RawRequest:
    text = base.replace("crm.example", "crm.example" + port) + ("?" + signed if signed else "")
    digest = hmac.digest(b"12345", text.encode(), "sha1")
    return RawRequest(
        method="GET",
        query=query,
        headers=(*FORM, ("x-twilio-signature", base64.b64encode(digest).decode())),
        public_url=base + ("?" + query if query else ""),
    )


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize(("query", "signed"), SPELLINGS)
def test_every_spelling_of_the_same_is_a_proof(query: str, signed: str, port: str) -> None:
    TWILIO.verify(called(query, signed=signed, port=port), SOURCE)


@pytest.mark.parametrize(("query", "signed"), OTHERS)
def test_what_means_something_else_is_none(query: str, signed: str) -> None:
    with pytest.raises(Unauthenticated):
        TWILIO.verify(called(query, signed=signed), SOURCE)


@pytest.mark.parametrize(
    ("called_as", "signed"),
    [
        ("https://crm.example:8443", "https://crm.example"),
        ("https://crm.example:8443", "https://crm.example:8443"),
        ("http://crm.example", "http://crm.example:80"),
        ("https://[::1]:8443", "https://[::1]"),
        ("https://[::1]", "https://[::1]:443"),
    ],
)
def test_ports_are_tried_with_each_spelling(called_as: str, signed: str) -> None:
    spellings = list(url_spellings(called_as + "/x?a=%27"))

    assert (signed + "/x?a='").encode() in spellings
    assert (signed + "/x?a=%27").encode() in spellings
    assert spellings[0] == (called_as + "/x?a=%27").encode()


@given(st.text(st.characters(), max_size=30))
def test_any_query_at_all_has_spellings(query: str) -> None:
    url = f"{BASE}?{query}"

    spellings = list(url_spellings(url))
    assert spellings[0] == url.encode("utf-8", "surrogatepass")
    assert len(set(spellings)) == len(spellings)


def test_a_usual_url_has_few_spellings_and_none_has_many() -> None:
    assert len(list(url_spellings(BASE + "?a=b&c=d"))) == 2
    assert len(list(url_spellings(BASE + "?a=%D0%90+'@:%2b%20(!*)"))) <= 60


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=4))
def test_whatever_encoder_wrote_it_is_found_from_any_other(values: dict[str, str]) -> None:
    values = {
        name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for name, value in values.items()
    }
    written = [
        urlencode(values, quote_via=quote_plus),
        urlencode(values, quote_via=quote, safe=""),
        urlencode(values, quote_via=quote, safe="!'()*"),
        urlencode(values, quote_via=quote, safe="!'()*@:/?,;$[]"),
    ]
    for sent in written:
        queries = [urlsplit(url.decode()).query for url in url_spellings(f"{BASE}?{sent}")]
        if values:
            assert set(written) <= set(queries)
        for query in queries:
            assert parse_qsl(query, keep_blank_values=True) == list(values.items())
