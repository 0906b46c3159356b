"""Keyed random streams: the same keys give the same numbers, whatever was drawn before or beside."""

from hashlib import blake2b

import numpy as np


def stream(seed: int, *keys: str | int) -> np.random.Generator:
    """Return a generator that depends on the seed and the keys alone.

    Args:
        seed: the caller's seed.
        keys: what the numbers are for, for example ("send", digest of the message).
    """
    return np.random.Generator(np.random.Philox(key=int.from_bytes(_digest(seed, *keys), "little")))


def uniform(seed: int, *keys: str | int) -> float:
    """Return one number in [0, 1) that depends on the seed and the keys alone, a hundred times as fast as by a stream.

    Args:
        seed, keys: as in `stream`, whose numbers are others.
    """
    return (int.from_bytes(_digest(seed, "uniform", *keys)[:7], "little") >> 3) / 2.0**53


def _digest(seed: int, *keys: str | int) -> bytes:
    named = [f"{type(key).__name__}:{key}".encode("utf-8", "surrogatepass") for key in (seed, *keys)]
    # each with its length before it, so that no text can be cut in two ways
    return blake2b(b"".join(b"%d:%b" % (len(name), name) for name in named), digest_size=16).digest()
