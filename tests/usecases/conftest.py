"""The shop that tests and comparisons run in."""

import pytest

from tests.usecases.shop import open_shop
from twincast.usecases.context import Context


@pytest.fixture
def shop() -> Context:
    """All customers, in memory."""
    return open_shop()
