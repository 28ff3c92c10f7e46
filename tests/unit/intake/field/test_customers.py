"""Kind E: the customer is the person who wrote, not whoever stands in From."""

from typing import Any

import pytest

from services.intake.channels.parsing.mail import Mail
from services.intake.domain.mail_services import is_department, is_robot, unwrapped
from tests.unit.intake.field.letters import contact, letter

LARISA = {"name": "Лариса", "emails": ["larisa@client.example"]}
OWN = {"own_addresses": ("shop.example", "shop-sales@gmail.com")}


def mailer(sender: str, **particulars: Any) -> Mail:
    return letter(
        "Хочу окно",
        **{"sender": sender, "reply_to": "Лариса <larisa@client.example>", **particulars},
    )


MAILERS = {
    "a site's own address": mailer("wordpress@shop.example"),
    "its own sales": mailer("Магазин <sales@shop.example>"),
    "another own domain": mailer("forms@site.shop.example"),
    "an own mailbox elsewhere": mailer("shop-sales@gmail.com"),
    "no reply": mailer("noreply@service.example"),
    "do not reply": mailer("do-not-reply@service.example"),
    "no_reply with a tag": mailer("no_reply+form@service.example"),
    "a hoster's user": mailer("www-data@host77.hosting.example"),
    "php": mailer("shop@host77.hosting.example", headers={"X-PHP-Originating-Script": "1000:mail.php"}),
    "a plugin": mailer("shop@host77.hosting.example", headers={"X-Mailer": "PHPMailer 6.8.0 (https://github.com)"}),
    "bulk": mailer("shop@host77.hosting.example", headers={"Precedence": "bulk"}),
    "generated": mailer("shop@host77.hosting.example", headers={"Auto-Submitted": "auto-generated"}),
    "a notifier": mailer("notifications@crm.example"),
    "a form service": mailer("forms@forms.example"),
    "root": mailer("root@localhost.localdomain"),
    "X-Original-From": mailer('"Лариса via Sales" <sales@shop.example>', reply_to="sales@shop.example",
                              headers={"X-Original-From": "Лариса <larisa@client.example>"}),
    "X-Original-Sender": mailer("\"'Лариса' via Sales\" <sales@shop.example>", reply_to=None,
                                headers={"X-Original-Sender": "larisa@client.example"}),
    "via and Reply-To": mailer("Лариса через Продажи <sales@shop.example>", reply_to="larisa@client.example"),
    "on behalf of": mailer("CRM on behalf of Лариса <noreply@crm.example>", reply_to="larisa@client.example"),
    "SRS": letter("Хочу", sender="Лариса <SRS0=HHH=TT=client.example=larisa@fwd.example>"),
    "SRS twice": letter("Хочу", sender="Лариса <SRS1=HHH=fwd.example==HHH=TT=client.example=larisa@fwd2.example>"),
    "BATV": letter("Хочу", sender="Лариса <prvs=1234567890=larisa@client.example>"),
    "an encoded address": letter("Хочу", sender="Лариса <larisa=40client.example@dmarc.lists.example>"),
    "an address in the name": letter("Хочу", sender='"Лариса <larisa@client.example>" <sales@shop.example>',
                                     headers={"Reply-To": "Лариса <larisa@client.example>"}),
    "one of several": mailer("wordpress@shop.example", reply_to="sales@shop.example, Лариса <larisa@client.example>"),
    "her own program": letter("Хочу", sender="Лариса <larisa@client.example>"),
    "her own and the company's Reply-To": letter("Хочу", sender="Лариса <Larisa@Client.example>", reply_to="sales@shop.example"),
}  # fmt: skip


@pytest.mark.parametrize("mail", MAILERS.values(), ids=MAILERS.keys())
def test_the_person_behind_a_mailer(mail: Mail) -> None:
    seen = contact(mail, **OWN)
    assert {"name": seen.get("name"), "emails": seen.get("emails")} == LARISA


LEARNED = {
    "To": {"to": "Продажи <sales@shop.example>"},
    "Delivered-To": {"to": "undisclosed-recipients:;", "headers": {"Delivered-To": "sales@shop.example"}},
    "X-Original-To": {"to": None, "headers": {"X-Original-To": "sales@shop.example"}},
    "the envelope": {"to": None, "recipients": ("sales@shop.example",)},
    "a forwarded mailbox": {"to": "sales@shop.example", "recipients": ("a1b2@in.leads.example",)},
}  # fmt: skip


@pytest.mark.parametrize("delivery", LEARNED.values(), ids=LEARNED.keys())
@pytest.mark.parametrize(
    "sender", ["wordpress@shop.example", "info@shop.example", "sales@shop.example"]
)
def test_own_addresses_are_learned(delivery: dict[str, Any], sender: str) -> None:
    mail = mailer(sender, **delivery)
    assert contact(mail)["emails"] == ["larisa@client.example"]
    assert contact(letter("Хочу", **{"sender": sender, **delivery})).get("emails") is None


def test_a_public_domain_is_nobodys_own() -> None:
    mail = letter("Хочу", sender="Anna <anna@gmail.com>", to="shop-sales@gmail.com")
    assert contact(mail, **OWN)["emails"] == ["anna@gmail.com"]
    assert contact(mail)["emails"] == ["anna@gmail.com"]


@pytest.mark.parametrize("cc", ["sales@shop.example", None])
def test_a_colleague_of_the_customer_in_to(cc: str | None) -> None:
    to = "boss@client.example" if cc else "sales@shop.example, boss@client.example"
    mail = letter("Хочу", sender="Лариса <larisa@client.example>", to=to, cc=cc)
    assert contact(mail) == LARISA


def test_a_configured_own_address_is_never_a_customer() -> None:
    mail = letter("Заявка", sender="Пётр <petr@shop.example>", to="leads@in.example")
    assert contact(mail, **OWN) == {"other": {"from": "petr@shop.example"}}


@pytest.mark.parametrize(
    "own", ["shop.example", "@shop.example", "*.shop.example", "SHOP.example", "Petr@Shop.example"]
)
def test_how_own_addresses_are_written(own: str) -> None:
    mail = letter(
        "Заявка", sender="petr@shop.example", to="leads@in.example", reply_to="a@client.example"
    )
    assert contact(mail, own_addresses=(own,))["emails"] == ["a@client.example"]


def test_two_visitors_of_one_form_share_nothing() -> None:
    points = [
        set(contact(mailer("wordpress@shop.example", reply_to=f"{name}@client.example"))["emails"])
        for name in ("anna", "olga")
    ]
    silent = contact(letter("Перезвоните", sender="site@shop.example"))
    assert not points[0] & points[1]
    assert not silent.get("emails")
    assert not silent.get("phones")


FORWARDED = {
    "gmail": "---------- Forwarded message ---------\nFrom: Лариса <larisa@client.example>\n"
    "Date: пт, 2 окт. 2026 г. в 12:32\nSubject: Окна\nTo: <petr@shop.example>\n\n\n{}",
    "gmail, russian": "---------- Пересланное сообщение ---------\nОт: Лариса <larisa@client.example>\n"
    "Дата: пт, 2 окт. 2026 г. в 12:32\nТема: Окна\nКому: <petr@shop.example>\n\n{}",
    "outlook": "From: Лариса <larisa@client.example>\nSent: Friday, October 2, 2026 12:32 PM\n"
    "To: petr@shop.example\nSubject: Окна\n\n{}",
    "outlook, russian": "От: Лариса <larisa@client.example>\nОтправлено: 2 октября 2026 г. 12:32\n"
    "Кому: Пётр <petr@shop.example>\nТема: Окна\n\n{}",
    "outlook, mailto": "From: Лариса [mailto:larisa@client.example]\nSent: Friday, October 2, 2026 12:32 PM\n"
    "To: petr@shop.example\nSubject: Окна\n\n{}",
    "thunderbird": "-------- Forwarded Message --------\nSubject: \tОкна\nDate: \tFri, 2 Oct 2026 12:32:00 +0300\n"
    "From: \tЛариса <larisa@client.example>\nTo: \tpetr@shop.example\n\n\n{}",
    "thunderbird, russian": "-------- Перенаправленное сообщение --------\nТема: \tОкна\nДата: \tFri, 2 Oct 2026 12:32:00\n"
    "От: \tЛариса <larisa@client.example>\nКому: \tpetr@shop.example\n\n{}",
    "thunderbird, german": "-------- Weitergeleitete Nachricht --------\nBetreff: \tFenster\nDatum: \tFri, 2 Oct 2026 12:32:00\n"
    "Von: \tЛариса <larisa@client.example>\nAn: \tpetr@shop.example\n\n{}",
    "yandex": '-------- Пересылаемое сообщение --------\n02.10.2026, 12:32, "Лариса" <larisa@client.example>:\n\n{}\n\n'
    "-------- Конец пересылаемого сообщения --------\n\n-- \nПётр, 8 495 123-45-67",
    "mail.ru": "-------- Пересылаемое сообщение --------\nОт: Лариса <larisa@client.example>\nКому: petr@shop.example\n"
    "Дата: Пятница, 2 октября 2026, 12:32 +03:00\nТема: Окна\n\n{}",
    "apple": "Begin forwarded message:\n\nFrom: Лариса <larisa@client.example>\nSubject: Окна\n"
    "Date: 2 October 2026 at 12:32:00 GMT+3\nTo: petr@shop.example\n\n{}",
    "apple, marked": "> Начало переадресованного сообщения:\n> \n> От: Лариса <larisa@client.example>\n> Тема: Окна\n"
    "> Дата: 2 октября 2026 г. в 12:32:00 GMT+3\n> Кому: petr@shop.example\n> \n> {}",
    "french": "---------- Message transféré ---------\nDe : Лариса <larisa@client.example>\n"
    "Date : ven. 2 oct. 2026 à 12:32\nSubject : Fenêtres\nTo : petr@shop.example\n\n{}",
    "twice": "---------- Forwarded message ---------\nFrom: Ольга <olga@shop.example>\nDate: Fri, Oct 2, 2026, 12:40\n"
    "Subject: Fwd: Окна\nTo: petr@shop.example\n\nТебе.\n\n---------- Forwarded message ---------\n"
    "From: Лариса <larisa@client.example>\nDate: Fri, Oct 2, 2026, 12:32\nSubject: Окна\nTo: olga@shop.example\n\n{}",
}  # fmt: skip


@pytest.mark.parametrize("block", FORWARDED.values(), ids=FORWARDED.keys())
@pytest.mark.parametrize("forwarder", ["Пётр <petr@shop.example>", "petr.private@gmail.com"])
def test_the_person_of_a_forwarded_mail(block: str, forwarder: str) -> None:
    words = "Нужны три окна. Мой телефон 8 916 010-20-51"
    mail = letter(
        "Прошу взять в работу. Мой телефон 8 495 123-45-67\n\n" + block.format(words),
        sender=forwarder,
        subject="Fwd: Окна",
    )
    seen = contact(mail, own_addresses=("shop.example",))
    assert {"name": seen["name"], "emails": seen["emails"]} == LARISA
    assert seen["phones"] == ["+79160102051"]
    assert seen["other"]["forwarded_by"] in forwarder
    assert seen["mentioned"]["phones"] == ["+74951234567"]


def test_a_colleague_need_not_say_that_they_forward() -> None:
    mail = letter(
        "Возьми.\n\n" + FORWARDED["outlook"].format("Нужны окна"),
        sender="petr@shop.example",
        subject="Окна",
    )
    seen = contact(mail)
    assert {"name": seen["name"], "emails": seen["emails"]} == LARISA


def test_who_forwards_our_own_words_is_the_customer() -> None:
    block = FORWARDED["gmail"].replace("larisa@client.example", "petr@shop.example")
    mail = letter("Это ваше?\n\n" + block.format("Цена 5000"), subject="Fwd: Окна")
    assert contact(mail)["emails"] == ["inna@client.example"]


def test_who_passes_on_a_colleagues_words_is_the_customer() -> None:
    mail = letter("Сделаете?\n\n" + FORWARDED["gmail"].format("Нужны окна"), subject="Fwd: Окна")
    seen = contact(mail)
    assert seen["emails"] == ["inna@client.example"]
    assert seen["mentioned"]["emails"] == ["larisa@client.example"]


@pytest.mark.parametrize("address", [
    "no-reply@a.example", "noreply@a.example", "donotreply@a.example", "mailer@a.example", "robot@a.example",
    "wordpress@a.example", "www-data@a.example", "apache@a.example", "bounces@a.example", "nobody@a.example",
    "mailer-daemon@a.example", "notification@a.example", "notify@a.example", "webform@a.example",
    "contact-form@a.example", "site@a.example", "no-responder@a.example", "nicht-antworten@a.example",
])  # fmt: skip
def test_robots(address: str) -> None:
    assert is_robot(address)


@pytest.mark.parametrize("address", [
    "anna@a.example", "robert@a.example", "norman@a.example", "maria.mailova@a.example", "sitnikov@a.example",
    "info@a.example", "webb@a.example", "forman@a.example", "systemova@a.example", "rootova@a.example",
])  # fmt: skip
def test_people_and_departments_are_no_robots(address: str) -> None:
    assert not is_robot(address)
    assert is_department(address) is address.startswith("info@")


@pytest.mark.parametrize("address", ["anna@a.example", "a.b-c+d@a.example", "x_y@a.example"])
def test_usual_addresses_hold_no_other(address: str) -> None:
    assert unwrapped(address) is None
