"""The company's time during the demo: a day that passes `speed` times as fast as ours."""

import asyncio
import time
from dataclasses import dataclass, field

from deploy.embedded.demo.plan import DAY_SECONDS, HOUR


@dataclass(eq=False)
class Day:
    """Counts from the company's midnight; it goes on past the next one until work is done."""

    speed: float
    began: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        return (time.monotonic() - self.began) * self.speed

    def hour(self) -> int:
        return int(self.seconds() % DAY_SECONDS // HOUR)

    def is_over(self) -> bool:
        return self.seconds() >= DAY_SECONDS

    def clock(self) -> str:
        minutes = int(self.seconds() // 60)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"

    async def until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, (moment - self.seconds()) / self.speed))

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
