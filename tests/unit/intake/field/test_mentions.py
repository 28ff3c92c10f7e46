"""Kind H: a number in running text identifies only when the writer gives it as their own."""

import pytest

from tests.unit.intake.field.letters import contact, letter

MINE = "+79160102053"
GIVEN = [
    "Хочу окно. Мой телефон 8 916 010-20-53.", "Хочу окно, тел. 8 916 010-20-53", "Тел: 8(916)010-20-53",
    "моб. +7 916 010 20 53", "Звоните: 8 916 010-20-53", "Перезвоните мне по номеру 8 916 010-20-53",
    "Позвоните на 8 916 010-20-53 после 18:00", "Наберите меня 8-916-010-20-53", "мой номер — 89160102053",
    "8 916 010-20-53 — мой номер", "WhatsApp +79160102053", "Пишите в вотсап 8 916 010 20 53",
    "Контакты: 8 916 010-20-53", "Телефон для связи 8 916 010-20-53", "Мой телефон:\n8 916 010-20-53",
    "Телефон\t8 916 010-20-53", "☎ 8 916 010-20-53", "м: 8 916 010-20-53", "Связаться со мной можно: 8 916 010-20-53",
    "Ваш менеджер не перезвонил, мой телефон 8 916 010-20-53",
    "Мой телефон для вас: 8 916 010-20-53", "Ваш сайт не работает, позвоните 8 916 010-20-53",
    "Call me at +7 916 010-20-53", "My number is +7 916 010-20-53", "Phone: +7 916 010-20-53",
    "Cell +7 916 010-20-53, thanks", "Please reach me on +7 916 010-20-53", "Text me: +7 916 010-20-53",
    "Meine Telefonnummer: +7 916 010-20-53", "Tel.: +7 916 010-20-53", "Handy +7 916 010-20-53",
    "Mon téléphone : +7 916 010-20-53", "Mi teléfono es +7 916 010-20-53", "Il mio numero +7 916 010-20-53",
    "Mój numer: +7 916 010-20-53", "Telefonum: +7 916 010-20-53", "Мій телефон +7 916 010-20-53",
    "Хочу окно.\n\nС уважением,\nИнна Петрова\n8 916 010-20-53", "Хочу окно.\n--\nИнна\nООО «Ромашка», 8 916 010-20-53",
    "Хочу окно\n\nИнна, 8 916 010-20-53", "Хочу окно\n\n8 916 010-20-53", "Best regards,\nInna\n+7 916 010-20-53",
    "Mit freundlichen Grüßen\nInna\n+7 916 010-20-53", "Cordialement,\nInna\n+7 916 010-20-53",
    "8 916 010-20-53", "Спасибо!\nИнна\n8 916 010-20-53",
    "ООО «Ромашка», ИНН 9701234567, КПП 770101001, ОГРН 1227700123456, р/с 40702810900000012345, Тел. 8 916 010-20-53",
    "Заказ № 9161234567 не пришёл, мой телефон 8 916 010-20-53",
    "Заказывал 02.10.2026 в 10:15, тел. 8 916 010-20-53",
]  # fmt: skip
MENTIONED = [
    "Вчера звонил вам на 8 495 123-45-67, никто не ответил.", "Ваш номер 8 495 123-45-67 не отвечает.",
    "На сайте указан телефон 8 495 123-45-67, он ваш?", "Телефон вашего менеджера 8 495 123-45-67 занят",
    "Дозвонился по 8 495 123-45-67, но меня отключили", "Факс 8 495 123-45-67 работает?",
    "Телефон соседа 8 495 123-45-67, он тоже хочет окно", "Нашли 8 495 123-45-67 в справочнике.\nЭто вы?\nОтветьте.\nЖду.\nИнна",
    "Your office number +7 495 123-45-67 is busy", "I called +7 495 123-45-67 and nobody answered",
    "Your website says +7 495 123-45-67. Right?", "Fax: +7 495 123-45-67", "Her phone is +7 495 123-45-67",
    "Ihre Nummer +7 495 123-45-67 ist besetzt", "Votre numéro +7 495 123-45-67 ne répond pas",
    "Su teléfono +7 495 123-45-67 no contesta", "Ваш телефон +7 495 123-45-67 не відповідає",
    "Ваш менеджер дал мне телефон 8 495 123-45-67, он не отвечает", "Мой телефон сломался, ваш телефон 8 495 123-45-67 занят",
    "Мой менеджер сказал, что ваш номер 8 495 123-45-67", "Позвоните вашему менеджеру 8 495 123-45-67",
    "> Наш телефон 8 495 123-45-67\nЭто актуально?",
]  # fmt: skip
NEITHER = [
    "ИНН 9701234567", "ИНН: 7701234567, КПП 770101001", "ОГРН 1227700123456", "р/с 40702810900000012345 в банке",
    "БИК 044525225", "ИНН/КПП 9161234567/770101001", "Счёт № 9161234567", "заказ 89161234567", "Заказ №: 8916-010-20-53",
    "Трек-номер 80080012345678", "Накладная 9161234567", "Договор № 9161234567 от 02.10.2026", "Артикул 9161234567",
    "Order 9161234567", "Order no. 9161234567 is late", "Tracking number 9161234567", "Invoice # 9161234567",
    "IBAN DE89370400440532013000", "VAT 9161234567", "2026-10-02 10:15", "02.10.2026 10:15:33", "с 10:00-18:00",
    "https://shop.example/item/89160102053?x=89160102054", "Карта 4276 1600 1234 5678", "NIP 9161234567",
    "Bestellung 9161234567", "Commande 9161234567", "1727700123456 мс", "паспорт 4509 123456", "VIN 9161234567",
    "555-01-34", "765-43-21",
]  # fmt: skip


@pytest.mark.parametrize("words", GIVEN)
def test_given_as_the_writers_own(words: str) -> None:
    seen = contact(letter(words))
    assert seen["phones"] == [MINE]
    assert "mentioned" not in seen


@pytest.mark.parametrize("words", MENTIONED)
def test_only_mentioned(words: str) -> None:
    seen = contact(letter(words))
    assert "phones" not in seen
    assert seen["mentioned"] == {"phones": ["+74951234567"]}


@pytest.mark.parametrize("words", NEITHER)
def test_no_phone_at_all(words: str) -> None:
    seen = contact(
        letter(words + "\nПодскажите, пожалуйста, когда будет готово и сколько это стоит.")
    )
    assert "phones" not in seen
    assert "mentioned" not in seen


def test_both_in_one_mail() -> None:
    words = "Звонил вам на 8 495 123-45-67, не ответили. Мой телефон 8 916 010-20-53, жду."
    assert contact(letter(words)) == {
        "name": "Инна",
        "emails": ["inna@client.example"],
        "phones": [MINE],
        "mentioned": {"phones": ["+74951234567"]},
    }


@pytest.mark.parametrize("glue", [", ", " и ", " или ", " / ", "; ", "\n"])
def test_two_of_ones_own(glue: str) -> None:
    words = f"Мои телефоны: 8 916 010-20-53{glue}8 916 010-20-54"
    assert contact(letter(words))["phones"] == [MINE, "+79160102054"]


@pytest.mark.parametrize("own", ["+74951234567", "8 (495) 123-45-67", "84951234567"])
def test_the_companys_lines_are_nobodys(own: str) -> None:
    words = "Тел. 8 495 123-45-67\nТелефон: 8 916 010-20-53"
    seen = contact(letter(words), own_numbers=(own,))
    assert seen["phones"] == [MINE]


ADDRESSES = {
    "Моя почта anna@work.example": (["anna@work.example"], []),
    "E-mail: anna@work.example": (["anna@work.example"], []),
    "Ответьте на anna@work.example, пожалуйста": (["anna@work.example"], []),
    "С уважением,\nИнна\nanna@work.example": (["anna@work.example"], []),
    "My email is anna@work.example.": (["anna@work.example"], []),
    "Писали с manager@other.example, это ваш менеджер?": ([], ["manager@other.example"]),
    "Ваш адрес other@other.example не работает": ([], ["other@other.example"]),
    "Сайт anna@work.example что-то сломал.\nПочините.\nЯ жду.\nОчень.\nДа.": (
        [],
        ["anna@work.example"],
    ),
    "Писал на sales@shop.example, молчат": ([], []),
    "Моя почта inna@client.example": ([], []),
}


@pytest.mark.parametrize(("words", "places"), ADDRESSES.items(), ids=ADDRESSES.keys())
def test_addresses_in_running_text(words: str, places: tuple[list[str], list[str]]) -> None:
    seen = contact(letter(words))
    assert seen["emails"] == ["inna@client.example", *places[0]]
    assert seen.get("mentioned", {}).get("emails", []) == places[1]
