"""`python -m services.kpi api | worker | migrate`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from services.kpi.api import create_app
from services.kpi.settings import Settings
from services.kpi.worker import worker
from shared.config import ServiceSettings
from shared.process import run
from shared.runtime.loop import Loop


class Module:
    name = "kpi"

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
