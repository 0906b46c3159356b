"""A million outcomes, from what is stored to what answers, in the memory of a small machine."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twincast.bootstrap.container import open_context
from twincast.bootstrap.settings import read_settings
from twincast.domain.interventions import Intervention
from twincast.usecases import outcomes, twins
from twincast.usecases.observations import Observation

FIRST = datetime(2025, 3, 1, 9, tzinfo=UTC)
AT_ONCE = 5_000
LEARN = """
import resource, sys
from twincast.bootstrap.container import open_context
from twincast.bootstrap.settings import read_settings
from twincast.usecases import learning
with open_context(read_settings(database=sys.argv[1])) as ctx:
    version = learning.learn(ctx, exact=True)
print(version.outcomes["visit"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def records(rng: np.random.Generator, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Customers with a history and a dozen further attributes."""
    for number in range(first, last):
        further = {f"answer_{k}": float(rng.integers(0, 9)) for k in range(8)}
        yield {
            "customer_id": f"c{number}",
            "history": {
                "total_purchases": int(rng.poisson(4.0)),
                "total_spent": round(float(rng.gamma(2.0, 60.0)), 2),
                "last_purchase_date": f"2025-02-{1 + number % 28:02}",
            },
            "loyalty": {"tier": ("gold", "silver", "bronze")[number % 3], "store": f"branch {number % 40}"},
            **further,
        }


def filled(database: str, customers: int, campaigns: int) -> None:
    """Store the customers, and for each campaign what each of them did, mailed or not by chance."""
    rng = np.random.default_rng(1)
    with open_context(read_settings(database=database)) as ctx:
        for start in range(0, customers, AT_ONCE):
            twins.save_many(ctx, list(records(rng, start, min(start + AT_ONCE, customers))), as_of=date(2025, 3, 1))
        for campaign in range(campaigns):
            text = f"{10 + campaign}% off all coffee this week"
            mail = Intervention(type="promotional_email", channel="email", content=text, response="visit")
            for start in range(0, customers, AT_ONCE):
                told = [
                    Observation(
                        event_id=f"e{campaign}-{number}",
                        customer=f"c{number}",
                        sent_at=FIRST + timedelta(days=10 * campaign),
                        kind="visit",
                        value=float(rng.random() < 0.1),
                        propensity=0.5,
                        place=number - start,
                        **({"intervention": mail} if rng.random() < 0.5 else {"contacted": False}),
                    )
                    for number in range(start, min(start + AT_ONCE, customers))
                ]
                outcomes.add(ctx, told)


@pytest.mark.parametrize(
    ("customers", "campaigns"),
    [pytest.param(200, 2, marks=pytest.mark.slow), pytest.param(100_000, 10, marks=pytest.mark.soak)],
)
def test_outcomes_fit_in_four_gigabytes(tmp_path: Path, customers: int, campaigns: int) -> None:
    database = str(tmp_path / "shop.db")
    filled(database, customers, campaigns)
    done = subprocess.run([sys.executable, "-c", LEARN, database], capture_output=True, text=True, check=True)
    count, gigabytes = done.stdout.split()
    assert int(count) == customers * campaigns
    assert float(gigabytes) < 4.0, gigabytes
