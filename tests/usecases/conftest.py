"""The shop that tests and comparisons run in."""

from itertools import product

import pytest

from tests.usecases.shop import CUSTOMERS, EVERY_FIELD, MESSAGES, asking, open_shop
from twincast.domain.trials import Trial
from twincast.usecases import trials
from twincast.usecases.context import Context


@pytest.fixture
def shop() -> Context:
    """All customers, in memory."""
    return open_shop()


CELLS = list(product([customer["customer_id"] for customer in CUSTOMERS], range(len(MESSAGES))))


@pytest.fixture(scope="session")
def answers() -> dict[tuple[str, int], Trial]:
    """Every field of every message to every customer."""
    ctx = open_shop()
    return {(twin, at): trials.run(ctx, asking(twin, MESSAGES[at], predict=EVERY_FIELD)) for twin, at in CELLS}
