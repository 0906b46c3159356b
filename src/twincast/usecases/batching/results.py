"""What a batch adds up to, gathered from its parts: sums, the choice among variants, insights, homogeneity."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from twincast.domain.batches import UNKNOWN, Batch, BatchResults, Member, VariantResult
from twincast.domain.homogeneity import Homogeneity
from twincast.domain.policies import DEFAULT_POLICY
from twincast.domain.sessions import Session
from twincast.domain.twins import Warning
from twincast.ports.batches import Columns
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import READING
from twincast.response.heads import EXPLAINED_HEADS, RESPONSE_HEADS
from twincast.response.ranking import TARGETS
from twincast.usecases.batching.alike import homogeneity_of
from twincast.usecases.batching.draws import DRAWS, Index, drawn_of, sample, spaced
from twincast.usecases.batching.insights import MOST, insights_of, look_of
from twincast.usecases.batching.pairs import pairs_of
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, REVENUE, engine_of, fields_of
from twincast.usecases.batching.people import People, people_of
from twincast.usecases.batching.rows import everything, failures
from twincast.usecases.batching.summaries import Adding, chosen, reached
from twincast.usecases.context import Context


def results_of(
    ctx: Context,
    unit: UnitOfWork,
    batch: Batch,
    session: Session,
    members: Sequence[Member],
    pieces: Iterable[tuple[int, Columns]],
) -> BatchResults:
    """Add a batch up.

    Args:
        ctx, unit: whose batch, and where its twins are read.
        batch, session: as accepted.
        members: everybody in it who was not erased since.
        pieces: the parts that were computed, in their order.
    """
    engine = engine_of(ctx, unit, batch)
    wanted = dict.fromkeys((*fields_of(batch), *batch.settings.fields.values()))
    everybody = everything(batch, pieces, list(wanted))
    by_position = {member.position: member for member in members}

    def looked_at(rows: Index) -> People:
        found = [by_position[position] for position in everybody.positions[rows].tolist()]
        return people_of(ctx, unit, batch, session, found)

    whom = sample(len(everybody), batch.width)
    people = looked_at(whom)
    whom = whom[np.isin(everybody.positions[whom], people.positions)]  # somebody may have opted out since
    drawable = [field for field in wanted if field in TARGETS]
    drawn = drawn_of(ctx, engine, batch, people, whom, drawable)
    choice, shares = chosen(batch, everybody, drawn)
    adding = Adding(batch, everybody, drawn, _basis(engine, ENGAGEMENT))
    variants = adding.variants(None if shares is None else shares.tolist())
    total, of = adding.whole(choice)
    leading = 0 if choice.leading is None else [it.variant_id for it in variants].index(choice.leading)
    means = None if shares is None else reached(batch, everybody, drawn, REVENUE)
    homogeneity = homogeneity_of(engine, batch, everybody, variants[leading].responses[0], leading, means)
    insights = None
    if batch.settings.analyze:
        look = look_of(engine, batch, looked_at(spaced(len(everybody), MOST)), leading, ctx.zone)
        insights = None if look is None else insights_of(look, leading, unit.policies.current() or DEFAULT_POLICY)
    unknown = sum(member.version == UNKNOWN for member in members)
    made_by = engine.provenance
    return BatchResults(
        tested=len(everybody),
        refused=len(everybody.refused),
        unknown=unknown,
        missing=max(len(members) - unknown - everybody.settled, 0),
        failures=failures(batch, everybody.refused.tolist(), members),
        total=total,
        of=of,
        variants=variants,
        choice=choice,
        pairs=pairs_of(batch, everybody, drawn, adding.basis) if batch.settings.statistics else None,
        insights=insights,
        homogeneity=homogeneity,
        warnings=tuple(_warnings(homogeneity, variants)),
        basis=_basis(engine, variants[leading].responses[0]),
        model=made_by.model,
        prior=made_by.prior,
        reading=READING,
        drawn=len(whom),
        draws=DRAWS,
        completed_at=ctx.clock.now(),
        words=everybody.words,
    )


def _basis(engine: Engine, response: str) -> str:
    """Say what the numbers rest on: the prior, or what was learned, or some on either."""
    heads = {RESPONSE_HEADS.get(response, "visit"), EXPLAINED_HEADS[PURCHASE]}
    return " and ".join(sorted({engine.backing(head).basis for head in heads}))


def _warnings(homogeneity: Homogeneity, variants: Sequence[VariantResult]) -> Iterator[Warning]:
    if homogeneity.alike:
        ratios = ", ".join(f"{it.field} {it.ratio:.2f}" for it in homogeneity.spreads if it.ratio is not None)
        message = (
            f"The twins are more alike than customers are (share of the expected variance: {ratios}): their records "
            "tell little apart, so differences between customers are not to be relied on."
        )
        yield Warning(code="homogeneous-twins", field="digital_twin_ids", message=message)
    responses = sorted({response for variant in variants for response in variant.responses})
    if len(responses) > 1:
        message = (
            f"will_engage means {' and '.join(responses)}; set `response` on each variant to compare like with like."
        )
        yield Warning(code="different-responses", field="intervention_variants", message=message)
