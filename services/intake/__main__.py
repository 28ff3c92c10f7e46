"""`python -m services.intake api | worker | migrate`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from services.intake.api import create_app
from services.intake.routes.sources_file import SourcesFileError
from services.intake.settings import Settings
from services.intake.worker import worker
from shared.config import ServiceSettings
from shared.process import run
from shared.runtime.loop import Loop


class Intake:
    name = "intake"

    def settings(self) -> ServiceSettings:
        return Settings()

    def app(self, settings: ServiceSettings) -> FastAPI:
        assert isinstance(settings, Settings)
        try:
            return create_app(settings)
        except SourcesFileError as error:
            raise SystemExit(error.detail) from None

    def worker(self, settings: ServiceSettings) -> AbstractAsyncContextManager[Sequence[Loop]]:
        assert isinstance(settings, Settings)
        return worker(settings)


if __name__ == "__main__":
    run(Intake())
