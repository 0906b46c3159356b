"""Calibrating in a notebook what twins say on scales, by what some people said."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twincast.domain.surveys import AnswerCheck, CalibratedSurvey
    from twincast.files.tables import Table


class AnswersCalibrated:
    """What people would say.

    Attributes:
        value: everything, as a value.
        checks: how right this was where answers were held back, beside the twins' own word.
    """

    def __init__(self, survey: "CalibratedSurvey") -> None:
        self.value = survey
        self.checks: tuple[AnswerCheck, ...] = survey.checks

    def records(self) -> list[dict[str, Any]]:
        """Return the answers as dicts, in the order of the rows."""
        from twincast.files.surveys import rows_of

        return [dict(row) for row in rows_of(self.value)]

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.value.answers)


class Surveying:
    """What `Twincast` offers to whoever asks people, and their twins."""

    @staticmethod
    def calibrate_answers(rows: Any, *, level: float = 0.8) -> AnswersCalibrated:
        """Say what people would answer on scales, from what their twins say and what some of them said.

        Args:
            rows: a frame of pandas, polars or Arrow, or a list of dicts: a row for each person and question with
                `person`, `question`, `twin` (`twin_2` ... for further twins), `answer` where they were asked, and
                `battery`, `low`, `high` of the question. Without ends a scale goes from 0 to 1.
            level: probability with which an interval holds a single answer.

        Raises:
            InvalidInput: with every problem by row.
            TooLarge: more than 300,000 people times questions.
        """
        from twincast.files.surveys import survey_of
        from twincast.usecases import surveys

        return AnswersCalibrated(surveys.calibrate(survey_of(_table_of(rows)), level))


def _table_of(rows: Any) -> "Table":
    from twincast.entrypoints.python.backtests import table_of

    return table_of(rows)
