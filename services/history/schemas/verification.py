"""What verifying the timeline answers."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from services.history.domain.chains import Difference
from services.history.repository.chain.verifying import DayRoot
from services.history.use_cases.chain.verify import DayVerification, Verification
from shared.web.pagination import Page, encode_cursor


class DifferenceOut(BaseModel):
    """The first place that differs from what was sealed, in the chain of `subject`, a lead or a
    contact. `fault`: `changed`, the entry is not what it was; `missing`, entry or link are gone;
    `added`, it was never sealed; `reordered`, the entry is as it was but its link is not.
    """

    fault: str
    subject: UUID | None
    number: int | None
    event_id: UUID | None

    @classmethod
    def of(cls, difference: Difference | None) -> Self | None:
        if difference is None:
            return None
        return cls(
            fault=difference.fault,
            subject=difference.subject,
            number=difference.number,
            event_id=difference.event_id,
        )


class VerificationOut(BaseModel):
    """`verified` links of this call stand as they were sealed. With `next_cursor` there are more to
    verify; `waiting` entries, at the end, were written a moment ago and are not sealed yet.
    """

    intact: bool
    verified: int
    waiting: int
    difference: DifferenceOut | None
    next_cursor: str | None

    @classmethod
    def of(cls, verification: Verification) -> Self:
        place = verification.next_place
        return cls(
            intact=verification.difference is None,
            verified=verification.verified,
            waiting=verification.waiting,
            difference=DifferenceOut.of(verification.difference),
            next_cursor=encode_cursor(*place) if place else None,
        )


class DayRootOut(BaseModel):
    """A day of UTC. `root` is the Merkle root over the roots of its seals, in hex; `hash` pins it
    together with all days before it: whoever keeps it outside can prove what was there.
    """

    day: date
    links: int
    first_seal: int
    last_seal: int
    root: str
    hash: str
    closed_at: datetime

    @classmethod
    def of(cls, day: DayRoot) -> Self:
        return cls(
            day=day.day,
            links=day.links,
            first_seal=day.first_seal,
            last_seal=day.last_seal,
            root=day.root.hex(),
            hash=day.hash.hex(),
            closed_at=day.closed_at,
        )


class DayRootPage(Page[DayRootOut]):
    """Days with their roots, the latest first."""


class DayVerificationOut(BaseModel):
    """`verified` links of this call stand as they were sealed; a difference lies in `seal`. At the
    end of the day `root_kept` tells whether its root comes out the same, null before that.
    """

    day: DayRootOut
    intact: bool
    verified: int
    difference: DifferenceOut | None
    seal: int | None
    root_kept: bool | None
    next_cursor: str | None

    @classmethod
    def of(cls, verification: DayVerification) -> Self:
        seal = verification.next_seal
        return cls(
            day=DayRootOut.of(verification.day),
            intact=verification.difference is None and verification.is_root_kept is not False,
            verified=verification.verified,
            difference=DifferenceOut.of(verification.difference),
            seal=verification.seal,
            root_kept=verification.is_root_kept,
            next_cursor=encode_cursor(seal) if seal is not None else None,
        )
