"""What search is measured by: a vocabulary, cards with names of people, and names misspelt."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from shared.database import Database, transaction

_BLOCK: Final = 100_000
_FIRST: Final = (
    "Анна Мария Елена Ольга Татьяна Наталья Ирина Светлана Екатерина Юлия Дарья Анастасия "
    "Ксения Полина Вера Нина Галина Людмила Лариса Алла Зоя Инна Яна Иван Пётр Павел Андрей "
    "Алексей Александр Дмитрий Сергей Михаил Николай Владимир Евгений Игорь Олег Юрий Виктор "
    "Роман Антон Максим Артём Денис Кирилл Илья Егор Глеб Лев Фёдор Борис Вадим Руслан Тимур "
    "Степан Семён "
)
_ROOTS: Final = (
    "Петр Иван Сидор Кузнец Смирн Попов Волк Зайц Медвед Лебед Сокол Орл Воробь Голуб Крыл "
    "Бел Черн Красн Син Зелен Мороз Снег Ветр Дожд Лес Пол Берез Дуб Сосн Клен Рожк Гус Карп "
    "Ерш Щук Рак Жук Мух Комар Блин Пирог Калач Мельник Гончар Бондар Ткач Швец Рыбак Охотник "
)
_MIDDLES: Final = ("", "ик", "ен", "ал", "ат", "ош", "уш", "еч", "ан", "ор", "ил", "ев", "ар", "ук")
_ENDS: Final = ("ов", "ова", "ин", "ина", "ский", "ская", "енко", "ич", "ко", "юк", "ян", "швили")
FIRST: Final = _FIRST.split()
LAST: Final = [
    root + middle + end for root in _ROOTS.split() for middle in _MIDDLES for end in _ENDS
]
# The cube of an even draw: few names are frequent, most are rare.
_CARDS: Final = """
INSERT INTO card (person_id, contact_ids, name, names, phones, emails, other, channels, source_ids,
    regions, cities, products, campaigns, languages, entry_count, inquiry_count, activity_count,
    owner_ids, open_stages, stages_reached, open_lead_count, won_lead_count, lost_lead_count,
    purchase_count, sums, consents, purposes, do_not_contact, tags, fields)
SELECT uuidv7(), '{}', (CAST(:first AS text[]))[1 + floor(:firsts * power(random(), 2))] || ' '
        || (CAST(:last AS text[]))[1 + floor(:lasts * power(random(), 3))], '{}', '{}', '{}', '{}',
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', 0, 0, 0, '{}', '{}', '{}', 0, 0, 0, 0, '{}', '{}',
    '{}', '{}', '{}', '{}'
FROM generate_series(1, CAST(:number AS int))
"""


def vocabulary(words: int) -> list[str]:
    draw = random.Random(1)
    russian, english = "аеиоуклмнпрств", "aeiouklmnprst"
    return [
        "".join(draw.choices(russian if number % 5 else english, k=draw.randint(4, 10)))
        for number in range(words)
    ]


async def fill_cards(database: Database, number: int) -> None:
    names = {"first": FIRST, "firsts": len(FIRST), "last": LAST, "lasts": len(LAST)}
    for begin in range(0, number, _BLOCK):
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute(_CARDS, {**names, "number": min(_BLOCK, number - begin)})
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("ANALYZE card")


def _short_of(names: Sequence[str]) -> Callable[[random.Random], str]:
    def draw(choice: random.Random) -> str:
        name = choice.choice(names)
        place = choice.randrange(1, len(name))
        return name[:place] + name[place + 1 :]

    return draw


def misspelt() -> Mapping[str, Callable[[random.Random], str]]:
    """By what it is called."""
    return {
        "a short name": _short_of([name for name in (*FIRST, *LAST) if len(name) <= 6]),
        "a long name": _short_of([name for name in LAST if len(name) > 8]),
        "a name of nobody": lambda choice: "".join(choice.choices("аеиоуклмнпрст", k=5)),
    }
