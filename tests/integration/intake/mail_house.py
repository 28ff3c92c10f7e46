"""Intake with its SMTP door, for mails of tests."""

from services.intake.routes.smtp.listener import Listener
from tests.integration.intake.harness import House
from tests.support.waiting import eventually


def listening(house: House) -> Listener:
    assert house.app.smtp is not None
    return house.app.smtp


async def port_of(house: House) -> int:
    async def port() -> int:
        return listening(house).port

    await eventually(port, seconds=10, until=bool, what="the SMTP door listens")
    return listening(house).port
