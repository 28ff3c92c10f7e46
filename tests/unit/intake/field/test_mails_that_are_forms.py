"""Notifications of sites and dealers' XML: read as forms, while every line stays in the text."""

from typing import Any

import pytest

from tests.unit.intake.field.letters import inquiry, letter

PHONE = "+79160102053"
INNA = {"name": "Инна", "phones": [PHONE], "emails": ["inna@client.example"]}
SHAPES = {
    "colons": "Имя: Инна\nТелефон: 8 916 010-20-53\nE-mail: inna@client.example\nСообщение: Замер",
    "from and date": "От: Инна <inna@client.example>\nДата: 01.10.2026\nТема: Замер\nСообщение: Нужен замер\n\nТелефон: 8 916 010-20-53",
    "from, then a bare phone": "От: Инна <inna@client.example>\nДата: 01.10.2026\nТема: Замер\nСообщение: Нужен замер\n8 916 010-20-53",
    "english": "Name: Инна\nPhone: +7 916 010-20-53\nEmail: inna@client.example\nMessage: Measure",
    "your name": "Your name: Инна\nYour phone: +7 916 010-20-53\nYour email: inna@client.example\nYour message: Measure",
    "bold": "*Имя:* Инна\n*Телефон:* 8 916 010-20-53\n*Почта:* inna@client.example",
    "double bold": "**Имя**: Инна\n**Телефон**: 8 916 010-20-53\n**Email**: inna@client.example",
    "bullets": "• Имя: Инна\n• Телефон: 8 916 010-20-53\n• Email: inna@client.example",
    "below the label": "Имя:\nИнна\n\nТелефон:\n8 916 010-20-53\n\nE-mail:\ninna@client.example",
    "tabs": "Имя\tИнна\nТелефон\t8 916 010-20-53\nE-mail\tinna@client.example",
    "equals": "Имя = Инна\nТелефон = 8 916 010-20-53\nEmail = inna@client.example",
    "with a greeting": "Новая заявка с сайта!\n\nИмя клиента: Инна\nТелефон клиента: 8 916 010-20-53\nEmail клиента: inna@client.example\n\nСтраница: https://shop.example/okna",
    "ukrainian": "Ім'я: Инна\nТелефон: +7 916 010-20-53\nПошта: inna@client.example",
    "german": "Name: Инна\nTelefonnummer: +7 916 010-20-53\nE-Mail: inna@client.example\nNachricht: Messen",
    "french": "Nom: Инна\nTéléphone: +7 916 010-20-53\nCourriel: inna@client.example\nMessage: Mesure",
    "spanish": "Nombre: Инна\nTeléfono: +7 916 010-20-53\nCorreo electrónico: inna@client.example",
    "one line": "Имя: Инна, телефон: 8 916 010-20-53, email: inna@client.example",
    "one line with bars": "Имя: Инна | Телефон: 8 916 010-20-53 | E-mail: inna@client.example",
    "spaced colons": "Имя : Инна\nТелефон : 8 916 010-20-53\nE-mail : inna@client.example",
}  # fmt: skip


@pytest.mark.parametrize("words", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("sender", ["wordpress@shop.example", "noreply@forms.example"])
def test_a_notification_is_read_as_a_form(words: str, sender: str) -> None:
    seen = inquiry(letter(words, sender=f"Сайт <{sender}>"))
    assert {key: seen["contact"].get(key) for key in INNA} == INNA
    assert seen["text"] == words


@pytest.mark.parametrize("name", ["colons", "from and date", "english", "german", "french"])
def test_a_whole_form_from_an_address_that_looks_human(name: str) -> None:
    seen = inquiry(letter(SHAPES[name], sender="Олег <oleg@agency.example>"))
    assert {key: seen["contact"].get(key) for key in INNA} == INNA
    assert seen["contact"]["other"] == {"from": "oleg@agency.example"}


def test_html_tables_are_forms_too() -> None:
    html = ("<table><tr><td>Имя</td><td><b>Инна</b></td></tr><tr><td>Телефон</td><td>8 916 010-20-53</td></tr>"
            "<tr><td>Email:</td><td><a href='mailto:x'>inna@client.example</a></td></tr></table>")  # fmt: skip
    seen = inquiry(letter(None, html=html, sender="site@shop.example"))
    assert {key: seen["contact"].get(key) for key in INNA} == INNA
    assert seen["text"] == "Имя\tИнна\nТелефон\t8 916 010-20-53\nEmail:\tinna@client.example"


def test_the_rest_goes_to_fields() -> None:
    words = "Имя: Инна\nТелефон: 89160102053\nРазмер: 2x3 м\nutm_source: yandex\ngclid: abc"
    seen = inquiry(letter(words, sender="site@shop.example"))
    assert seen["fields"] == {"Размер": "2x3 м"}
    assert seen["campaign"] == {"utm_source": "yandex", "click_ids": {"gclid": "abc"}}


def test_reply_to_comes_before_a_labelled_address() -> None:
    mail = letter(
        "Имя: Инна\nПочта: other@client.example",
        sender="site@shop.example",
        reply_to="inna@client.example",
    )
    assert inquiry(mail)["contact"]["emails"] == ["inna@client.example", "other@client.example"]


@pytest.mark.parametrize(("words", "contact"), {
    "Хочу заказать букет.\nОт: Ирины\nКому: Светлане\nДата: 8 марта, к 10:00": {},
    "Здравствуйте!\nАдрес: Лесная, 5\nЭтаж: 3\nКогда: завтра": {},
    "Хочу окно.\nТел.: 8 916 010-20-53\nСайт: https://client.example": {"phones": [PHONE]},
    "Вопрос: сколько стоит окно?": {},
}.items())  # fmt: skip
def test_a_persons_lines_are_no_form(words: str, contact: dict[str, Any]) -> None:
    seen = inquiry(letter(words))
    assert seen["contact"] == {"name": "Инна", "emails": ["inna@client.example"], **contact}
    assert "fields" not in seen
    assert seen["text"] == words


def test_a_notification_that_a_colleague_forwards() -> None:
    words = (
        "Возьми.\n\n---------- Forwarded message ---------\nFrom: Сайт <wordpress@shop.example>\n"
        "Date: Fri, 2 Oct 2026 12:32\nSubject: Заявка\nTo: sales@shop.example\n\n"
        + SHAPES["colons"]
    )
    seen = inquiry(letter(words, sender="petr@shop.example", subject="Fwd: Заявка"))
    assert {key: seen["contact"].get(key) for key in INNA} == INNA
    assert seen["text"] == words


ADF = """<?xml version="1.0"?>
<?ADF version="1.0"?>
<adf><prospect>
  <id sequence="1" source="cars">4711</id>
  <requestdate>2026-10-02T12:32:00+03:00</requestdate>
  <vehicle interest="buy"><year>2026</year><make>Lada</make><model>Vesta</model></vehicle>
  <customer><contact>
    <name part="first">Инна</name><name part="last" type="individual">Петрова</name>
    <email>inna@client.example</email><phone type="voice">+7 916 010-20-53</phone>
  </contact><comments><![CDATA[Тест-драйв & кредит]]></comments></customer>
  <vendor><contact><name part="full">Салон</name><phone>+74951234567</phone><email>salon@shop.example</email></contact></vendor>
</prospect></adf>"""


@pytest.mark.parametrize("document", [ADF, ADF.replace('<?ADF version="1.0"?>\n', ""), ADF.replace("</adf>", ""), ADF.upper().replace("ИННА", "Инна").replace("ПЕТРОВА", "Петрова")])  # fmt: skip
def test_dealers_xml(document: str) -> None:
    seen = inquiry(letter(document, sender="Cars <leads@cars.example>"))
    assert seen["contact"]["phones"] == [PHONE]
    assert seen["contact"]["emails"] == ["inna@client.example"]
    assert (seen["contact"]["first_name"], seen["contact"]["last_name"]) == ("Инна", "Петрова")
    assert seen["fields"]["model"].lower() == "vesta"
    assert seen["text"] == document
