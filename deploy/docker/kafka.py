"""Prepare a Kafka for Leadflow: `apply` makes topics, users and grants, `list` prints the grants.

Both follow the catalogue of events; `apply` may be run again at any time, and must be after an
upgrade or a change of passwords. The list is for clusters whose users are made by other means.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence

from pydantic import SecretStr, ValidationError

from deploy.kafka.access import USERS, grants
from deploy.kafka.administration import set_up
from shared.config import KafkaAddress
from shared.errors import UnavailableError
from shared.messaging.log.kafka.client import KafkaSettings
from shared.observability.logging import set_up_logging


class Settings(KafkaAddress):
    """The administrator's own proof, and the passwords that the services are to have."""

    kafka_user: str
    kafka_password: SecretStr
    intake_kafka_password: SecretStr
    routing_kafka_password: SecretStr
    history_kafka_password: SecretStr
    kpi_kafka_password: SecretStr

    def administrator(self) -> KafkaSettings:
        return KafkaSettings(
            bootstrap=self.kafka,
            user=self.kafka_user,
            password=self.kafka_password.get_secret_value(),
            mechanism=self.kafka_mechanism,
            tls=self.kafka_tls,
            ca_file=self.kafka_ca_file,
        )

    def passwords(self) -> Mapping[str, str]:
        return {user: getattr(self, f"{user}_kafka_password").get_secret_value() for user in USERS}


def main(words: Sequence[str]) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="deploy.docker.kafka")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print who may do what")
    commands.add_parser("apply", help="make topics, users and grants what they should be")
    if parser.parse_args(words).command == "list":
        sys.stdout.writelines(f"{grant.line()}\n" for grant in grants())
        return 0
    try:
        settings = Settings()
        set_up_logging(level="info", form="json")
        asyncio.run(set_up(settings.administrator(), settings.passwords()))
    except ValidationError as error:
        names = ", ".join(".".join(map(str, item["loc"])).upper() for item in error.errors())
        sys.stderr.write(f"The settings are not complete: {names}\n")
        return 2
    except UnavailableError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
