"""Segments in public shapes: rules as callers write them, and who belongs."""

import re
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.segments import (
    MOST_CONDITIONS,
    Condition,
    Member,
    Operator,
    Scalar,
    Segment,
    SegmentSize,
    Wanted,
)
from twincast.wire.shapes import Answer, Listed, Name, Note, Request, shown


def _operator(value: object) -> object:
    try:
        return Operator(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is no operator; there are: {', '.join(Operator)}") from None


def _wanted(value: object) -> object:
    entries = value if isinstance(value, list) else [value]
    if any(isinstance(it, bool) for it in entries) and isinstance(value, list):
        raise ValueError("must be a list of numbers and texts")
    if not all(isinstance(it, str | bool | int | float) for it in entries):
        raise ValueError("must be a number, a text, true or false, or a list of numbers and texts")
    return tuple(entries) if isinstance(value, list) else value


def condition_in(text: str, where: str) -> Condition:
    """Return a condition as a person writes it: `orders >= 3`, `segment in gold, silver`, `profile.age known`.

    Raises:
        InvalidInput: it is not of that form.
    """
    found = _WRITTEN.match(text)
    if found is None:
        allowed = f"FIELD OPERATOR VALUE, such as 'orders >= 3'; operators: {', '.join(Operator)}"
        raise InvalidInput.of([FieldProblem(field=where, message=f"{shown(text)} is no condition", allowed=allowed)])
    field, operator, rest = found["field"], Operator(found["operator"].lower()), found["value"].strip()
    value: Wanted
    if operator is Operator.KNOWN:
        value = rest.lower() not in {"false", "no"}
    elif operator is Operator.IN:
        entries = [_written(it) for it in rest.split(",") if it.strip()]
        value = tuple(str(it).lower() if isinstance(it, bool) else it for it in entries)
    else:
        value = _written(rest)
    return Condition(field=field, operator=operator, value=value)


_WRITTEN: Final = re.compile(
    r"^\s*(?P<field>[^\s=!<>]+)\s*(?P<operator>!=|<=|>=|=|<|>|(?i:\bin\b|\bknown\b))\s*(?P<value>.*?)\s*$", re.DOTALL
)


def _written(text: str) -> Scalar:
    """Return a value as it is meant: a number, yes or no, else a text, which may stand in quotes."""
    text = text.strip()
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


OperatorIn = Annotated[Operator, BeforeValidator(_operator, json_schema_input_type=Operator)]
WantedIn = Annotated[
    Any,
    BeforeValidator(_wanted, json_schema_input_type=float | str | bool | list[float | str]),
]


class SegmentCondition(Request):
    """One comparison."""

    field: Name = Field(description="A column such as orders, or a path in the record such as profile.location.")
    operator: OperatorIn = Field(description="=, !=, <, <=, >, >=, in, known.")
    value: WantedIn = Field(description="A number, a text, true or false, a day; for `in` a list.")

    def to_domain(self) -> Condition:
        """Return the condition; whole numbers become the same numbers with a point."""
        many = isinstance(self.value, tuple)
        values = [float(it) if isinstance(it, int) and not isinstance(it, bool) else it for it in _listed(self.value)]
        return Condition(field=self.field, operator=self.operator, value=tuple(values) if many else values[0])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


class SegmentIn(Request):
    """Rules over what is known of customers."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "high_value_at_risk",
                    "all": [
                        {"field": "lifetime_value", "operator": ">=", "value": 5000},
                        {"field": "days_since_last_order", "operator": ">", "value": 60},
                    ],
                }
            ]
        },
    )

    name: Name
    description: Note = ""
    every: list[SegmentCondition] = Field(
        default_factory=list,
        max_length=MOST_CONDITIONS,
        validation_alias=AliasChoices("all", "every"),
        description="Conditions that all must hold.",
    )
    some: list[SegmentCondition] = Field(
        default_factory=list,
        max_length=MOST_CONDITIONS,
        validation_alias=AliasChoices("any", "some"),
        description="Conditions of which one must hold, where there are any.",
    )


class SegmentRule(Answer):
    """One comparison."""

    field: str
    operator: str
    value: Any = Field(description="As it was given.")

    @classmethod
    def of(cls, condition: Condition) -> "SegmentRule":
        """Render a condition."""
        return cls(field=condition.field, operator=condition.operator.value, value=_plain(condition.value))


def _plain(value: Wanted) -> Any:
    return list(value) if isinstance(value, tuple) else value


class SegmentShown(Answer):
    """A named set of rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, populate_by_name=True)

    name: str
    description: str
    every: list[SegmentRule] = Field(alias="all", description="Conditions that all must hold.")
    some: list[SegmentRule] = Field(alias="any", description="Conditions of which one must hold.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, segment: Segment) -> "SegmentShown":
        """Render a segment."""
        return cls(
            name=segment.name,
            description=segment.description,
            every=[SegmentRule.of(it) for it in segment.every],
            some=[SegmentRule.of(it) for it in segment.some],
            created_at=segment.created_at,
            updated_at=segment.updated_at,
        )


class SegmentCount(Answer):
    """How many belong to a segment, as it was counted for this answer."""

    members: int
    twins: int = Field(description="All that were looked at.")
    opted_out: int = Field(description="Of them, who objected to profiling and belongs to no segment.")
    unknown_fields: list[str] = Field(description="Fields of which no twin knows anything: mostly misspelt.")
    counted_at: datetime

    @classmethod
    def of(cls, size: SegmentSize) -> "SegmentCount":
        """Render a count."""
        return cls(
            members=size.members,
            twins=size.twins,
            opted_out=size.opted_out,
            unknown_fields=list(size.unknown),
            counted_at=size.counted_at,
        )


class SegmentDetail(SegmentShown):
    """A named set of rules, and how many belong now."""

    count: SegmentCount

    @classmethod
    def counted(cls, segment: Segment, size: SegmentSize) -> "SegmentDetail":
        """Render a segment with its count."""
        return cls(**SegmentShown.of(segment).model_dump(by_alias=False), count=SegmentCount.of(size))


class Segments(Listed[SegmentShown]):
    """All segments, by name."""


class SegmentMember(Answer):
    """A customer who belongs to a segment."""

    digital_twin_id: str
    customer_id: str

    @classmethod
    def of(cls, member: Member) -> "SegmentMember":
        """Render a member."""
        return cls(digital_twin_id=member.twin_id, customer_id=member.customer_id)


class SegmentMembers(Listed[SegmentMember]):
    """One page of who belongs to a segment now."""
