"""Twincast: digital twins of customers that answer a message before it is sent."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twincast.entrypoints.python.embedded import Twincast

__version__ = "0.1.0"
__all__ = ["Twincast", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the embedded interface when it is asked for: `import twincast` alone imports neither numpy nor anything."""
    if name == "Twincast":
        return import_module("twincast.entrypoints.python.embedded").Twincast
    raise AttributeError(f"module 'twincast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
