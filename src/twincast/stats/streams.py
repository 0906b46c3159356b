"""Keyed random streams: the same keys give the same numbers, whatever was drawn before or beside."""

from hashlib import blake2b

import numpy as np


def stream(seed: int, *keys: str | int) -> np.random.Generator:
    """Return a generator that depends on the seed and the keys alone.

    Args:
        seed: the caller's seed.
        keys: what the numbers are for, for example ("send", digest of the message).
    """
    named = [f"{type(key).__name__}:{key}".encode("utf-8", "surrogatepass") for key in (seed, *keys)]
    # each with its length before it, so that no text can be cut in two ways
    digest = blake2b(b"".join(b"%d:%b" % (len(name), name) for name in named), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
