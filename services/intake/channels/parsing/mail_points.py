"""Phones and addresses in the words of a mail: whose they are, by what stands around them.

Invariant: a point identifies only where the writer introduces it as their own or signs with it.
Numbers of requisites, orders, parcels and dates are no phones.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from services.intake.channels.parsing.emails import address
from services.intake.channels.parsing.phones import MAX_SEARCHED

MAX_FOUND = 100  # numbers, and addresses, of one text that are looked at
_NO_PHONE = re.compile(
    r"(?:\b(?:инн|кпп|огрн(?:ип)?|окпо|октмо|оквэд|бик|снилс|iban|swift|bic|vat|ein|nip|regon|pesel|"
    r"krs|siren|siret|tva|ust-?id(?:nr)?|steuer-?nr|hrb|cif|nif|p\.?\s?iva|vkn|tckn|єдрпоу|іпн|мфо|"
    r"ogrn|inn|kpp|vin|imei|guid|uuid|sku|ean|isbn|трек(?:-?номер)?|трекинг|накладн\w{1,3}|"
    r"отправлени[ея]|посылк[аиу]|заказ\w{0,3}|заявк\w{1,2}|договор\w{0,2}|сч[её]т\w{0,2}|"
    r"сч[её]т-фактур\w|чек\w?|полис\w?|паспорт\w{0,2}|карт[аыуе]|артикул\w?|арт|код\w?|лицев\w{2,3}|"
    r"билет\w?|бронь|брони|обращени[ея]|тикет\w?|партия|серия|invoice|order|tracking|track|parcel|"
    r"shipment|ticket|booking|reservation|account|acct|contract|policy|passport|card|reference|"
    r"ref|case|id|bestell\w{0,8}|rechnung\w{0,8}|auftrag\w{0,8}|kundennummer|commande|facture|suivi|"
    r"pedido|factura|ordine|fattura|zamówieni\w|faktur\w|paczk\w|sipariş|fatura|замовленн\w|рахун\w{2,3}|"
    r"замовл\w{2,4}|посилк\w)\b\.?|\b[рк]\s?/\s?с[ч]?\b\.?|\b[рк]\.\s?с\.|\bл/с\b|[№#])"
    r"(?:[\s:.№#=-]|\b(?:номер|number|no|nr|num|n°)\b){0,12}"
    r"[0-9][0-9A-Za-z]{0,40}(?:[ /.-][0-9]{1,20}){0,8}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}(?:[,\s]{1,3}(?:в\s|at\s)?\d{1,2}:\d{2}(?::\d{2})?)?\b"
    r"|\b(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)?\b"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\s?[-–—]\s?\d{1,2}:\d{2}\b"
)
_WEB = re.compile(r"https?://(?!wa\.me|api\.whatsapp)\S{1,2000}", re.IGNORECASE)
_LONG_DIGITS = re.compile(r"(?<![\d+])\d{13,}")
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

# How a writer speaks of what is theirs, and of what is others'; what stands nearer counts.
_NOUN = (
    r"(?:\s{1,3}[\w-]{1,20}){0,2}?\s{1,3}(?:тел|телефон|номер|моб|сот|контакт|почт|адрес|мейл|имейл|e-?mail|"
    r"mail|phone|number|mobile|cell|contact|telefon|handy|nummer|téléphone|portable|numéro|teléfono|"
    r"móvil|número|correo|telefono|cellulare|numero|komórk|numer)"
)
_MINE = re.compile(
    r"\b(?:мо[йияею]|моего|моему|моим|свой|my|mine|mein\w{0,2}|mon|ma|mi|mio|mia|m[óo]j|moje|mój|"
    r"мі[йя])\b",
    re.IGNORECASE,
)
_MY_POINT = re.compile(rf"{_MINE.pattern}{_NOUN}|\b(?:telefonum|numaram)\b", re.IGNORECASE)
_THEIR_POINT = re.compile(
    r"\b(?:ваш\w{0,3}|твой|his|her|their|your|ihre?\w?|votre|su|vostr\w|его|е[её]|их|wasz\w{0,3})\b"
    + _NOUN,
    re.IGNORECASE,
)
_ASKS_TO_CALL = re.compile(
    r"\b(?:по|пере|за|на|пере)?(?:звоните|бер[иі]те|пишите|дзвоніть|телефонуйте)|\bсвяжитесь|\bответьте|"
    r"\bперезвони|\b(?:call|ring|text|reach|contact)\s+(?:me|us)|\brufen\ssie|\bmelden\ssie|\bappelez|"
    r"\bllámeme|\bllámenme|\bchiamatemi|\bzadzwońcie|\bproszę\so\skontakt|\bbeni\sarayın",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:ваш\w{0,3}|твой|вам|вас|your?|yours|her|his|their|him|them|ihr\w{0,2}|votre|vos|su|sus|vostr\w|"
    r"wasz\w{0,3}|ваш\w{0,3}|sizin|"
    r"его|е[её]|их|менеджер\w{0,3}|сосед\w{0,4}|коллег\w{0,3}|офис\w{0,2}|салон\w{0,2}|директор\w{0,3}|"
    r"магазин\w{0,2}|сайт\w{0,2}|указан\w{0,2}|звонил\w{0,1}|звонили|звоню|набирал\w?|дозвон\w{2,10}|"
    r"поставщик\w{0,3}|бухгалтер\w{0,3}|друг\w{0,2}|муж\w?|жен[аыуе]|сын\w?|"
    r"manager|office|website|site|called|calling|dialled|dialed|rang|neighbou?r|colleague|supplier|"
    r"factory|hotline|горяч\w{2,3}|поддержк\w|факс\w?|fax|telefax|faks|"
    r"angerufen|appelé|llam[ée]|chiamato)\b",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"\b(?:тел|телефон\w{0,3}|моб|мобильн\w{2}|сот|сотов\w{2}|номер\w{0,2}|позвон\w{2,4}|перезвон\w{1,5}|"
    r"звон\w{2,4}|набер\w{2,4}|набрать|связ\w{2,8}|свяж\w{2,6}|контакт\w{0,3}|пиш\w{2,3}|напиш\w{2,4}|"
    r"ответ\w{2,4}|почт\w{1,2}|мейл|имейл|емейл|e-?mail|mail|ватсап\w?|вотсап\w?|вацап\w?|viber|вайбер\w?|"
    r"whats\s?app|telegram|телеграм\w{0,2}|phone|tel|telephone|mobile|mob|cell|number|call|ring|text|"
    r"reach|contact\w{0,3}|write|reply|telefon\w{0,6}|handy\w{0,6}|rufnummer|nummer|anruf\w{0,3}|rufen|"
    r"téléphone|portable|appel\w{1,4}|numéro|joindre|teléfono|móvil|llám\w{2,4}|llam\w{2,4}|número|"
    r"telefono|cellulare|chiama\w{0,4}|numero|recapito|komórk\w|numer\w?|zadzwo\w{1,4}|dzwoni\w{1,3}|"
    r"cep|ara\w{0,6}|numara\w?|зателефон\w{2,5}|передзвон\w{2,5}|дзвон\w{2,4}|пошт\w|[мтpmt]\s?:)"
    r"|[☎📞📱✆✉📧]",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"\s{0,9}(?:--\s?|[_–—-]{3,}\s{0,3}|(?:с\s(?:наилучшими\s|большим\s)?(?:уважением|пожеланиями)|"
    r"с\sув|з\sповагою|best|(?:best|kind|warm)?\s?regards|sincerely|cheers|thanks?(?:\syou)?|"
    r"yours\s\w{1,12}|спасибо|заранее\sспасибо|благодарю|"
    r"mit\sfreundlichen\sgrüßen|mfg|viele\sgrüße|(?:bien\s)?cordialement|saludos|un\ssaludo|"
    r"(?:cordiali\s)?saluti|pozdrawiam|z\spoważaniem|saygılarımla|iyi\sçalışmalar|дякую)"
    r"[\s!,.:]{0,4}(?:\S{1,30}\s?){0,4})\s{0,9}",
    re.IGNORECASE,
)
_MOST_OF_SIGNATURE = 14  # filled lines below a closing, or at the end
_LAST_LINES = 4
_SENTENCE = re.compile(r"[!?;]|\.\s+(?=[A-ZА-ЯЁ])")
_LONGEST_AND = 4  # letters between two points of one list
_BEFORE = 90
_AFTER = 30


class Found(NamedTuple):
    """A number or address, and where it stands in the text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextPoints:
    """What the writer gives as their own, and what is only mentioned."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    mentioned_phones: tuple[str, ...] = ()
    mentioned_emails: tuple[str, ...] = ()


def points_of_text(
    text: str, country: str, *, is_own_phone: Callable[[str], bool], is_own: Callable[[str], bool]
) -> TextPoints:
    """The points of a text in their order. The company's own numbers are mentioned at most, its
    addresses not at all.
    """
    words = text[:MAX_SEARCHED]
    scene = _Scene(words)
    phones = list(_phones(words, country))
    emails = [found for found in _emails(words) if not is_own(found.value)]
    places = sorted((*phones, *emails), key=lambda found: found.start)
    mine = {
        found for number, found in enumerate(places)
        if scene.is_given(found, after=places[number - 1].end if number else 0)
    }  # fmt: skip
    own_phones = _values(one for one in phones if one in mine and not is_own_phone(one.value))
    own_emails = _values(one for one in emails if one in mine)
    return TextPoints(
        own_phones,
        own_emails,
        _values(one for one in phones if one.value not in own_phones),
        _values(one for one in emails if one.value not in own_emails),
    )


def _values(places: Iterable[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.value for found in places))


class _Scene:
    """The text around its points: lines, and where the signature begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.signature, self.last_lines = _ends(text)

    def is_given(self, found: Found, *, after: int) -> bool:
        """Whether the writer gives a point as their own. `after` is where the one before it ends,
        whose introduction counts for both if nothing but signs stands between them.
        """
        start = self.text.rfind("\n", 0, found.start) + 1
        stop = self.text.find("\n", found.end)
        line_end = len(self.text) if stop < 0 else stop
        line = self.text[start:line_end]
        if line.lstrip().startswith(">"):
            return False
        before = self._before(found, start, max(start, after))
        behind = _SENTENCE.split(self.text[found.end : min(line_end, found.end + _AFTER)])[0]
        verdict = _verdict(before, behind)
        return self._is_signed(found, line) if verdict is None else verdict

    def _before(self, found: Found, start: int, after: int) -> str:
        """The words that lead to a point: of its sentence, else of the line above."""
        begin = max(after, found.start - _BEFORE)
        words = self.text[begin : found.start]
        if begin > start and sum(map(str.isalpha, words)) <= _LONGEST_AND:
            begin = max(start, found.start - _BEFORE)  # one more in a list of points
            words = self.text[begin : found.start]
        if begin == start and not any(map(str.isalpha, words)) and start:
            above = self.text.rfind("\n", 0, start - 1) + 1
            title = self.text[max(above, start - _BEFORE) : start].rstrip()
            words = f"{title} {words}" if title.endswith((":", "-", "–", "—")) else words
        return _SENTENCE.split(words)[-1]

    def _is_signed(self, found: Found, line: str) -> bool:
        if _OTHERS.search(line):
            return False
        if found.start >= self.signature:
            return True
        others = sum(map(str.isalpha, line.replace(self.text[found.start : found.end], "")))
        words = len(line.split())
        return found.start >= self.last_lines and (others <= 2 or (words <= 8 and others <= 30))


def _verdict(before: str, behind: str) -> bool | None:
    """Whose a point is by the words around it: the writer's, somebody else's, or unsaid."""
    mine, theirs = _end_of(_MY_POINT, before), _end_of(_THEIR_POINT, before)
    if mine or theirs:
        return mine >= theirs
    if _MINE.search(behind):
        return True
    others, asks = _end_of(_OTHERS, before), _end_of(_ASKS_TO_CALL, before)
    if others or asks:
        return asks > others
    return True if _INTRODUCES.search(before) else None


def _end_of(pattern: re.Pattern[str], words: str) -> int:
    """Where the last match ends, 0 for none."""
    return max((match.end() for match in pattern.finditer(words)), default=0)


def _ends(text: str) -> tuple[int, int]:
    """Where the signature begins, by its closing words, and where the last few lines do."""
    signature = last_lines = len(text)
    end = len(text)
    filled = 0
    while end > 0 and filled < _MOST_OF_SIGNATURE:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if line.strip():
            filled += 1
            if filled <= _LAST_LINES:
                last_lines = start
            if len(line) <= 100 and _CLOSES.fullmatch(line):
                signature = start
        end = start - 1
    return signature, last_lines


def _phones(words: str, country: str) -> Iterator[Found]:
    plain = words
    for pattern in (_WEB, _MAIL, _DATE, _NO_PHONE, _LONG_DIGITS):
        plain = pattern.sub(lambda match: "x" * len(match[0]), plain)
    matches = PhoneNumberMatcher(plain, country.upper(), leniency=Leniency.VALID, max_tries=1000)
    for count, match in enumerate(matches):
        if count >= MAX_FOUND:
            return
        number = phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        yield Found(number, match.start, match.end)


def _emails(words: str) -> Iterator[Found]:
    for count, match in enumerate(_MAIL.finditer(words)):
        if count >= MAX_FOUND:
            return
        mail_address = address(match[0].strip(".'"))
        if mail_address:
            yield Found(mail_address, match.start(), match.end())
