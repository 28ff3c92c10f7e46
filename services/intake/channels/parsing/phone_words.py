"""What people write beside telephone numbers, and beside figures that are none."""

import re
from typing import Final

# Addresses of pages; of an address of a chat `number` is one.
_PAGE: Final = re.compile(
    r"(?<![\w.])(?:https?://|www\.|(?=wa\.me/|t\.me/\+|api\.whatsapp\.))(?=\S)"
    r"(?:\S{0,60}?(?:wa\.me/|t\.me/(?=\+)|[?&]phone=)(?:\+|%2B)?(?P<number>[1-9]\d{9,14})(?!\d))?\S*",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}+@[\w-]++(?:\.[\w-]++)+")
# Dates, times of the day, insurance numbers.
_TIME: Final = re.compile(
    r"\d(?<![\d.:/+(-]\d)(?:"  # the digit first, because that is searched for fast
    r"(?:(?<=[1-9])|\d)(?:[./-])\d\d?(?:[./-])(?:19|20)\d\d(?!\d|[./-]\d)"
    r"|\d[./]\d\d[./]\d\d(?!\d|[./-]\d)"
    r"|\d\d-\d{3}-\d{3} \d\d(?!\d)"
    r"|\d{3}(?:[./-])\d\d?(?:[./-])\d\d?(?!\d|[./-]\d)|\d?:[0-5]\d(?::[0-5]\d)?(?!\d))"
)
_BEGINNING_LENGTH: Final = 14
_BEGINNING: Final = re.compile(r"\+(?:[ ().-]{0,2}\d){1,7}[ ().-]{0,2}\Z")
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HOST: Final = re.compile(
    rf"(?<![\d.])(?=[\d.]{{0,11}}\d{{3}})(?:{_OCTET}\.){{3}}{_OCTET}(?!\d|\.\d)"
)
# Between a number and its extension, whole.
BEFORE_EXTENSION: Final = re.compile(
    r"[\s,;.(/-]*(?:тел[.\s]+)?(?:(?:доб|дод|вн|доп|донаб|в тон|тон|ext|int|add|poste|dw|durchwahl|"
    r"nst|anexo|ramal|dahili|interno|wew|linka)[^\W\d_]*"
    r"(?:[ .]+(?:набор|режим|номер|тел|number|no)[^\W\d_]*)*"
    r"|x|х|w{1,4}|p{1,4})[\s.:,№#=()-]*"
    r"|[ ]*(?:[*#]|,,+|;?ext=)[ ]*",
    re.IGNORECASE,
)


def without_other_figures(text: str) -> str:
    """The text, as long as it was, with dates, times and addresses of pages and mails blotted out.

    The number in the address of a chat stays, with a plus; brackets are made round.
    """
    text = text.replace("[", "(").replace("]", ")")
    text = _TIME.sub(_blotted_unless_dialled, text)
    if text.count(".") > 2:
        text = _HOST.sub(_blotted, text)
    if "@" in text:
        text = _MAIL.sub(_blotted, text)
    if any(sign in text for sign in ("://", "www.", "wa.me", "t.me", "WWW.")):
        text = _PAGE.sub(_blotted_page, text)
    return text


def _blotted(figures: re.Match[str]) -> str:
    return "\n" * len(figures.group())


def _blotted_unless_dialled(figures: re.Match[str]) -> str:
    # Behind a plus and fewer digits than a number has, it is the end of one: `+375 152 45.00.00`.
    before = figures.string[max(0, figures.start() - _BEGINNING_LENGTH) : figures.start()]
    return figures.group() if _BEGINNING.search(before) else _blotted(figures)


def _blotted_page(page: re.Match[str]) -> str:
    number = page.group("number")
    if number is None:
        return _blotted(page)
    before = page.start("number") - page.start() - 1
    return "\n" * before + "+" + number + "\n" * (page.end() - page.end("number"))


_JOINT: Final = r"[\s:№#.,=()*>«\"'/-]*"
# In front of a number, up to its first digit.
BEFORE_NUMBER: Final = re.compile(
    r"(?:^|[^\w])(?:(?:тел|моб|сот)[^\W\d_]*|т|м|phones?|tel(?:ephone)?|mob(?:ile)?|cell(?:ular)?|"
    r"callto|call|звон[^\W\d_]*|whats?\s?app|вотсап|ватсап|вацап|viber|вайбер|telegram|телеграм|"
    r"номер(?: телефона)?|number|fax|факс)(?: is| это)?" + _JOINT + r"\+?" + r"\(?\Z",
    re.IGNORECASE,
)
_NAMES: Final = (
    r"(?:инн|кпп|огрн(?:ип)?|бик|окпо|октмо|оквэд|снилс|р[/\\.]?\s?с[чт]?|к[/\\.]?\s?с[чт]?|"
    r"(?:расч[её]тный |лицевой |корр?\.? ?)?сч[её]т[^\W\d_]*|паспорт[^\W\d_]*|полис[^\W\d_]*|"
    r"карт[аыеу]|заказ[^\W\d_]*|накладн[^\W\d_]*|трек[^\W\d_]*|отправлени[^\W\d_]*|"
    r"договор[^\W\d_]*|артикул[^\W\d_]*|заявк[^\W\d_]*|квитанци[^\W\d_]*|посылк[^\W\d_]*|код|"
    r"рахун[^\W\d_]*|замовлен[^\W\d_]*|єдрпоу|іпн|унп|бин|иин|"
    r"orders?|invoices?|tracking|track|shipment|parcel|account|acct|a/c|iban|swift|bic|vat|tax|"
    r"tin|ein|ssn|card|passport|ref(?:erence)?|id|sku|isbn|imei|ean|upc|po|ticket|case|booking|"
    r"contract|serial|s/n|inn|kpp|ogrn|bestellung|rechnung|kundennummer|commande|facture|pedido)"
)
BEFORE_OTHER_FIGURES: Final = re.compile(
    r"(?:^|[^\w])" + _NAMES + r"(?:[\s/,:.-]+" + _NAMES + r")*"
    r"(?:[\s:№#.-]*(?:номер|number|no|num|nr|id|код|code)\b)?[\s:№#.=()*\"'/-]*\Z",
    re.IGNORECASE,
)
A_PHONE: Final = re.compile(r"тел|phone|звон|моб|whats", re.IGNORECASE)
# Behind figures: money, weights, shares.
UNIT: Final = re.compile(
    r"(?:[.,]\d\d)?\s?(?:[₽$€£%]|м²|(?:руб[^\W\d_]*|грн|тенге|usd|eur|rub|uah|kzt|"
    r"кг|шт|км)(?![^\W\d_]))",
    re.IGNORECASE,
)
