"""What the door is measured against: an echo that stores nothing, an ORM session per request.

`python -m benchmarks.rivals echo|orm PORT`; the ORM reads RIVAL_DATABASE_URL.
"""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, func
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.ids import new_id


class Contact(BaseModel):
    name: str | None = None
    phones: list[str] = []
    emails: list[str] = []


class Lead(BaseModel):
    """The body both rivals validate: the native inquiry, reduced."""

    channel: str
    external_id: str | None = None
    contact: Contact = Contact()
    text: str | None = None
    campaign: dict[str, str] = {}
    fields: dict[str, str] = {}


class Base(DeclarativeBase):
    pass


class LeadRow(Base):
    __tablename__ = "rival_leads"

    lead_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


def echo() -> FastAPI:
    """FastAPI that validates and answers, and stores nothing."""
    app = FastAPI()

    @app.post("/leads", status_code=202)
    async def post(lead: Lead) -> dict[str, str | None]:
        return {"receipt_id": lead.external_id}

    return app


def orm(database_url: str) -> FastAPI:
    """FastAPI with an ORM session per request, committed before the answer."""
    engine = create_async_engine(database_url, pool_size=20, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.post("/leads", status_code=202)
    async def post(lead: Lead) -> dict[str, str]:
        async with sessions() as session:
            row = LeadRow(external_id=lead.external_id, body=lead.model_dump())
            session.add(row)
            await session.commit()
        return {"receipt_id": str(row.lead_id)}

    return app


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rivals",
        description="One of the servers that intake_door compares the door with.",
    )
    parser.add_argument("kind", choices=["echo", "orm"])
    parser.add_argument("port", type=int)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    app = echo() if arguments.kind == "echo" else orm(os.environ["RIVAL_DATABASE_URL"])
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
