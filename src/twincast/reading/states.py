"""The numbers of a twin: the names and units of the columns of its state, and frames of many twins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.preferences import PREFERENCES

READING: Final = "1"
"""Version of the reading; a twin whose state another version made is read again from its record."""

CONSENT_CHANNELS: Final[tuple[str, ...]] = ("email", "sms", "push", "mail", "call")

BASIS_NONE: Final = 0.0
BASIS_TRANSACTIONS: Final = 1.0
BASIS_COUNTS: Final = 2.0
BASIS_STATED: Final = 3.0
BASIS_SPEND: Final = 4.0

BASES: Final[tuple[str, ...]] = ("none", "transactions", "counts and dates", "stated frequency", "estimated from spend")
"""What the count of orders rests on; `orders_basis` is the index."""

COLUMNS: Final[dict[str, str]] = {
    "as_of_day": "day on which the record was true, days since 1970-01-01 like every `_day`",
    "since_day": "day from which this person is a customer; else of the first order",
    "first_order_day": "first order; where it is not known, the start of the window that `orders` were counted in",
    "last_order_day": "most recent order",
    "orders": "orders observed from first_order_day to as_of_day, the first included",
    "orders_days": "length of that window in days",
    "orders_basis": "index into BASES: what `orders` rests on",
    "purchase_days": "distinct days with an order (transactions only)",
    "order_value_mean": "mean money per order",
    "order_value_log_mean": "mean of the logarithm of money per order",
    "order_value_log_sd": "standard deviation of that logarithm within the customer (two orders or more)",
    "order_value_n": "number of orders, or their worth, behind order_value_*",
    "spend_28": "money of orders in the 28 days up to as_of",
    "spend_84": "money of orders in the 84 days up to as_of",
    "spend_365": "money of orders in the 365 days up to as_of",
    "lifetime_value": "money of all orders so far, as stated, else the sum of the transactions",
    "items_per_order": "mean number of items in an order",
    "is_new": "1: first bought within the 12 months before as_of; 0: before",
    "return_rate": "returns divided by orders, as they are (not shrunken)",
    "support_interactions": "number of contacts with customer support",
    "satisfaction_mean": "mean of the satisfaction scores, 1 to 5",
    "satisfaction_last": "the latest of them",
    "satisfaction_n": "their number",
    "campaigns_received": "campaigns sent to this customer before",
    "campaigns_redeemed": "campaigns of which at least one coupon was redeemed",
    "coupons_redeemed": "coupons redeemed so far",
    "couponed_products_bought": "products of the campaign in question bought before",
    "couponed_trips_84": "trips of the past 84 days on which one of those products was bought",
    "coupon_share": "share of the list price that coupons and discounts paid (transactions, else as stated)",
    "open_rate": "share of the e-mails that this customer opened, 0 to 1",
    "click_rate": "share of the e-mails that this customer clicked in, 0 to 1",
    "contacts_recent": "contacts in the last 30 days or so, or of the running campaign",
    "contacts_before": "contacts before the running campaign",
    "last_contact_day": "most recent contact",
    "earlier_response": "1: the last campaign had its effect; 0: it had none",
    "recent_failure": "1: a recent failure or complaint; 0: the record says there is none",
    **{f"consent_{channel}": f"1: may be contacted by {channel}; 0: may not" for channel in CONSENT_CHANNELS},
    "profiling_opt_out": "1: objected to profiling; 0: said not to object",
    "age": "years; stored for its owner, never a feature of any number (a protected attribute)",
    "income_mid": "middle of the income bracket, money per year",
    **{f"channel_{channel}": f"preference for {channel}, -1 to 1" for channel in CHANNELS},
    **{f"pref_{name}": f"latent preference {name}: posterior mean, sd of customers" for name in PREFERENCES},
    **{f"prefsd_{name}": f"latent preference {name}: posterior standard deviation" for name in PREFERENCES},
}
"""What each column of a state means. NaN is unknown everywhere, but for pref_* and prefsd_* of a valid record."""

STATE: Final[tuple[str, ...]] = tuple(COLUMNS)
SINGLES: Final[tuple[str, ...]] = STATE[: -2 * len(PREFERENCES)]
"""The columns before the means and the widths of the preferences."""
POSITION: Final[dict[str, int]] = {name: index for index, name in enumerate(STATE)}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TwinFrame:
    """Twins as columns.

    Attributes:
        values: (n, len(STATE)) float64; NaN is unknown.
        zones: IANA time zone per twin, or None.
        currencies: ISO 4217 code per twin.
        interests: categories and products bought or named per twin, lower case, strongest first.
        documents: the records as JSON text, for their further attributes; empty where nobody will ask.
    """

    values: NDArray[np.float64]
    zones: tuple[str | None, ...]
    currencies: tuple[str, ...]
    interests: tuple[tuple[str, ...], ...]
    documents: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of twins."""
        return int(self.values.shape[0])

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one column of the state, shape (n,), contiguous.

        Raises:
            KeyError: there is no such column.
        """
        return np.ascontiguousarray(self.values[:, POSITION[name]])

    def take(self, index: Sequence[int] | NDArray[np.intp]) -> "TwinFrame":
        """Return the twins at these positions, in this order."""
        where = np.asarray(index, dtype=np.intp)
        rows = where.tolist()
        return TwinFrame(
            values=self.values[where],
            zones=tuple(self.zones[i] for i in rows),
            currencies=tuple(self.currencies[i] for i in rows),
            interests=tuple(self.interests[i] for i in rows),
            documents=tuple(self.documents[i] for i in rows) if self.documents else (),
        )

    def states(self) -> list[bytes]:
        """Return each twin's state as little-endian float64 bytes, as `Twin.state` holds it."""
        width = 8 * len(STATE)
        data = np.ascontiguousarray(self.values, dtype="<f8").tobytes()
        return [data[start : start + width] for start in range(0, len(data), width)]
