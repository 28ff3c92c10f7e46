"""Numbers and addresses have one spelling each, whatever program or keyboard they came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing import emails, phones, signs

INVISIBLE = [
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202c", "\u202d", "\u2060",
    "\u2066", "\u2069", "\ufeff", "\xad", "\ufe0d", "\ufe0f", "\u061c", "\u180e", "\u034f",
    "\U000e0101", "\x00", "\x7f",
]  # fmt: skip
DASHES = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe63", "\uff0d", "\u2043"]
SPACES = ["\xa0", "\u2002", "\u2007", "\u2009", "\u200a", "\u202f", "\u205f", "\u3000"]
NUMBERS = [
    "\u202a+7 916 010-20-45\u202c", "+7\ufe0d-916-010-20-45",
    "+7\u2009(916)\u2009010\u201320\u201345",
    "８ ９１６ ０１０－２０－４５", "＋７（９１６）０１０２０４５", "٨ ٩١٦ ٠١٠-٢٠-٤٥",
    "۸۹۱۶۰۱۰۲۰۴۵",
    "८९१६०१०२०४५", "8️⃣9️⃣1️⃣6️⃣0102045", "+7 [916] 010-20-45",
    "\u202a+7 (916) 010\u201120\u201145\u202c",
    "+7.916.010.20.45", "＋7 916 010 20 45", "(8 916 010-20-45)", "«8 916 010-20-45»",
    "8 916 010-20-45.",
    "8 916 010-20-45,", "8 916 010-20-45;", "+7\t916\t010\t20\t45", "\ufeff89160102045",
    "\U0001d7d6\U0001d7d7160102045",
]  # fmt: skip
ZOYA = [
    "zoya@example.com.", "zoya@example.com,", "zoya@example.com;", "(zoya@example.com)",
    "[zoya@example.com]", '"zoya@example.com"', "'zoya@example.com'", "«zoya@example.com»",
    "“zoya@example.com”", "<zoya@example.com>", "zoya@example.com>", "mailto:zoya@example.com",
    "MAILTO:zoya@example.com?subject=Hi&body=x@y.example", "mailto:zoya%40example.com",
    "<mailto:zoya@example.com>", "Зоя <zoya@example.com>", '"Зоя П." <zoya@example.com>',
    "Зоя <zoya@example.com>,", "Зоя <zoya@example.com> (раб.)", "ZOYA@EXAMPLE.COM",
    "Zoya@Example.Com", " zoya@example.com\t\n", "\u200bzoya@example.com", "zoya@example.com\u200b",
    "\u202azoya@example.com\u202c", "zoya\u200b@example.com", "zo\xadya@example.com",
    "\ufeffzoya@example.com", "ｚｏｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "zoya＠example.com",
    "zoya@example.com/",
    "zoya@example.com!", "zoya@example.com?", "zoya@example.com:", "zoya@example.com…",
    "zoya@example.com (Зоя)", "e-mail: zoya@example.com", "email:zoya@example.com",
    "почта zoya@example.com", "zoya@example.com, спасибо", "zoya@example.com - Зоя",
    "|zoya@example.com|", "\xa0zoya@example.com\xa0",
]  # fmt: skip


@pytest.mark.parametrize("raw", NUMBERS)
def test_a_number_in_other_signs(raw: str) -> None:
    assert phones.several(raw, "RU", most=9).readable == ["+79160102045"]


@pytest.mark.parametrize("sign", INVISIBLE, ids=ascii)
def test_what_is_not_seen_is_not_there(sign: str) -> None:
    for number in (f"{sign}+7 916 010-20-45{sign}", sign.join("+79160102045")):
        assert phones.several(number, "RU", most=9).readable == ["+79160102045"]
    for address in (f"{sign}zoya@example.com{sign}", sign.join("zoya@example.com")):
        assert emails.several(address, most=9).readable == ["zoya@example.com"]


@pytest.mark.parametrize("sign", [*DASHES, *SPACES], ids=ascii)
def test_dashes_and_blanks_of_every_kind(sign: str) -> None:
    raw = f"8{sign}916{sign}010{sign}20{sign}45"

    assert phones.several(raw, "RU", most=9).readable == ["+79160102045"]


@pytest.mark.parametrize("raw", ZOYA)
def test_one_address_however_it_is_wrapped(raw: str) -> None:
    assert emails.several(raw, most=9).readable == ["zoya@example.com"]


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ("a@b.example и c@d.example", ["a@b.example", "c@d.example"]),
        ("a@b.example/c@d.example", ["a@b.example", "c@d.example"]),
        ("a@b.example; c@d.example", ["a@b.example", "c@d.example"]),
        ("А <a@b.example>, Б <c@d.example>", ["a@b.example", "c@d.example"]),
        ("zoya (at) example.com", []),
        ("zoya [at] example [dot] com", []),
        ("zoya собака example.com", []),
        ("zoya @ example.com", []),
        ("zoya@example", []),
        ("zoya@@example.com", []),
        ("zoya@example..com", []),
        ("@zoya", []),
        ("нет", []),
    ],
)
def test_several_addresses_and_none(raw: str, addresses: list[str]) -> None:
    points = emails.several(raw, most=9)

    assert points.readable == addresses
    if not addresses:
        assert points.unreadable == [raw]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("иван@почта.рф", "ИВАН@ПОЧТА.РФ"),
        ("иван@почта.рф", "иван@xn--80a1acny.xn--p1ai"),
        ("иван@почта.рф", "иван@XN--80A1ACNY.XN--P1AI"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher.example", "a@b\xfccher.example"),
        ("jose\u0301@example.com", "jos\xe9@example.com"),
        ("JOSE\u0301@example.com", "jos\xe9@example.com"),
        ("ΟΔΟΣ@example.com", "οδοσ@example.com"),
        ("ЙОД@example.com", "и\u0306од@example.com"),
    ],
)
def test_two_spellings_of_one_address(first: str, second: str) -> None:
    assert emails.address(first) == emails.address(second) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("\u212aarl@example.com", "karl@example.com"),
        ("karl@\u212aarl.example", "karl@karl.example"),
        ("İlker@example.com", "ilker@example.com"),
        ("İlker@example.com", "i\u0307lker@example.com"),
        ("a@İzmir.example", "a@izmir.example"),
        ("ılker@example.com", "ilker@example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("a@straße.example", "a@strasse.example"),
        ("οδος@example.com", "οδοσ@example.com"),
        ("ﬁn@example.com", "fin@example.com"),
        ("zоya@example.com", "zoya@example.com"),  # a Cyrillic о
        ("ſam@example.com", "sam@example.com"),
    ],
)
def test_other_letters_are_another_address_or_none(first: str, second: str) -> None:
    assert emails.address(first) != emails.address(second)


@given(text=st.text(max_size=60))
def test_lower_case_adds_no_letters(text: str) -> None:
    small = signs.lowered(text)

    assert len(small) == len(text)
    assert signs.lowered(small) == small
    for sign, lower in zip(text, small, strict=True):
        assert lower in (sign, sign.lower())
        assert sign.isascii() or not lower.isascii()


@given(text=st.text(max_size=60))
def test_places_lead_back(text: str) -> None:
    plain, places = signs.visible_with_places(text)

    assert plain == signs.visible(text) == signs.visible(plain)
    assert len(places) == len(plain) + 1
    assert all(signs.visible(text[place]) == sign for place, sign in zip(places, plain))  # noqa: B905
    assert list(places) == sorted(set(places))
