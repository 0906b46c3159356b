"""The HTTP app: its routes, its middleware, its description. `create_app` is what a server is given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from twincast import __version__
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings, read_settings
from twincast.entrypoints.http import (
    allocations,
    archives,
    audit,
    backtests,
    batches,
    calibrations,
    catalogue,
    comparisons,
    describing,
    disclosures,
    docs,
    estimates,
    experiments,
    exports,
    extractions,
    histories,
    imports,
    interactions,
    jobs,
    logs,
    operations,
    optimizations,
    outcomes,
    personas,
    policies,
    problems,
    readouts,
    segments,
    sensitivity,
    sequences,
    sessions,
    surveys,
    trials,
    twins,
    usage,
    validations,
    warm,
    webhooks,
)
from twincast.entrypoints.http.describing import API
from twincast.entrypoints.http.door import Door
from twincast.entrypoints.http.limits import BodyLimit
from twincast.entrypoints.http.watch import Watch


def create_app(settings: Settings | None = None, parts: Parts | None = None) -> FastAPI:
    """Return the app, ready to serve.

    Args:
        settings: None for those of the environment.
        parts: what it works with; None to open what the settings name, and to close it when the server stops.

    Raises:
        Misconfigured: the database can not be opened, or the service would be open to other machines without a key.
    """
    settings = settings or read_settings()
    opened = parts or open_parts(settings)
    try:
        door = Door(opened, settings)
    except Exception:
        if parts is None:
            opened.close()
        raise

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        logs.set_up(settings.log_level)
        warm.up(opened)
        try:
            with warm.settled():
                yield
        finally:
            logs.take_down()
            if parts is None:
                opened.close()

    app = FastAPI(
        title="Twincast",
        version=__version__,
        description=describing.DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # `docs` serves it
        docs_url=None,  # its page would load scripts from elsewhere: ours is `docs`
        redoc_url=None,
    )
    app.state.door = door
    # Addresses are tried in this order: first what is called most; imports before twins, whose ids could be any word.
    for room in (
        trials,
        comparisons,
        optimizations,
        sequences,
        batches,
        allocations,
        exports,
        interactions,
        sessions,
        archives,
        extractions,
        imports,
        twins,
        histories,
        personas,
        validations,
        outcomes,
        backtests,
        experiments,
        readouts,
        policies,
        segments,
        jobs,
        webhooks,
        catalogue,
        calibrations,
        estimates,
        usage,
        surveys,
        sensitivity,
        disclosures,
        audit,
        operations,
    ):
        app.include_router(room.router, prefix=API)
    app.include_router(operations.router, include_in_schema=False)
    app.include_router(docs.router)
    problems.install(app)
    describing.install(app)
    tables = (imports, outcomes, archives, backtests, batches, allocations)
    uploads = [path for room in tables for path in room.UPLOADS]
    large = [path for room in (batches, allocations, experiments, readouts) for path in room.LARGE]
    limits = dict.fromkeys(uploads, settings.max_upload) | dict.fromkeys(large, settings.max_batch)
    app.add_middleware(BodyLimit, most=settings.max_body, other=limits)
    app.add_middleware(Watch, metrics=door.metrics)  # added last, so it stands around everything else
    return app
