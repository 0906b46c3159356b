"""Names of columns in the customer exports that people bring, and what they mean. Facts as data, one owner."""

import re
from typing import Final

SIGNATURES: Final[dict[str, frozenset[str]]] = {
    "klaviyo": frozenset({
        "klaviyo_id", "email_marketing_consent", "historic_customer_lifetime_value", "historic_number_of_orders",
        "profile_created_on", "predicted_customer_lifetime_value", "churn_risk_prediction",
    }),
    "braze": frozenset({
        "braze_id", "external_id", "email_subscribe", "push_subscribe", "random_bucket", "total_revenue",
        "session_count", "in_app_purchase_total", "home_city",
    }),
    "shopify": frozenset({
        "accepts_email_marketing", "accepts_sms_marketing", "default_address_city", "default_address_country_code",
        "default_address_province_code", "tax_exempt", "default_address_zip",
    }),
}  # fmt: skip
"""Whose export a table is: the one of which most names are there, two at least."""

EXPORTS: Final[dict[str, dict[str, str]]] = {
    "klaviyo": {
        "klaviyo_id": "customer_id",
        "historic_customer_lifetime_value": "behavioral_data.lifetime_value",
        "historic_number_of_orders": "history.total_purchases",
        "average_order_value": "behavioral_data.average_order_value",
        "profile_created_on": "history.customer_since",
        "date_added": "history.customer_since",
        "created": "history.customer_since",
        "email_marketing_consent": "profile.consent_email",
        "sms_marketing_consent": "profile.consent_sms",
        "last_purchase_date": "history.last_purchase_date",
        "date_of_last_order": "history.last_purchase_date",
    },
    "braze": {
        "external_id": "customer_id",
        "total_revenue": "behavioral_data.lifetime_value",
        "in_app_purchase_total": "behavioral_data.lifetime_value",
        "created_at": "history.customer_since",
        "email_subscribe": "profile.consent_email",
        "push_subscribe": "profile.consent_push",
        "time_zone": "profile.timezone",
    },
    "shopify": {
        "customer_id": "customer_id",
        "total_spent": "behavioral_data.lifetime_value",
        "total_orders": "history.total_purchases",
        "accepts_email_marketing": "profile.consent_email",
        "accepts_sms_marketing": "profile.consent_sms",
        "note": "context",
    },
}
"""Column -> field, for names that mean this only in that tool's export or deserve more trust there."""

IDS: Final[tuple[str, ...]] = (
    "customer_id", "external_id", "customerid", "cust_id", "customer_number", "customer_no", "client_id", "user_id",
    "userid", "contact_id", "member_id", "subscriber_id", "household_id", "account_id", "person_id", "profile_id",
    "shopify_customer_id", "klaviyo_id", "braze_id", "customer", "id",
)  # fmt: skip
"""Names of a column with the customer's id, the surest first."""

EMAILS: Final = frozenset({"email", "e_mail", "email_address", "mail_address"})

PLACES: Final[dict[str, int]] = {
    "city": 0,
    "town": 0,
    "home_city": 0,
    "default_address_city": 0,
    "state": 1,
    "region": 1,
    "state_region": 1,
    "province": 1,
    "province_code": 1,
    "default_address_province_code": 1,
    "country": 2,
    "country_code": 2,
    "default_address_country_code": 2,
}
"""Parts of an address that together make `profile.location`, in the order in which they are written."""

IDENTIFYING: Final = EMAILS | {
    "name", "full_name", "first_name", "firstname", "last_name", "lastname", "surname", "given_name", "family_name",
    "middle_name", "phone", "phone_number", "mobile_phone", "mobile_number", "telephone", "address", "address_1",
    "address_2", "address1", "address2", "street", "street_address", "ip", "ip_address", "latitude", "longitude",
    "company", "organization", "default_address_company", "default_address_address1", "default_address_address2",
    "default_address_phone", "push_tokens", "device_id", "devices", "google_ad_id", "idfa", "idfv", "last_coordinates",
    "user_aliases",
}  # fmt: skip
"""Direct identifiers: no number needs them, so they are left out unless the caller maps them."""

BEHAVIOUR: Final = re.compile(
    r"click|open|visit|session|browse|view|cart|purchase|order|spend|spent|revenue|value|basket|item|category|categories"
    r"|product|discount|coupon|device|app|engage|frequency|channel"
)
PAST: Final = re.compile(
    r"since|last|first|past|previous|before|total|count|number_of|date|history|historic|months|days|weeks|campaign|return"
    r"|refund|redeem|support|ticket|complaint|survey|nps|loan|recency"
)


def section_of(name: str) -> str:
    """Return the section of the record in which an attribute without a known meaning is kept, judged by its name."""
    if PAST.search(name):
        return "history"
    return "behavioral_data" if BEHAVIOUR.search(name) else "profile"


def source_of(names: set[str]) -> str:
    """Return whose export a table with these column names (snake case) is, or `generic`."""
    hits = {source: len(names & signature) for source, signature in SIGNATURES.items()}
    best = max(hits, key=lambda source: hits[source])
    return best if hits[best] >= 2 else "generic"
