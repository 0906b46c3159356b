"""The workspace's contact policy: looked at, and set."""

from collections.abc import Iterator

from twincast.domain.channels import CHANNELS
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.policies import DEFAULT_POLICY, MOST_CAPS, MOST_RATIO, ContactPolicy, cap_problem, ratio_problem
from twincast.usecases.audit import record
from twincast.usecases.context import Context


def current(ctx: Context) -> ContactPolicy:
    """Return the contact policy; the default where none was set."""
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.policies.current() or DEFAULT_POLICY


def put(ctx: Context, policy: ContactPolicy) -> ContactPolicy:
    """Set the contact policy in place of the one there is. It flags what is tested from now on, and changes no number.

    Raises:
        InvalidInput: naming `quiet_hours`, `unsubscribe_ratio` or each cap that is not right.
    """
    problems = list(_problems(policy))
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.writing(ctx.workspace) as unit:
        unit.policies.put(policy)
        record(unit, ctx, "policy.set", "contact-policy", {"caps": len(policy.caps)})
        ctx.keep(unit, policy)
        unit.commit()
    return policy


def _problems(policy: ContactPolicy) -> Iterator[FieldProblem]:
    if policy.quiet is not None:
        start, end = policy.quiet
        if not (0 <= start <= 23 and 0 <= end <= 23 and start != end):
            allowed = "two different hours from 0 to 23, or null for no quiet hours"
            yield FieldProblem(field="quiet_hours", message=f"{start} to {end} is not allowed", allowed=allowed)
    wrong = ratio_problem(policy.unsubscribe_ratio)
    if wrong is not None:
        allowed = f"above 0, at most {MOST_RATIO:g}, or null for no limit"
        yield FieldProblem(field="unsubscribe_ratio", message=wrong, allowed=allowed)
    if len(policy.caps) > MOST_CAPS:
        message = f"has {len(policy.caps)} entries"
        yield FieldProblem(field="caps", message=message, allowed=f"at most {MOST_CAPS}")
    for place, cap in enumerate(policy.caps[:MOST_CAPS]):
        wrong = cap_problem(cap)
        if wrong is not None:
            yield FieldProblem(field=f"caps[{place}]", message=wrong)
        if cap.channel is not None and cap.channel not in CHANNELS:
            message, allowed = f"{cap.channel[:40]!a} is not known", f"one of: {', '.join(CHANNELS)}"
            yield FieldProblem(field=f"caps[{place}].channel", message=message, allowed=allowed)
