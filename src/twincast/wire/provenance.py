"""What made a result."""

from twincast.domain.predictions import Provenance as ProvenanceValue
from twincast.wire.shapes import Answer, Plain


class Provenance(Answer):
    """What made the result: equal provenance, equal numbers."""

    model: str
    prior: str
    reading: str
    twin_digest: str
    message_digest: str | None
    seed: int
    software: str
    memory_digest: str | None
    policy_digest: str | None
    zone: str | None
    heard_digest: str | None

    @staticmethod
    def plain(made_by: ProvenanceValue) -> Plain:
        """Render it."""
        return {
            "model": made_by.model,
            "prior": made_by.prior,
            "reading": made_by.reading,
            "twin_digest": made_by.twin_digest,
            "message_digest": made_by.message_digest,
            "seed": made_by.seed,
            "software": made_by.software,
            "memory_digest": made_by.memory_digest,
            "policy_digest": made_by.policy_digest,
            "zone": made_by.zone,
            "heard_digest": made_by.heard_digest,
        }
