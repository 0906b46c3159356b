"""Whether the service lives, whether it can work, and which versions it is made of."""

from typing import Literal

from twincast.wire.shapes import Answer


class Health(Answer):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Answer):
    """Whether requests can be served, part by part."""

    status: Literal["ready", "not ready"]
    store: str


class VersionInfo(Answer):
    """What this service is made of."""

    version: str
    api: str
    model: str
    prior: str
    reading: str
