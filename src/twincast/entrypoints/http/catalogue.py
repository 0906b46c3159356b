"""Addresses to look things up: what can be asked for and said."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.channels import CHANNELS, OPENING, SPELLINGS
from twincast.domain.fields import CATALOGUE, COMPARISON_FIELDS, DEFAULT_FIELDS, VARIANT_PREFERENCE
from twincast.domain.interventions import RESPONSES, TYPES
from twincast.domain.objectives import DEFAULT_OBJECTIVE, OBJECTIVES
from twincast.domain.preferences import DRIVERS
from twincast.domain.timings import DAYPARTS, QUIET_HOURS, WEEKDAYS
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import entered
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import catalogue
from twincast.wire.catalogue import (
    Channel,
    Channels,
    Daypart,
    FieldCatalogue,
    InterventionType,
    InterventionTypes,
    MessageTemplates,
    Objectives,
    PredictionField,
    RecordField,
    Timings,
    Trait,
    TraitCatalogue,
)

router = APIRouter(tags=["catalogue"])
GRAMMAR = "<weekday>_<daypart> (friday_morning), either part alone, or ISO 8601 (2026-03-06T09:30)"


@router.get("/fields", **address("List fields", FieldCatalogue, scope="read"))
async def fields(request: Request) -> Response:
    """Return every field that can be predicted, its definition and spellings, and every field of a record."""
    entered(request, "read")
    predicted = [
        PredictionField(
            name=it.name,
            kind=it.kind,
            unit=it.unit,
            meaning=it.meaning,
            aliases=list(it.aliases),
            compared=it.compared,
            stated=it.stated,
        )
        for it in CATALOGUE
    ]
    known = [
        RecordField(
            path=it.path, kind=it.kind, unit=it.unit, meaning=it.meaning, aliases=list(it.aliases), feeds=list(it.feeds)
        )
        for it in catalogue.record_fields()
    ]
    return rendered(
        FieldCatalogue(
            predictions=predicted,
            default=list(DEFAULT_FIELDS),
            comparison_default=list(COMPARISON_FIELDS),
            comparison_only=[VARIANT_PREFERENCE],
            record=known,
        )
    )


@router.get("/traits", **address("List traits", TraitCatalogue, scope="read"))
async def traits(request: Request) -> Response:
    """Return the traits that are understood, and the words for key drivers."""
    entered(request, "read")
    known = [
        Trait(name=it.name, meaning=it.meaning, aliases=list(it.synonyms), shifts=dict(it.shifts))
        for it in catalogue.traits()
    ]
    return rendered(TraitCatalogue(traits=known, drivers=sorted(DRIVERS.values())))


@router.get("/intervention-types", **address("List types of intervention", InterventionTypes, scope="read"))
async def intervention_types(request: Request) -> Response:
    """Return the known types; others are read as `custom`, with a warning."""
    entered(request, "read")
    types = [InterventionType(name=name, channel=channel) for name, channel in TYPES.items()]
    return rendered(InterventionTypes(types=types, responses=list(RESPONSES)))


@router.get("/templates", **address("List templates of messages", MessageTemplates, scope="read"))
async def templates(request: Request) -> Response:
    """Return messages for common occasions: their slots, how they read, and what is predicted there."""
    entered(request, "read")
    return rendered(MessageTemplates.of(catalogue.message_templates()))


@router.get("/objectives", **address("List objectives", Objectives, scope="read"))
async def objectives(request: Request) -> Response:
    """Return what a message can aim at, by every accepted name."""
    entered(request, "read")
    return rendered(Objectives.of(OBJECTIVES, DEFAULT_OBJECTIVE))


@router.get("/channels", **address("List channels", Channels, scope="read"))
async def channels(request: Request) -> Response:
    """Return all channels and their spellings."""
    entered(request, "read")
    known = [
        Channel(
            name=name,
            aliases=[spelling for spelling, meant in SPELLINGS.items() if meant == name],
            has_opens=name in OPENING,
        )
        for name in CHANNELS
    ]
    return rendered(Channels(channels=known))


@router.get("/timings", **address("Say how a timing is written", Timings, scope="read"))
async def timings(request: Request) -> Response:
    """Return the grammar of timings, and the hours behind its words."""
    entered(request, "read")
    parts = [Daypart(name=name, from_hour=start, to_hour=end) for name, (start, end) in DAYPARTS.items()]
    return rendered(Timings(grammar=GRAMMAR, weekdays=list(WEEKDAYS), dayparts=parts, quiet_hours=QUIET_HOURS))
