"""Whatever way a number is written and whatever stands around it, it reads as the same number."""

from datetime import date

import phonenumbers
from hypothesis import assume, example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from services.intake.channels.parsing import emails, phones

REGIONS = [
    "RU", "BY", "KZ", "UA", "UZ", "GE", "AM", "AZ", "KG", "MD", "TJ", "TM", "US", "CA", "GB", "DE",
    "FR", "IT", "ES", "TR", "IL", "AE", "IN", "CN", "BR", "SE", "NL", "CH", "CZ", "LT", "LV", "EE",
]  # fmt: skip
DASHES = ["-", "\u2010", "\u2011", "\u2013", "\u2014", " ", "\xa0", "\u2009", "."]
BEFORE = [
    "", "тел. ", "Тел.: ", "моб. ", "Анна, ", "звонить после 18: ", "с 9 до 18, ", "WhatsApp: ",
    "tel:", "(", "\u202a", "\u200b", "call me: ", "кв. 15; ", "12.03.2024, ", "в 10:15 ",
    "zoya@example.com, ", "заказ 15, ",
]  # fmt: skip
BEHIND = [
    "", " Анна", " (Анна)", ".", ",", ";", ")", " после 18", "\u202c", "\u200b", " thanks",
    ", zoya@example.com", "; кв. 15", " — мой", "\n12.03.2024", " / Анна", "!",
]  # fmt: skip
WORDS = st.text("абвгдежзиклмнопрстуф ,.", max_size=12)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, phonenumbers.PhoneNumber]:
    """A valid number of a country: an example of its plan with other last digits."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]))
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    end = draw(st.integers(0, 9999))
    text = f"+{example.country_code}{national[:-4]}{end:04d}"
    number = phonenumbers.parse(text)
    assume(phonenumbers.is_valid_number(number))
    assume(phonenumbers.region_code_for_number(number) == region)
    assume(phones.several(text, region, most=1).readable)  # nobody's number: 123456789
    return region, number


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str, str]:
    """A country, a number as people there write it, and its E.164."""
    region, number = draw(numbers())
    style = draw(st.sampled_from([0, 1, 2, 3]))
    text = phonenumbers.format_number(number, style % 3)
    if style == 3:
        text = "00" + text.removeprefix("+")
    if draw(st.booleans()):
        dash = draw(st.sampled_from(DASHES))
        text = text.replace("-", dash) if dash != "." or "(" not in text else text
    if draw(st.booleans()):
        text = "".join(sign for sign in text if sign.isdecimal() or sign == "+")
    return region, text, phonenumbers.format_number(number, PhoneNumberFormat.E164)


@given(spellings(), st.sampled_from(BEFORE), st.sampled_from(BEHIND))
def test_a_number_among_words_in_a_field(
    spelling: tuple[str, str, str], before: str, behind: str
) -> None:
    region, text, number = spelling
    raw = before + text + behind

    points = phones.several(raw, region, most=9)

    assert points.readable == [number], raw
    assert not points.extensions


@given(numbers(), WORDS, WORDS)
def test_a_number_in_a_text(
    number_of: tuple[str, phonenumbers.PhoneNumber], before: str, behind: str
) -> None:
    region, number = number_of
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    text = f"{before} {written} {behind}"
    found = phones.mentions(text, region)

    assert [one.number for one in found] == [
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
    ]
    assert text[found[0].start : found[0].end] == written


@example(
    [("RU", "+79123450000", "+79123450000"), ("BY", "+375 152 45.00.00", "+375152450000")], "; "
)
@given(st.lists(spellings(), min_size=2, max_size=3), st.sampled_from(["; ", "\n", ", ", " и "]))
def test_several_numbers_of_several_countries(
    written: list[tuple[str, str, str]], between: str
) -> None:
    region = written[0][0]
    own = [(text, number) for of, text, number in written if of == region or text.startswith("+")]
    points = phones.several(between.join(text for text, _ in own), region, most=9)

    assert points.readable == list(dict.fromkeys(number for _, number in own))


@given(spellings(), st.integers(0, 99999).map(str), st.sampled_from([" доб. ", " ext. ", ",,"]))
def test_a_number_and_its_extension(
    spelling: tuple[str, str, str], extension: str, between: str
) -> None:
    region, text, number = spelling
    points = phones.several(text + between + extension, region, most=9)

    assert (points.readable, points.extensions) == ([number], {number: extension})


FIGURES = st.one_of(
    st.dates(date(1950, 1, 1), date(2035, 1, 1)).map("{:%d.%m.%Y}".format),
    st.dates(date(1950, 1, 1), date(2035, 1, 1)).map("{:%Y-%m-%d}".format),
    st.dates(date(1950, 1, 1), date(2035, 1, 1)).map("{:%d/%m/%Y}".format),
    st.datetimes().map("{:%d.%m.%Y %H:%M}".format),
    st.datetimes().map("{:%H:%M:%S}".format),
    st.integers(10**9, 10**10 - 1).map("ИНН {}".format),
    st.integers(10**11, 10**12 - 1).map("ИНН: {}".format),
    st.integers(10**8, 10**9 - 1).map("КПП {}".format),
    st.integers(10**12, 10**13 - 1).map("ОГРН {}".format),
    st.integers(10**19, 10**20 - 1).map("р/с {}".format),
    st.integers(10**8, 10**9 - 1).map("БИК {}".format),
    st.integers(10**9, 10**10 - 1).map("{}".format),
    st.integers(1, 10**11).map("заказ № {}".format),
    st.integers(1, 10**11).map("Заказ номер {}".format),
    st.integers(1, 10**11).map("order #{}".format),
    st.integers(10**13, 10**14 - 1).map("трек-номер {}".format),
    st.integers(10**15, 10**16 - 1).map(lambda n: f"{n:016d}"),
    st.integers(1, 10**9).map("{:,} руб.".format),
    st.integers(1, 10**9).map(lambda n: f"{n:,}".replace(",", " ") + " ₽"),
    st.uuids().map(str),
    st.integers(10**8, 10**9 - 1).map("RA{}RU".format),
    st.ip_addresses(v=4).map(str),
    st.integers(10**9, 10**10 - 1).map("https://shop.example/?id=8{}".format),
    st.integers(10**9, 10**10 - 1).map("8{}@example.com".format),
)


@given(st.lists(FIGURES, min_size=1, max_size=4), st.sampled_from([", ", "\n", "; ", " от "]))
def test_no_number_is_read_out_of_other_figures(figures: list[str], between: str) -> None:
    assert phones.in_text(between.join(figures), "RU") == []


@given(st.text("0123456789+-() ./;,\nдобx*#тел", max_size=80), st.sampled_from(REGIONS))
def test_whatever_is_read_is_valid_and_in_its_place(text: str, region: str) -> None:
    end = 0
    for found in phones.mentions(text, region):
        assert phonenumbers.is_valid_number(phonenumbers.parse(found.number))
        assert end <= found.start < found.end <= len(text)
        assert found.extension is None or found.extension.isdecimal()
        end = found.end


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z0-9]{1,5})?@[a-z]{1,8}\.(ru|com|example)", fullmatch=True),
       st.sampled_from(["{}", "<{}>", "Зоя <{}>", "({})", "{}.", "{},", "mailto:{}", '"{}"', " {} ",
                        "почта: {}", "\u200b{}\u200b", "{} (Зоя)"]))  # fmt: skip
def test_an_address_however_it_is_wrapped(address: str, wrapping: str) -> None:
    assert emails.several(wrapping.format(address), most=9).readable == [address]
    assert emails.several(wrapping.format(address.upper()), most=9).readable == [address]
