"""Finding a twin by what people call it: its own id, or the customer's."""

from twincast.domain.errors import UnknownTwin, UnknownVersion
from twincast.domain.ids import CustomerId, TwinId, twin_id_of
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.usecases.context import Context

_SHOWN = 80


def find(unit: UnitOfWork, reference: str, version: int | None = None) -> Twin:
    """Return a twin by its id or by the customer's; a twin's own id wins where both could be meant.

    Args:
        unit: where to look.
        reference: `twin_cust_12345` or `cust_12345`.
        version: which version; None for the newest.

    Raises:
        UnknownTwin: there is none in this workspace.
        UnknownVersion: there is one, but not in that version.
    """
    newest = next((twin for twin_id in candidates(reference) if (twin := unit.twins.get(twin_id))), None)
    if newest is None:
        shown = ascii(reference)[1:-1] if not reference.isprintable() else reference
        raise UnknownTwin(
            f"There is no twin '{shown[:_SHOWN]}' in this workspace. Create it from the customer's record first."
        )
    if version is None or version == newest.version:
        return newest
    found = unit.twins.get(newest.id, version) if 0 < version < newest.version else None
    if found is None:
        raise UnknownVersion(f"The twin '{newest.id}' has the versions 1 to {newest.version}, not {version}.")
    return found


def candidates(reference: str) -> tuple[TwinId, ...]:
    """Return the twins' ids that a reference can mean, the likelier first; none for text that is no id."""
    if not reference or not is_text(reference):
        return ()
    return TwinId(reference), twin_id_of(CustomerId(reference))


def is_text(given: str) -> bool:
    """Whether a store can look for it: half of a surrogate pair is no text, and no id."""
    return not any("\ud800" <= character <= "\udfff" for character in given)


def still_there(unit: UnitOfWork, ctx: Context, twin: Twin) -> None:
    """Check, in the change that will speak of a twin, that nobody erased the person since it was read.

    Raises:
        UnknownTwin: the person was erased in the meantime; nothing may be stored about her, or kept of her.
    """
    if not unit.twins.has(twin.id, twin.version):
        ctx.engine.forget()
        raise UnknownTwin(f"The twin '{twin.id}' was erased while this was being computed; nothing was stored.")
