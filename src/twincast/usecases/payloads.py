"""What would be sent to a language model about a customer, shown before anything is."""

from dataclasses import replace

from twincast.domain.chats import Checked, Payload, Unsaid
from twincast.domain.errors import Misconfigured
from twincast.domain.interventions import Intervention
from twincast.reading.conversations import Spoken, reply_prompt
from twincast.reading.interventions import read_intervention
from twincast.usecases.answers import answer
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.pasts import past_of
from twincast.usecases.subjects import subject_met, until_of
from twincast.usecases.trials import TrialRequest, settings_of
from twincast.usecases.visits import visit
from twincast.usecases.words import Cell, prompt_of


def payload(ctx: Context, reference: str, intervention: Intervention) -> Payload:
    """Return exactly what would be sent to a language model about a customer and a message; nothing is sent.

    Raises:
        UnknownTwin: there is none in this workspace.
        ProfilingRefused: the customer opted out: nothing would be sent.
        InvalidInput, TooLarge: the message can not be read.
    """
    request = TrialRequest(twin=reference, intervention=intervention)
    settings = settings_of(ctx, request)
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        met = visit(replace(ctx, require_session=False), unit, reference, None)
        subject = subject_met(ctx, unit, met, None, intervention.at, now)
        past = past_of(unit, met, subject.memory, until_of(met, None, intervention.at, subject.now))
        within = answering(ctx, unit)
    item = read_intervention(intervention, currency=subject.currency)
    (answered,) = answer(within.engine, subject, (item,), settings)
    cell = Cell(twin=met.twin, session=met.session.id, answered=answered, past=past)
    (prompt, removed), summary = prompt_of(cell), cell.summary
    return Payload(
        prompt=f"{prompt.name}/{prompt.version}",
        model=None if ctx.chat is None else ctx.chat.name,
        system=prompt.system,
        user=prompt.user,
        summary=None if summary is None else summary.user,
        removed=removed,
    )


def check(ctx: Context) -> Checked:
    """Ask the language model once about nobody, and say whether it answered as it should.

    Raises:
        Misconfigured: there is none.
    """
    if ctx.chat is None:
        raise Misconfigured("No language model is configured: name one with --llm or in TWINCAST_LLM.")
    nobody = Spoken(
        record={"profile": {"about": "nobody: a check"}},
        ids=(),
        message=f"20% off tea this weekend. ({ctx.ids.new('check_')})",  # never the same twice: it must not be kept
        channel="email",
        decision="I may have a look. I might buy something, but more likely not.",
    )
    (said,) = ctx.chat.ask(ctx.workspace, [reply_prompt(nobody)[0]])
    with ctx.store.reading(ctx.workspace) as unit:
        last = next(iter(unit.usage.newest(None, 1).items), None) if said.calls else None
    return Checked(
        model=ctx.chat.name,
        problem=said.code if isinstance(said, Unsaid) else None,
        detail=said.detail if isinstance(said, Unsaid) else None,
        calls=said.calls,
        seconds=None if last is None else last.seconds,
        tokens=None if last is None else last.tokens,
        usd=None if last is None else last.usd,
    )
