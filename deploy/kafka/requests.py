"""Requests that aiokafka's own administrator cannot make: lists of grants, users with passwords."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.protocol.admin import (
    CreateAclsRequest_v1,
    DeleteAclsRequest_v1,
    DescribeAclsRequest_v1,
)
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from deploy.kafka.access import Grant

# Numbers of Kafka's protocol.
ANY, LITERAL, ALLOW, SCRAM_SHA_512 = 1, 3, 3, 2
KINDS = {"TOPIC": 2, "GROUP": 3}
OPERATIONS = {"ALL": 2, "READ": 3, "WRITE": 4}
SALT_BYTES = 16
ITERATIONS = 4096  # the least that Kafka takes: our passwords are random, stretching adds nothing

# In Kafka's order: kind, name, pattern, principal, host, operation, permission.
Binding = tuple[int, str, int, str, str, int, int]


def binding(grant: Grant) -> Binding:
    kind, operation = KINDS[grant.kind], OPERATIONS[grant.operation]
    return kind, grant.name, LITERAL, f"User:{grant.user}", "*", operation, ALLOW


class Request:
    """What a client sends, in the one version that every supported broker understands."""

    def __init__(self, struct: Any) -> None:
        self._struct = struct

    def prepare(self, _versions: object) -> Any:
        """Called by aiokafka's connection."""
        return self._struct


def create_grants(bindings: Sequence[Binding]) -> Request:
    return Request(CreateAclsRequest_v1(list(bindings)))


def delete_grants(bindings: Sequence[Binding]) -> Request:
    return Request(DeleteAclsRequest_v1(list(bindings)))


def describe_grants() -> Request:
    """Asks for all that there are."""
    return Request(DescribeAclsRequest_v1(ANY, None, ANY, None, None, ANY, ANY))


class _UsersAnswer(Response):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterUsers(RequestStruct):  # type: ignore[misc]  # aiokafka is untyped
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _UsersAnswer
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(
                ("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)
            ),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


def alter_users(passwords: Mapping[str, str]) -> Request:
    """Makes users, or gives them new passwords."""
    return Request(_AlterUsers([], [_upsertion(*each) for each in passwords.items()], {}))


def _upsertion(user: str, password: str) -> tuple[Any, ...]:
    salt = secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return user, SCRAM_SHA_512, ITERATIONS, salt, salted, {}
