"""Invented customers: names, phones in the ways people write them, and what they ask. Data only.

Every seed draws from the same town, so another day meets some of the same people again.
"""

import random
from dataclasses import dataclass

TOWN = 1200
MEN = (
    ("Александр", "aleksandr"),
    ("Дмитрий", "dmitry"),
    ("Сергей", "sergey"),
    ("Илья", "ilya"),
    ("Артём", "artem"),
    ("Олег", "oleg"),
    ("Тимур", "timur"),
    ("Фёдор", "fedor"),
    ("Павел", "pavel"),
    ("Юрий", "yury"),
)
WOMEN = (
    ("Мария", "maria"),
    ("Ольга", "olga"),
    ("Елена", "elena"),
    ("Наталья", "natalya"),
    ("Ксения", "ksenia"),
    ("Алёна", "alena"),
    ("Юлия", "yulia"),
    ("Софья", "sofya"),
    ("Гульнара", "gulnara"),
    ("Полина", "polina"),
)
SURNAMES = (
    ("Иванов", "ivanov"),
    ("Кузнецов", "kuznetsov"),
    ("Смирнов", "smirnov"),
    ("Лебедев", "lebedev"),
    ("Соловьёв", "solovyov"),
    ("Щукин", "schukin"),
    ("Жданов", "zhdanov"),
    ("Хасанов", "khasanov"),
    ("Цветаев", "tsvetaev"),
    ("Мельников", "melnikov"),
    ("Ершов", "ershov"),
    ("Чернов", "chernov"),
)
MAIL_HOSTS = ("mail.example", "post.example", "firma.example", "dom.example")

WISHES = (
    "Здравствуйте! Сколько стоит остекление балкона, 6 метров?",
    "Перезвоните, пожалуйста, после обеда: хочу уточнить сроки.",
    "Нужна кухня под заказ, угловая, 3,2 × 1,8 м. Есть ли рассрочка?",
    "Подскажите, делаете ли замер в выходные?",
    "Хотим заменить окна в офисе, 14 штук. Пришлите, пожалуйста, расчёт.",
    "Добрый день. Интересует тёплый пол в детскую.",
    "Можно ли посмотреть образцы у вас в салоне?",
    "Какая гарантия на монтаж? Ищем подрядчика на весну.",
    "Прошу выставить счёт на юридическое лицо.",
    "Please send me a quote for two sliding doors, thank you.",
)
SUBJECTS = (
    "Запрос стоимости",
    "Заказ с сайта",
    "Вопрос по срокам",
    "Коммерческое предложение",
    "Re: расчёт окон",
)
WORDS_OF_LOSS = ("дорого", "передумали", "выбрали других", "не дозвонились", "не наш профиль")
AFTER_A_TALK = (
    "Поговорили: ждёт расчёт до вечера.",
    "Уточнили размеры, согласовали замер.",
    "Просит скидку, решение за мужем.",
    "Договорились о встрече в салоне.",
    "Отправили предложение на почту.",
)


@dataclass(frozen=True, slots=True)
class Person:
    """`digits` is the number without the country's code, ten digits of an unassigned range."""

    name: str
    email: str
    digits: str

    @property
    def e164(self) -> str:
        return f"+7{self.digits}"


def person(number: int) -> Person:
    """The town's inhabitant of this number, the same in every run."""
    chance = random.Random(f"town {number}")  # noqa: S311  a game, not a secret
    woman = chance.random() < 0.5
    first, latin_first = chance.choice(WOMEN if woman else MEN)
    last, latin_last = chance.choice(SURNAMES)
    ending = "а" if woman else ""
    host = chance.choice(MAIL_HOSTS)
    return Person(
        name=f"{first} {last}{ending}",
        email=f"{latin_first}.{latin_last}{ending and 'a'}.{number}@{host}",
        digits=f"999{number % 10_000_000:07d}",
    )


def as_written(digits: str, *, style: int) -> str:
    """One of the ways in which people type their number."""
    area, one, two, three = digits[:3], digits[3:6], digits[6:8], digits[8:]
    styles = (
        f"+7 ({area}) {one}-{two}-{three}",
        f"8 ({area}) {one}-{two}-{three}",
        f"8{digits}",
        f"+7{digits}",
        f"7 {area} {one} {two} {three}",
    )
    return styles[style % len(styles)]
