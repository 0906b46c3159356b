"""The contact policy as callers write and read it."""

from pydantic import ConfigDict, Field

from twincast.domain.channels import canonical_channel
from twincast.domain.memories import MOST_RECENT
from twincast.domain.policies import DEFAULT_POLICY, MOST_CAP_DAYS, MOST_CAPS, UNSUBSCRIBE_RATIO, Cap, ContactPolicy
from twincast.wire.shapes import Answer, Name, Number, Request, Whole


class QuietHoursIn(Request):
    """Local hours in which nothing is sent."""

    start: Whole = Field(description="First hour, 0 to 23.")
    end: Whole = Field(description="Hour at which they end, 0 to 23; past midnight where it is the smaller one.")


class CapIn(Request):
    """At most so many contacts within so many days."""

    contacts: Whole = Field(description=f"1 to {MOST_RECENT}.")
    days: Whole = Field(description=f"1 to {MOST_CAP_DAYS}.")
    channel: Name | None = Field(None, description="Channel it speaks of; null for all of them together.")

    def to_domain(self) -> Cap:
        """Return the cap."""
        channel = None if self.channel is None else canonical_channel(self.channel) or self.channel
        return Cap(contacts=self.contacts, days=self.days, channel=channel)


class ContactPolicyIn(Request):
    """When and how often customers may be written to; what is left out is as by default."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "quiet_hours": {"start": 21, "end": 8},
                    "caps": [{"contacts": 2, "days": 7, "channel": "email"}],
                    "unsubscribe_ratio": 2.0,
                }
            ]
        },
    )

    quiet_hours: QuietHoursIn | None = Field(None, description="null: there are none. Left out: 21 to 8.")
    caps: list[CapIn] = Field(default_factory=list, max_length=MOST_CAPS)
    unsubscribe_ratio: Number | None = Field(
        UNSUBSCRIBE_RATIO,
        description="A contact's risk of unsubscribing may be at most so many times what is usual on its channel; "
        f"null: no limit. Left out: {UNSUBSCRIBE_RATIO:g}.",
    )

    def to_domain(self) -> ContactPolicy:
        """Return the policy."""
        quiet = DEFAULT_POLICY.quiet
        if "quiet_hours" in self.model_fields_set:
            quiet = None if self.quiet_hours is None else (self.quiet_hours.start, self.quiet_hours.end)
        caps = tuple(cap.to_domain() for cap in self.caps)
        return ContactPolicy(quiet=quiet, caps=caps, unsubscribe_ratio=self.unsubscribe_ratio)


class QuietHours(Answer):
    """Local hours in which nothing is sent."""

    start: int = Field(description="First hour.")
    end: int = Field(description="Hour at which they end; past midnight where it is the smaller one.")


class FrequencyCap(Answer):
    """At most so many contacts within so many days."""

    contacts: int
    days: int
    channel: str | None = Field(description="null for all channels together.")


class ContactPolicyShown(Answer):
    """The contact policy that tests are flagged by."""

    quiet_hours: QuietHours | None
    caps: list[FrequencyCap]
    unsubscribe_ratio: float | None = Field(description="Of what is usual on the channel, at most; null: no limit.")

    @classmethod
    def of(cls, policy: ContactPolicy) -> "ContactPolicyShown":
        """Render a policy."""
        return cls(
            quiet_hours=None if policy.quiet is None else QuietHours(start=policy.quiet[0], end=policy.quiet[1]),
            caps=[FrequencyCap(contacts=cap.contacts, days=cap.days, channel=cap.channel) for cap in policy.caps],
            unsubscribe_ratio=policy.unsubscribe_ratio,
        )
