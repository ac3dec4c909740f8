"""The order: what a playbook is asked to do, checked before anything is touched, with references in place of secrets."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from agent.words.secret import Secret

_REFERENCE = re.compile(r"vault:[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class _Reference:
    """Tells pydantic how a secret looks in an order: as ``vault:name`` on the way in and on the way out."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(lambda secret: secret.reference)
        )

    @staticmethod
    def read(value: object) -> Secret:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
            raise ValueError("must be a reference such as vault:contoso/win-pro; store the value with 'keyturn key add'")

        def unresolved() -> str:
            raise LookupError("this order was not resolved against a vault")

        return Secret(unresolved, "secret", value)


SecretReference = Annotated[Secret, _Reference]
"""The type of an order's field that names a secret: text ``vault:…`` outside, a :class:`Secret` inside."""


class Order(BaseModel):
    """What every playbook's order shares; a playbook adds its own fields.

    ``target`` names what the run claims, so that two runs never work on one thing; by default the device.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    @property
    def reference(self) -> str:
        """Ours, the same for equal orders: what notes, mails and files made for this order are found by."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"kt-{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    @property
    def target(self) -> str:
        """What this order works on, as ``kind:name``."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it works on")
