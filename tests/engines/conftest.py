"""One engine after the other, for every test that asks for one."""

import pytest

from tests.engines.plugs import ENGINES
from twincast.ports.engines import Engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()
