"""`python -m services.routing api | worker | migrate`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from services.routing.api import create_app
from services.routing.settings import Settings
from services.routing.worker import worker
from shared.config import ServiceSettings
from shared.process import run
from shared.runtime.loop import Loop


class Module:
    name = "routing"

    def settings(self) -> ServiceSettings:
        return Settings()

    def app(self, settings: ServiceSettings) -> FastAPI:
        assert isinstance(settings, Settings)
        return create_app(settings)

    def worker(self, settings: ServiceSettings) -> AbstractAsyncContextManager[Sequence[Loop]]:
        assert isinstance(settings, Settings)
        return worker(settings)


if __name__ == "__main__":
    run(Module())
