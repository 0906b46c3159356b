"""The store in memory: real transactions without a file, for notebooks and tests. It ends with its process."""

from twincast.storage.memory.store import MemoryStore

__all__ = ["MemoryStore"]
