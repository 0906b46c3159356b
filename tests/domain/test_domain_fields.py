"""The catalogue of fields: what an interval of each may hold."""

import pytest

from twincast.domain.fields import BY_NAME


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("will_purchase", (-0.01, 1.2), (0.0, 1.0)),
        ("expected_revenue", (-0.5, 12.0), (0.0, 12.0)),
        ("items_purchased", (-0.5, 3.0), (0.0, 3.0)),
        ("revenue_impact", (-0.5, 12.0), (-0.5, 12.0)),
        ("lifetime_value_impact", (-0.5, 12.0), (-0.5, 12.0)),
        ("brand_perception_change", (-0.1, 0.1), (-0.1, 0.1)),
    ],
)
def test_an_interval_holds_only_what_the_field_can_be(
    field: str, given: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert BY_NAME[field].within(*given) == expected
