"""The environment variables that the launcher gives to the services."""

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.state import Folder

SERVICES = ("intake", "routing", "history", "kpi")
STORES = ("DATABASE_URL", "KAFKA_")
ROOT = Path(__file__).resolve().parents[2]


def for_all(
    folder: Folder,
    postgres: PrivatePostgres,
    *,
    port: int,
    kafka: str | None,
    outer: Mapping[str, str],
) -> dict[str, str]:
    """What all processes share. A public URL, sources file or country in `outer` stays."""
    base = f"http://127.0.0.1:{port}"
    own = {
        "LEADFLOW_KAFKA": kafka or "",
        "LEADFLOW_KEYS_FILE": str(folder.mint.public),
        "LEADFLOW_SERVICE_TOKEN_FILE": str(folder.mint.service_token),
        "INTAKE_SEALING_KEYS_FILE": str(folder.sealing_keys),
        "ROUTING_SEALING_KEYS_FILE": str(folder.sealing_keys),
        "KPI_SEALING_KEYS_FILE": str(folder.sealing_keys),
        "LEADFLOW_READY_FILE": str(folder.ready),
        "LEADFLOW_DATABASE_FOLDER": str(postgres.data),
        **{f"LEADFLOW_{service.upper()}_URL": f"{base}/{service}" for service in SERVICES},
        **{
            f"{service.upper()}_DATABASE_URL": postgres.url(service, service)
            for service in SERVICES
        },
    }
    defaults = {"LEADFLOW_PUBLIC_URL": base, "LEADFLOW_SOURCES": str(folder.sources)}
    return {**defaults, **outer, **own}


def for_worker(
    environment: Mapping[str, str], service: str, *, kafka_password: str
) -> dict[str, str]:
    """A worker gets the URL of its own database only, and its own Kafka user."""
    foreign = {f"{other.upper()}_DATABASE_URL" for other in SERVICES if other != service}
    variables = {name: value for name, value in environment.items() if name not in foreign}
    own = {"USER": service, "PASSWORD": kafka_password}
    return variables | {f"{service.upper()}_KAFKA_{name}": value for name, value in own.items()}


def inherited() -> dict[str, str]:
    """Our own environment, without another installation's databases and log."""
    foreign = [f"{service.upper()}_{store}" for service in SERVICES for store in STORES]
    foreign += ["LEADFLOW_KAFKA"]
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(tuple(foreign))
    }
    return {**variables, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
