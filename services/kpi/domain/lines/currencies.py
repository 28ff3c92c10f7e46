"""Codes of currencies as ISO 4217 lists them: those in use, and those that were not long ago, as
figures of earlier years are in them. Metals, baskets and codes for tests are no money that is paid.
"""

import re
from typing import Final

_IN_USE: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN "
    "BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD "
    "EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI "
    "UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
)
_WITHDRAWN: Final = "ANG BGN BYR CUC HRK LTL MRO SLL STD VEF ZMK ZWL"  # since 2012
CURRENCIES: Final = frozenset((_IN_USE + _WITHDRAWN).split())
_FORM: Final = re.compile(r"[A-Z]{3}")


def currency_fault(code: str) -> str | None:
    """Why a code is none; None if it is one."""
    if not _FORM.fullmatch(code):
        return "is no currency: three capital letters are needed, as in RUB"
    if code not in CURRENCIES:
        return f"is no currency that ISO 4217 knows: {code}"
    return None
