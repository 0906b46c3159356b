"""How documents (trials, comparisons, backtests) are written as JSON, and the ladder that lifts older ones."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Final, Generic, TypeVar

import msgspec

from twincast.domain.allocations import Allocation, AllocationResults
from twincast.domain.backtests import Backtest
from twincast.domain.batches import Batch, BatchResults
from twincast.domain.comparisons import Comparison
from twincast.domain.errors import SchemaMismatch
from twincast.domain.events import real_line
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.interventions import Intervention
from twincast.domain.optimizations import Optimization
from twincast.domain.policies import ContactPolicy
from twincast.domain.predictions import Contribution
from twincast.domain.readouts import Readout
from twincast.domain.segments import Segment
from twincast.domain.trials import Trial

T = TypeVar("T")
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
"""One step of a ladder: the document of one version as plain JSON in, the same of the next version out."""


PACKED: Final = b"z"
"""What a packed document begins with, and JSON never does."""


def unpacked(text: str) -> str:
    """Return a document as JSON text."""
    return zlib.decompress(b64decode(text[1:])).decode() if text.startswith("z") else text


class DocumentFormat(Generic[T]):
    """How one kind of document is written.

    Attributes:
        kind: what it is called in messages.
        newest: version that is written.
        ladder: for each older version the step to the next one.

    What `packs` says yes to is written in less than half of its length, which takes some .08 ms.
    """

    __slots__ = ("_decoder", "_encoder", "_packs", "_shape", "kind", "ladder", "newest")

    def __init__(
        self,
        kind: str,
        shape: type[T],
        *,
        newest: int,
        ladder: Mapping[int, Upgrade],
        packs: Callable[[T], bool] | None = None,
    ) -> None:
        self.kind = kind
        self.newest = newest
        self.ladder = ladder
        self._shape = shape
        self._packs = packs
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(shape)

    def write(self, value: T) -> str:
        """Return a document of the newest version as JSON text, or packed; it is read to the bit."""
        found = self._encoder.encode(value)
        if self._packs is not None and self._packs(value):
            return (PACKED + b64encode(zlib.compress(found, 1))).decode()
        return found.decode()

    def read(self, text: str, version: int) -> T:
        """Return the value in a document of any known version.

        Raises:
            SchemaMismatch: when a later Twincast wrote it.
        """
        text = unpacked(text)
        if version == self.newest:
            return self._decoder.decode(text)
        return msgspec.convert(self.lift(msgspec.json.decode(text), version), self._shape)

    def lift(self, document: dict[str, Any], version: int) -> dict[str, Any]:
        """Return a document as the newest version would have written it."""
        for step in range(version, self.newest):
            if step not in self.ladder:
                break
            document = self.ladder[step](document)
        else:
            if version <= self.newest:
                return document
        raise SchemaMismatch(
            f"A stored {self.kind} has version {version}; this Twincast reads versions up to {self.newest}. "
            "Start the version of Twincast that wrote it, or a later one."
        )


BEFORE_SESSIONS: Final = "sess_before_sessions"
"""The session of each workspace, made by migration 0003, in which everything stands that was tested before."""


def in_a_session(document: dict[str, Any]) -> dict[str, Any]:
    """Return what was tested before there were sessions as tested in one, on a twin that remembered nothing."""
    head = {"branch": real_line(document["twin_id"]).branch, "position": 0}
    settings = {**document["settings"], "dated": not document["created_at"].startswith(document["settings"]["as_of"])}
    return {**document, "session_id": BEFORE_SESSIONS, "head": head, "settings": settings}


def in_rows(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with each contribution as a row, where it was an object with its names."""
    answers = [part["answer"] for part in (document, *document.get("rankings", ())) if "answer" in part]
    for explanation in chain.from_iterable(answer["explanations"] for answer in answers):
        parts = explanation["contributions"]
        explanation["contributions"] = [[part[name] for name in Contribution._fields] for part in parts]
    return document


def without_limit(document: dict[str, Any]) -> dict[str, Any]:
    """Return an allocation of a time when no policy limited unsubscribing: it is not to be judged by one."""
    return {**document, "policy": {**document.get("policy", {}), "unsubscribe_ratio": None}}


def is_spoken(trial: Trial) -> bool:
    """Tell whether a language model was waited for: there is time then to write less."""
    return trial.answer.words is not None


TRIALS: Final = DocumentFormat("test", Trial, newest=3, ladder={1: in_a_session, 2: in_rows}, packs=is_spoken)
COMPARISONS: Final = DocumentFormat("comparison", Comparison, newest=3, ladder={1: in_a_session, 2: in_rows})
OPTIMIZATIONS: Final = DocumentFormat("optimisation", Optimization, newest=1, ladder={})
BACKTESTS: Final = DocumentFormat("backtest", Backtest, newest=1, ladder={})
EXPERIMENTS: Final = DocumentFormat("test plan", ExperimentPlan, newest=1, ladder={})
READOUTS: Final = DocumentFormat("readout", Readout, newest=1, ladder={})
BATCHES: Final = DocumentFormat("batch", Batch, newest=1, ladder={})
BATCH_RESULTS: Final = DocumentFormat("batch's results", BatchResults, newest=1, ladder={})
ALLOCATIONS: Final = DocumentFormat("allocation", Allocation, newest=2, ladder={1: without_limit})
ALLOCATION_RESULTS: Final = DocumentFormat("allocation's results", AllocationResults, newest=1, ladder={})
EXTRACTIONS: Final = DocumentFormat("extraction", Extraction, newest=1, ladder={})
EXTRACTED_ROWS: Final = DocumentFormat("row of an extraction", KeptRow, newest=1, ladder={})
INTERVENTIONS: Final = DocumentFormat("intervention", Intervention, newest=1, ladder={})
SEGMENTS: Final = DocumentFormat("segment", Segment, newest=1, ladder={})
POLICIES: Final = DocumentFormat("contact policy", ContactPolicy, newest=1, ladder={})
