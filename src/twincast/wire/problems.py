"""Problem details (RFC 9457): the one shape of every failure."""

from collections.abc import Sequence

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem, TwincastError
from twincast.wire.shapes import Answer

TYPE_BASE = "urn:twincast:problem:"


class ProblemField(Answer):
    """What is wrong with one field, and what would be right."""

    field: str = Field(description="Where, as the caller wrote it: `variants[1].id`.")
    message: str
    allowed: str = Field(description="What is allowed, in words; empty where the message says it all.")
    row: int | None = Field(description="Row of an uploaded table, counted from 0.")

    @classmethod
    def of(cls, problem: FieldProblem) -> "ProblemField":
        """Render one problem."""
        return cls(field=problem.field, message=problem.message, allowed=problem.allowed, row=problem.row)


class Problem(Answer):
    """A failure, as `application/problem+json`. `code` is stable; `detail` says what happened and what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:twincast:problem:unknown-field",
                    "title": "Unknown prediction field",
                    "status": 422,
                    "detail": "predict[0]: 'will_buy' is not a prediction field; did you mean will_share?",
                    "instance": "urn:request:0f3c",
                    "code": "unknown-field",
                    "errors": [
                        {
                            "field": "predict[0]",
                            "message": "'will_buy' is not a prediction field; did you mean will_share?",
                            "allowed": "one of: will_engage, will_open, will_purchase, ...",
                            "row": None,
                        }
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request, as `X-Request-Id` names it.")
    code: str
    errors: list[ProblemField]

    @classmethod
    def of(cls, error: TwincastError, status: int, instance: str) -> "Problem":
        """Render a named failure."""
        return cls.plain(error.code, error.title, status, error.detail, instance, error.problems)

    @classmethod
    def plain(
        cls,
        code: str,
        title: str,
        status: int,
        detail: str,
        instance: str,
        problems: Sequence[FieldProblem] = (),
    ) -> "Problem":
        """Render a failure that only this door knows."""
        return cls(
            type=TYPE_BASE + code,
            title=title,
            status=status,
            detail=detail,
            instance=instance,
            code=code,
            errors=[ProblemField.of(problem) for problem in problems],
        )
