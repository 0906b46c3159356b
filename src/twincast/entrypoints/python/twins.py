"""What adding customers answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twincast.domain.ids import TwinId


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What became of the customers.

    Attributes:
        created, changed, unchanged: how many twins were new, got another version, or stayed as they were.
        twin_ids: the twins, in the order of the customers.
    """

    created: int
    changed: int
    unchanged: int
    twin_ids: Sequence[TwinId] = field(repr=False)

    def __len__(self) -> int:
        return len(self.twin_ids)
