"""Every engine that must keep the promises of the port; a new one joins here."""

from collections.abc import Callable

from twincast.engines.behavioural import BehaviouralEngine
from twincast.ports.engines import Engine

ENGINES: dict[str, Callable[[], Engine]] = {"behavioural": BehaviouralEngine}
