"""One telephone number by the plans of the world's countries: complete, assignable, no placeholder.

Invariant: what may be a number of two countries, or of none, is no number.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

_FEWEST, _MOST = 7, 17  # digits, with a trunk prefix and the prefix of international calls
_DIGITS = re.compile(r"\d+")
# Where 8 was the trunk prefix and 8 10 led abroad; people still write both.
_POST_SOVIET = frozenset(
    ("RU", "KZ", "BY", "UA", "UZ", "GE", "AM", "AZ", "KG", "MD", "TJ", "TM", "LT", "LV", "EE")
)
_THREE_DIGIT_AREAS = frozenset(("RU", "KZ", *phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]))
# Nobody's numbers; and those that somebody may have, but most people invent.
_NOBODYS = re.compile(r"(\d)\1{7,}|0?123456789\d?")
_ROUND = re.compile(r"\d*([1-9])\1{6,}|[1-8]\d*0{7,}|(\d{3})\2\2\d?|0?9876543210?")
_FEWEST_SIGNS = 3  # different digits of a number that is not invented
_KEYPAD = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True))
_VANITY = re.compile(
    r"(?:\+?1[ .-]?)?\(?(?:8(?:00|33|44|55|66|77|88)|900)\)?[ .-]?"
    r"[A-Z\d]{1,7}(?:[ -][A-Z\d]{1,6}){0,3}"
)
_LEAST_LETTERS = 3


class Reading(NamedTuple):
    """A number in E.164.

    `plain`: written so that it can be nothing else. `is_round`: as people invent them to fill in
    a form, `(900) 000-00-00`.
    """

    number: str
    plain: bool
    is_round: bool


@lru_cache(maxsize=4096)
def read(piece: str, country: str) -> Reading | None:
    """The number that digits, brackets, blanks and dashes make, read as of `country`."""
    groups = _DIGITS.findall(piece)
    digits = "".join(groups)
    if not _FEWEST <= len(digits) <= _MOST:
        return None
    if piece.lstrip("( ").startswith("+"):
        number, plain = _with_plus(digits, groups, country), True
    else:
        number, plain = _without_plus(piece, digits, groups, country)
    if number is None:
        return None
    national = phonenumbers.national_significant_number(number)
    if _NOBODYS.fullmatch(national):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    is_round = len(set(national)) < _FEWEST_SIGNS or bool(_ROUND.fullmatch(national))
    return Reading(e164, plain, is_round)


def is_mobile(number: str) -> bool:
    """Whether the plan of the number's country knows it as a mobile number."""
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind == PhoneNumberType.MOBILE


def vanity(text: str, country: str) -> str | None:
    """A number in letters, `1-800-FLOWERS`, where the countries of +1 read it."""
    if country not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1] or not _VANITY.fullmatch(text):
        return None
    letters = [sign for sign in text if sign.isalpha()]
    digits = "".join(_KEYPAD.get(sign, sign) for sign in text if sign.isalnum())
    # Further letters are written for the sake of the word, and not dialled.
    digits = digits[: 11 if digits.startswith("1") else 10]
    reading = read(digits, country) if len(letters) >= _LEAST_LETTERS else None
    return reading.number if reading else None


def _with_plus(digits: str, groups: list[str], country: str) -> PhoneNumber | None:
    if digits.startswith("00"):
        return _international(digits[2:])
    if digits.startswith("810") and country in _POST_SOVIET:
        return _international(digits[3:])
    number = _international(digits)
    code = str(number.country_code) if number else ""
    # A code is not taken apart: `+8 (495)` is no number of Vietnam.
    is_whole = code == "380" or len(groups[0]) > 1 or groups[0] == code
    if digits.startswith(_trunk(country)) and (local := _parsed(digits, country)):
        # The plus stands before a trunk prefix, or the number may be one of two.
        return local if number is None or not is_whole else None
    return number if is_whole else None


def _trunk(country: str) -> str:
    """The digit before national numbers, 0 or 8; a sign that is none where they have none."""
    plan = PhoneMetadata.metadata_for_region(country)
    prefix = plan.national_prefix if plan else None
    return prefix if prefix in ("0", "8") else "-"


def _without_plus(
    piece: str, digits: str, groups: list[str], country: str
) -> tuple[PhoneNumber | None, bool]:
    """The number, and whether a prefix or the grouping shows that it is meant as one."""
    number = _parsed(digits, country)  # also one behind the country's prefix for calls abroad
    if number is not None:
        if _trunk(country) == "0" and digits.startswith(str(number.country_code)):
            return _international(digits) or number, True
        has_prefix = len(digits) > len(phonenumbers.national_significant_number(number))
        return number, has_prefix or _is_grouped(piece, groups, country)
    if digits.startswith("00"):
        return _international(digits[2:]), True
    if country in _POST_SOVIET and digits.startswith("8"):
        if digits.startswith("810"):
            return _international(digits[3:]), True
        if country not in ("RU", "KZ") and (number := _parsed(digits[1:], country)):
            return number, True
    # With dots it may as well be the address of a computer.
    is_grouped = len(groups) > 1 and "." not in piece
    return _without_its_plus(digits, groups, country), is_grouped


def _without_its_plus(digits: str, groups: list[str], country: str) -> PhoneNumber | None:
    number = _international(digits) if len(digits) > 9 else None
    if number is None or _parsed(digits[:-1], country) is not None:
        return None  # a digit too many makes numbers of other countries
    code = str(number.country_code)
    if len(groups) > 1 and not (
        groups[0] == code
        or (groups[0].startswith(code) and len(groups[0]) > len(code) + 1)
        or (code, groups[0]) == ("380", "38")
    ):
        return None
    return number


def _international(digits: str) -> PhoneNumber | None:
    return _parsed("+" + digits, None)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country, _check_region=country is not None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_grouped(piece: str, groups: list[str], country: str) -> bool:
    """Whether it is grouped as numbers without any prefix are, and other figures are not."""
    sizes = [len(group) for group in groups]
    if len(sizes) > 1 and piece.startswith("("):
        return True
    if country in _THREE_DIGIT_AREAS:
        return sizes[0] == 3 and len(sizes) > 2
    if _trunk(country) != "-" or len(sizes) < 3:
        return False
    return sizes[0] == 3 or set(sizes[1:]) != {3}  # `12 345 678` may be a sum
