"""Kind F: of a reply only what it answers is cut; a first mail and a forward keep every line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.mail_words import subject_kind
from tests.unit.intake.field.letters import letter, text

OWN = "Да, подходит."
QUOTED = "Добрый день!\nНаш телефон 8 495 123-45-67\nОтдел продаж"
MARKED = "\n".join(f"> {line}" for line in QUOTED.split("\n"))

# What mail programs write above the mail that is answered, in the languages they write it in.
ANNOUNCEMENTS = {
    "gmail, english": "On Fri, Oct 2, 2026 at 12:32 PM Sales <sales@shop.example> wrote:",
    "gmail, wrapped": "On Fri, Oct 2, 2026 at 12:32 PM The Sales Department of a Company with a Long"
    "\nName in the Middle of it and Some More <\nsales@shop.example> wrote:",
    "gmail, wrapped before the verb": "On Fri, Oct 2, 2026 at 12:32 PM Sales <sales@shop.example>\nwrote:",
    "gmail, russian": "пт, 2 окт. 2026 г. в 12:32, Отдел продаж <sales@shop.example>:",
    "gmail, russian, wrapped": "пт, 2 окт. 2026 г. в 12:32, Отдел продаж <\nsales@shop.example>:",
    "gmail, ukrainian": "пт, 2 жовт. 2026 р. о 12:32 Відділ продажу <sales@shop.example> пише:",
    "gmail, german": "Am Fr., 2. Okt. 2026 um 12:32 Uhr schrieb Vertrieb <sales@shop.example>:",
    "gmail, french": "Le ven. 2 oct. 2026 à 12:32, Ventes <sales@shop.example> a écrit :",
    "gmail, spanish": "El vie, 2 oct 2026 a las 12:32, Ventas (<sales@shop.example>) escribió:",
    "gmail, italian": "Il giorno ven 2 ott 2026 alle ore 12:32 Vendite <sales@shop.example> ha scritto:",
    "gmail, polish": "pt., 2 paź 2026 o 12:32 Sprzedaż <sales@shop.example> napisał(a):",
    "gmail, turkish": "Satış <sales@shop.example>, 2 Eki 2026 Cum, 12:32 tarihinde şunu yazdı:",
    "apple, english": "On 2 Oct 2026, at 12:32, Sales <sales@shop.example> wrote:",
    "apple, russian": "2 окт. 2026 г., в 12:32, Продажи <sales@shop.example> написал(а):",
    "apple, german": "Am 02.10.2026 um 12:32 schrieb Vertrieb <sales@shop.example>:",
    "apple, french": "Le 2 oct. 2026 à 12:32, Ventes <sales@shop.example> a écrit :",
    "apple, spanish": "El 2 oct 2026, a las 12:32, Ventas <sales@shop.example> escribió:",
    "apple, italian": "Il giorno 2 ott 2026, alle ore 12:32, Vendite <sales@shop.example> ha scritto:",
    "apple, polish": "Wiadomość napisana przez Sprzedaż <sales@shop.example> w dniu 02.10.2026, o godz. 12:32:",
    "thunderbird, english": "On 02/10/2026 12:32, Sales wrote:",
    "thunderbird, russian": "02.10.2026 12:32, Отдел продаж пишет:",
    "thunderbird, german": "Am 02.10.26 um 12:32 schrieb Vertrieb:",
    "thunderbird, french": "Le 02/10/2026 à 12:32, Ventes a écrit :",
    "thunderbird, italian": "Il 02/10/2026 12:32, Vendite ha scritto:",
    "thunderbird, spanish": "El 2/10/26 a las 12:32, Ventas escribió:",
    "thunderbird, polish": "W dniu 02.10.2026 o 12:32, Sprzedaż pisze:",
    "thunderbird, ukrainian": "02.10.2026 12:32, Відділ продажу пише:",
    "yandex": '02.10.2026, 12:32, "Отдел продаж" <sales@shop.example>:',
    "yandex, mobile": "12:32, 2 октября 2026 г., Отдел продаж <sales@shop.example>:",
    "mail.ru": "Пятница, 2 октября 2026, 12:32 +03:00 от Отдел продаж <sales@shop.example>:",
    "proton": "On Friday, October 2nd, 2026 at 12:32 PM, Sales <sales@shop.example> wrote:",
    "the bat": "Вы писали 2 октября 2026 г., 12:32:33:",
}  # fmt: skip
BLOCKS = {
    "english": "From: Sales <sales@shop.example>\nSent: Friday, October 2, 2026 12:32 PM\n"
    "To: Inna\nSubject: Windows",
    "english, below a rule": "________________________________\nFrom: Sales <sales@shop.example>\n"
    "Sent: Friday, October 2, 2026 12:32 PM\nTo: Inna\nSubject: Windows",
    "no address, a time": "From: Sales\nSent: Friday, October 2, 2026 12:32 PM\nTo: Inna\nSubject: Windows",
    "another order": "Subject: Windows\nDate: Fri, 2 Oct 2026 12:32:00 +0300\n"
    "From: Sales <sales@shop.example>\nTo: Inna",
    "russian": "От: Отдел продаж <sales@shop.example>\nОтправлено: 2 октября 2026 г. 12:32\n"
    "Кому: Инна\nТема: Окна",
    "russian, from whom": "От кого: Отдел продаж <sales@shop.example>\nКому: Инна\nДата: пт, 2 окт 12:32\nТема: Окна",
    "ukrainian": "Від: Відділ продажу <sales@shop.example>\nНадіслано: 2 жовтня 2026 р. 12:32\nКому: Інна\nТема: Вікна",
    "german": "Von: Vertrieb <sales@shop.example>\nGesendet: Freitag, 2. Oktober 2026 12:32\nAn: Inna\nBetreff: AW: Fenster",
    "french": "De : Ventes <sales@shop.example>\nEnvoyé : vendredi 2 octobre 2026 12:32\nÀ : Inna\nObjet : Fenêtres",
    "spanish": "De: Ventas <sales@shop.example>\nEnviado el: viernes, 2 de octubre de 2026 12:32\nPara: Inna\nAsunto: Ventanas",
    "italian": "Da: Vendite <sales@shop.example>\nInviato: venerdì 2 ottobre 2026 12:32\nA: Inna\nOggetto: Finestre",
    "polish": "Od: Sprzedaż <sales@shop.example>\nWysłano: piątek, 2 października 2026 12:32\nDo: Inna\nTemat: Okna",
    "turkish": "Kimden: Satış <sales@shop.example>\nGönderildi: 2 Ekim 2026 Cuma 12:32\nKime: Inna\nKonu: Pencere",
    "bold": "*From:* Sales <sales@shop.example>\n*Sent:* Friday, October 2, 2026 12:32 PM\n*To:* Inna\n*Subject:* Windows",
    "a long To": "From: Sales <sales@shop.example>\nSent: Friday, October 2, 2026 12:32 PM\nTo: Inna <inna@client.example>;\n"
    "  Anna <anna@client.example>;\n  Olga <olga@client.example>\nSubject: Windows",
    "an empty line between": "From: Sales <sales@shop.example>\n\nSent: Friday, October 2, 2026 12:32 PM\n\nTo: Inna\n\nSubject: Windows",
    "original message": "-----Original Message-----",
    "original message and a block": "-----Original Message-----\nFrom: Sales\nSent: today\nTo: Inna",
    "исходное сообщение": "-------- Исходное сообщение --------",
    "ursprüngliche nachricht": "-----Ursprüngliche Nachricht-----",
    "message d'origine": "-----Message d'origine-----",
    "mensaje original": "-----Mensaje original-----",
    "messaggio originale": "-----Messaggio originale-----",
    "wiadomość oryginalna": "-----Wiadomość oryginalna-----",
    "orijinal ileti": "-----Orijinal İleti-----",
}  # fmt: skip
REPLIES = [
    "Re: Окна", "RE: Окна", "re: окна", "Re[2]: Окна", "Re(3): Окна", "RE : Окна", "Ответ: Окна",
    "Отв: Окна", "AW: Fenster", "Aw: Fenster", "Antw: Fenster", "SV: Fönster", "VS: Ikkuna",
    "Odp: Okna", "ODP: Okna", "RIF: Finestre", "R: Finestre", "YNT: Pencere", "Ynt: Pencere",
    "Відп: Вікна", "RÉP: Fenêtres", "RES: Janelas", "回复：窗", "Re：窗", "[EXTERNAL] Re: Окна",
    "[#4711] [CRM] RE: Окна", "Re: Fwd: Окна", "На: Окна",
]  # fmt: skip
FORWARDS = [
    "Fwd: Окна", "FW: Окна", "fwd: Re: Окна", "Fw: Окна", "Пересл: Окна", "WG: Fenster", "TR: Fenêtres",
    "RV: Ventanas", "I: Finestre", "PD: Okna", "İLT: Pencere", "ILT: Pencere", "VB: Fönster", "ENC: Janelas",
    "[EXTERNAL] Fwd: Окна",
]  # fmt: skip
FIRST = [
    "Окна", "", None, "Reklama: окна", "Ремонт: окна", "Заявка: Re: Окна", "Окна: re", "Renovation",
    "Вопрос: ответ нужен", "10:15", "Trouble: windows", "http://shop.example",
]  # fmt: skip
KEPT = [
    "Здравствуйте!\nВчера в 10:15 ваш бот пишет:\nОшибка оплаты, попробуйте позже.\nМой телефон 8 916 010-20-52, жду звонка.",
    "Хочу заказать букет.\nОт: Ирины\nКому: Светлане, ул. Лесная, 5\nДата: 8 марта, к 10:00\nСпасибо",
    "От: Инна\nДата: 2 октября 2026 г. 12:32\nТема: Замер\nКому: вам\n\nЗамер нужен завтра",
    "> 5 кг доставите?\nПлачу сразу.",
    "Вот что мне ответили:\n\n-----Original Message-----\nЦена 5000\n\nЭто дорого.",
    "On 2 Oct 2026 at 12:32 your shop <sales@shop.example> wrote:\nno delivery.\nWhy?",
    "Размеры:\n\n______________\n\nФорма: круг\nЦвет: белый",
    "From: here\nTo: there\nDate: 10:00\nPlease book.",
    "Am 02.10.26 um 12:32 schrieb Ihr Kollege:\nkein Termin.\nWarum?",
    "Il 02/10/2026 12:32, Vendite ha scritto:\n> no\nPerché?",
]


@pytest.mark.parametrize("line", ANNOUNCEMENTS.values(), ids=ANNOUNCEMENTS.keys())
def test_a_marked_quote_is_cut_from_a_reply(line: str) -> None:
    assert text(letter(f"{OWN}\n\n{line}\n\n{MARKED}", subject="Re: Окна")) == OWN


@pytest.mark.parametrize("line", ANNOUNCEMENTS.values(), ids=ANNOUNCEMENTS.keys())
def test_words_below_a_marked_quote_stay(line: str) -> None:
    mail = letter(f"{line}\n{MARKED}\n\n{OWN}", headers={"In-Reply-To": "<a@b>"})
    assert text(mail) == OWN


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_an_unmarked_mail_below_its_headers_is_cut_from_a_reply(block: str) -> None:
    mail = letter(f"{OWN}\n\n{block}\n\n{QUOTED}", headers={"References": "<a@b> <c@d>"})
    assert text(mail) == OWN


@pytest.mark.parametrize("line", [*ANNOUNCEMENTS.values(), *BLOCKS.values()])
def test_nothing_is_cut_from_a_first_mail(line: str) -> None:
    words = f"{OWN}\n\n{line}\n\n{MARKED}"
    assert text(letter(words, subject="Окна")) == words


@pytest.mark.parametrize("words", KEPT)
def test_a_first_mail_keeps_every_line(words: str) -> None:
    assert text(letter(words)) == words


@pytest.mark.parametrize("subject", REPLIES)
def test_subjects_of_replies(subject: str) -> None:
    assert subject_kind(subject) == "reply"


@pytest.mark.parametrize("subject", FORWARDS)
def test_subjects_of_forwards(subject: str) -> None:
    assert subject_kind(subject) == "forward"


@pytest.mark.parametrize("subject", FIRST)
def test_other_subjects(subject: str | None) -> None:
    assert subject_kind(subject) is None


def test_a_bots_words_stay_in_a_reply_too() -> None:
    words = KEPT[0]
    assert text(letter(words, subject="Re: Окна")) == words


@given(
    words=st.text(alphabet=st.characters(exclude_characters="\r\n>", exclude_categories=["C", "Z"]))
)
def test_words_without_marks_of_a_reply_survive_whole(words: str) -> None:
    body = f"Вопрос: {words}.\nи всё"
    for subject in ("Окна", "Fwd: Окна"):
        assert text(letter(body, subject=subject)) == body


@given(
    lines=st.lists(
        st.sampled_from(
            [*KEPT[0].split("\n"), *KEPT[1].split("\n"), "> да", "", "пишет:", "Re: x"]
        ),
        max_size=12,
    )
)
def test_every_line_of_a_first_mail_survives(lines: list[str]) -> None:
    shown = text(letter("\n".join(["Начало.", *lines, "Конец."]))) or ""
    assert [line for line in shown.split("\n") if line] == [
        "Начало.",
        *filter(None, lines),
        "Конец.",
    ]
