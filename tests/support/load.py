"""An open-loop load of native inquiries, with a ledger of what was acknowledged.

Arrivals keep their rate whatever the answers do; a part of the requests is sent twice on purpose.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from zlib import crc32

from tests.support.quick_http import QuickPoster
from tests.support.stack import Running


@dataclass(frozen=True, slots=True)
class Attempt:
    key: str
    began: float
    seconds: float
    status: int  # 0 = no answer: unknown
    receipt: str | None
    duplicate: bool


@dataclass(eq=False)
class Ledger:
    attempts: list[Attempt] = field(default_factory=list)

    def acknowledged(self) -> dict[str, str]:
        """Key → receipt of everything that got a 2xx."""
        return {
            attempt.key: attempt.receipt
            for attempt in self.attempts
            if 200 <= attempt.status < 300 and attempt.receipt
        }

    def receipts_by_key(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for attempt in self.attempts:
            if attempt.receipt:
                found.setdefault(attempt.key, set()).add(attempt.receipt)
        return found

    def statuses(self, *, since: float = 0.0, until: float = float("inf")) -> dict[int, int]:
        counts: dict[int, int] = {}
        for attempt in self.between(since, until):
            counts[attempt.status] = counts.get(attempt.status, 0) + 1
        return counts

    def between(self, since: float, until: float) -> list[Attempt]:
        return [attempt for attempt in self.attempts if since <= attempt.began < until]

    def quantile(self, part: float, *, since: float = 0.0, until: float = float("inf")) -> float:
        """Seconds from the planned start to the answer at this quantile."""
        waits = sorted(attempt.seconds for attempt in self.between(since, until))
        return waits[min(len(waits) - 1, int(part * len(waits)))]


def inquiry(number: int, *, seed: str) -> dict[str, object]:
    """A believable native inquiry; every number is another person."""
    return {
        "channel": "form",
        "external_id": f"{seed}-{number}",
        "contact": {
            "name": f"Клиент {number}",
            "phones": [f"+7{900 + crc32(seed.encode()) % 99}{number:07d}"],
        },
        "text": "Перезвоните мне, пожалуйста: хочу обсудить заказ.",
        "campaign": {"utm_source": ("yandex", "google", "vk")[number % 3]},
    }


async def load(
    stack: Running,
    *,
    rate: float,
    seconds: float,
    seed: str,
    doubled: float = 0.1,
    ledger: Ledger | None = None,
) -> Ledger:
    """Post for `seconds` at `rate` per second; returns when every answer or failure is in."""
    ledger = Ledger() if ledger is None else ledger
    chance = random.Random(seed)
    tasks: set[asyncio.Task[None]] = set()
    async with QuickPoster(stack.intake, stack.token()) as poster:
        began = time.monotonic()
        number = 0
        while (due := began + number / rate) < began + seconds:
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            for _ in range(2 if chance.random() < doubled else 1):
                task = asyncio.create_task(_post(poster, number, seed=seed, due=due, ledger=ledger))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            number += 1
        await asyncio.gather(*tasks)
    return ledger


async def _post(poster: QuickPoster, number: int, *, seed: str, due: float, ledger: Ledger) -> None:
    key = f"{seed}-{number}"
    status, receipt, duplicate = 0, None, False
    try:
        status, answer = await poster.post(
            "/v1/inquiries", inquiry(number, seed=seed), headers={"Idempotency-Key": key}
        )
        if 200 <= status < 300:
            receipt, duplicate = answer["receipt_id"], answer["duplicate"]
    except OSError:
        pass  # a time-out is one too: nothing is known of this request
    ledger.attempts.append(Attempt(key, due, time.monotonic() - due, status, receipt, duplicate))
