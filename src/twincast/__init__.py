"""Twincast: digital twins of customers that answer a message before it is sent."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from twincast.entrypoints.python.embedded import Twincast
    from twincast.entrypoints.python.services import (
        PopulationService,
        ResultsExtractor,
        Services,
        SimulationControlService,
        SimulationService,
        ValidationService,
    )
    from twincast.entrypoints.python.tiny import Control, TinyPersonFactory, TinyWorld

__version__ = "0.1.0"
__all__ = [
    "Control", "PopulationService", "ResultsExtractor", "Services", "SimulationControlService", "SimulationService",
    "TinyPersonFactory", "TinyWorld", "Twincast", "ValidationService", "__version__",
]  # fmt: skip

_ROOM: Final = "twincast.entrypoints.python"
_MODULES: Final[dict[str, tuple[str, ...]]] = {
    f"{_ROOM}.embedded": ("Twincast",),
    f"{_ROOM}.services": (
        "PopulationService", "ResultsExtractor", "Services", "SimulationControlService", "SimulationService",
        "ValidationService",
    ),
    f"{_ROOM}.tiny": ("Control", "TinyPersonFactory", "TinyWorld"),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load the embedded interface when it is asked for: `import twincast` alone imports neither numpy nor anything."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'twincast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
