"""An invented company: who works there, in which shifts, and which ways in it has. Data only.

Used by `up --sample` and by the demo; nobody in it exists, and its secrets open nothing else.
"""

from dataclasses import dataclass, field

TIME_ZONE = "Europe/Moscow"
COUNTRY = "RU"
HOURS_A_DAY = 24


@dataclass(frozen=True)
class Pool:
    key: str
    name: str
    rules: tuple[dict[str, dict[str, list[str]]], ...]
    policy: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Manager:
    """`shift` is (first hour, hour after the last) in the company's zone, past midnight too."""

    name: str
    email: str
    pool: str
    shift: tuple[int, int]
    skills: dict[str, int]
    capacity: float = 10.0

    def on_duty(self, hour: int) -> bool:
        first, end = self.shift
        return (hour - first) % HOURS_A_DAY < (end - first) % HOURS_A_DAY


@dataclass(frozen=True)
class Source:
    key: str
    adapter: str
    pool: str
    secrets: dict[str, str] = field(default_factory=dict)
    campaign: dict[str, str] = field(default_factory=dict)


POOLS = (
    Pool(
        "calls",
        "Телефон · Phone",
        ({"when": {"channel": ["call"]}},),
        {"accept_seconds": 300, "touch_seconds": 900},
    ),
    Pool("mail", "Почта · Mail", ({"when": {"channel": ["email"]}},), {"accept_seconds": 600}),
    Pool("default", "Сайт · Site", ()),
)

# In each pool the shifts overlap and together cover the whole day.
EARLY, DAY, EVENING, NIGHT = (6, 15), (9, 18), (14, 23), (22, 7)

MANAGERS = (
    Manager("Анна Соколова", "anna.sokolova@example.com", "calls", EARLY, {"ru": 5, "en": 2}),
    Manager("Борис Ким", "boris.kim@example.com", "calls", DAY, {"ru": 5, "en": 4}, 12.0),
    Manager("Вера Морозова", "vera.morozova@example.com", "calls", EVENING, {"ru": 5}),
    Manager("Георгий Данелян", "georgy.danelyan@example.com", "calls", NIGHT, {"ru": 4, "en": 3}),
    Manager("Дарья Лебедева", "darya.lebedeva@example.com", "mail", EARLY, {"ru": 5, "de": 3}),
    Manager("Егор Титов", "egor.titov@example.com", "mail", DAY, {"ru": 5, "en": 5}),
    Manager("Жанна Орлова", "zhanna.orlova@example.com", "mail", EVENING, {"ru": 5, "fr": 2}),
    Manager("Захар Белов", "zakhar.belov@example.com", "mail", NIGHT, {"ru": 4, "en": 2}, 8.0),
    Manager("Инна Громова", "inna.gromova@example.com", "default", EARLY, {"ru": 5, "en": 3}),
    Manager("Кирилл Зайцев", "kirill.zaitsev@example.com", "default", DAY, {"ru": 5}, 14.0),
    Manager("Лидия Панова", "lidia.panova@example.com", "default", EVENING, {"ru": 5, "en": 4}),
    Manager("Максим Юдин", "maxim.yudin@example.com", "default", NIGHT, {"ru": 4, "en": 4}),
)

SOURCES = (
    Source(
        "sample-tilda",
        "tilda",
        "default",
        {"api_key": "sample-tilda-key"},
        {"utm_source": "site", "utm_medium": "form"},
    ),
    Source(
        "sample-typeform",
        "typeform",
        "default",
        {"secret": "sample-typeform-secret"},
        {"utm_source": "quiz", "utm_medium": "form"},
    ),
    Source(
        "sample-mango",
        "mango",
        "calls",
        {"api_key": "sample-mango-key", "api_salt": "sample-mango-salt"},
    ),
    Source("sample-twilio", "twilio", "calls", {"auth_token": "sample-twilio-token"}),
    Source(
        "sample-postmark",
        "postmark",
        "mail",
        {"username": "sample-postmark", "password": "sample-postmark-password"},
    ),
    Source("sample-generic", "generic-json", "default", {"secret": "sample-generic-secret"}),
)


def on_duty(hour: int) -> tuple[Manager, ...]:
    """Who works at this hour (0–23) of the company's zone: at least one in every pool."""
    return tuple(manager for manager in MANAGERS if manager.on_duty(hour))
