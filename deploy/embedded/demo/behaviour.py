"""What a manager will do with a lead: pure, decided by the seed and the inquiry, never by timing.

Delays are seconds of the company's day.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from deploy.embedded.demo.people import AFTER_A_TALK, WORDS_OF_LOSS

Ending = Literal["won", "lost", "open"]
MINUTE = 60.0
DECLINED_SHARE = 0.06
WON_SHARE, LOST_SHARE = 0.34, 0.60  # the rest stays in work when the day ends
NOTED_SHARE = 0.5
DECLINE_REASONS = ("обед", "не мой профиль", "занят на встрече")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The story of one lead in the hands of whoever owns it."""

    declined_first: str | None
    accept_after: float
    touch_after: float
    touch: Literal["call", "mail"]
    noted: bool
    words: str
    stage_after: float
    stages: int
    close_after: float
    ending: Ending
    amount: int
    loss_reason: str


def chance(seed: int, *parts: object) -> float:
    """A number from 0 to 1 that follows from its arguments alone."""
    text = "\x1f".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / (1 << 56)


def behaviour(seed: int, external_id: str, *, channel: str) -> Behaviour:
    """How the lead that this inquiry opened will be worked."""

    def draw(what: str) -> float:
        return chance(seed, external_id, what)

    def pick(what: str, words: tuple[str, ...]) -> str:
        return words[int(draw(what) * len(words))]

    end = draw("ending")
    ending: Ending = (
        "won" if end < WON_SHARE else "lost" if end < WON_SHARE + LOST_SHARE else "open"
    )
    return Behaviour(
        declined_first=pick("reason", DECLINE_REASONS)
        if draw("decline") < DECLINED_SHARE
        else None,
        accept_after=(0.3 + 3.0 * draw("accept") ** 3) * MINUTE,
        touch_after=(1 + 14 * draw("touch") ** 2) * MINUTE,
        touch="mail" if channel == "email" else "call",
        noted=draw("note") < NOTED_SHARE,
        words=pick("words", AFTER_A_TALK),
        stage_after=(5 + 25 * draw("stage")) * MINUTE,
        stages=int(draw("stages") * 3),
        close_after=(10 + 80 * draw("close")) * MINUTE,
        ending=ending,
        amount=100 * int(80 + 2_400 * draw("amount") ** 2),
        loss_reason=pick("loss", WORDS_OF_LOSS),
    )
