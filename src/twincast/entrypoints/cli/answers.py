"""What a twin answers, printed for a reader: numbers beside sending nothing, reasons, the reply, what to look at."""

from collections.abc import Sequence

from twincast.domain.comparisons import Comparison, Ranking
from twincast.domain.predictions import FieldPrediction
from twincast.domain.trials import Answered, Trial
from twincast.entrypoints.cli.figures import WORDED, confidence_of, ends_of, no_contact_of, uplift_of, value_of
from twincast.entrypoints.cli.pages import bullets, say, table


def print_trial(trial: Trial) -> None:
    """Print one test."""
    settings = trial.settings
    say(f"Test {trial.id}: {trial.twin_id}, version {trial.twin_version}, as of {settings.as_of}")
    say(_moment(trial.answer))
    say(
        f"Within {settings.horizon_days} days of sending. From and to hold {settings.level:.0%} of cases; money is in "
        f"{trial.currency}; 'if nothing' is the same customer when nothing is sent.\n"
    )
    _numbers(trial.answer.predictions, trial.currency)
    factors = trial.answer.key_factors
    bullets("Speaks for it", [it.words for it in factors.positive])
    bullets("Speaks against it", [it.words for it in factors.negative])
    bullets("Would help", [it.text for it in factors.suggestions])
    say(f'\nThe customer: "{trial.answer.predicted_response}"')
    _words(trial.answer)
    _remarks(trial.answer)


def _words(answered: Answered) -> None:
    """Say whose words the reply is in, where a language model was asked."""
    words = answered.words
    if words is None:
        return
    if words.reply is None:
        say(f"(No words of a language model, {words.problem}: {words.detail})")
        return
    felt = ", ".join(f"{share:.0%} {name}" for name, share in words.emotions.items())
    say(f"({words.model}'s words, which no number rests on; the message feels {words.emotion}: {felt}.)")
    bullets("What holds the customer back, in its words", words.concerns)
    bullets("Free fields, which nothing calibrates", [f"{name}: {value}" for name, value in words.fields.items()])
    bullets("Other draws", [f'"{it.reply}"' for it in words.draws[1:]])


def print_interaction(trial: Trial) -> None:
    """Print an interaction: the test, told round by round."""
    print_trial(trial)
    thought, said = trial.answer.thinking or (), trial.answer.turns
    each = len(thought) // len(said)
    aloud = () if trial.answer.words is None else trial.answer.words.thinking
    for place, words in enumerate(said):
        told = (*thought[place * each : (place + 1) * each], *(f"(thinks) {it}" for it in aloud[place : place + 1]))
        bullets(f"Round {place + 1}", [*told, f'"{words}"'])
    say("\nThe twin remembers it in the session." if trial.settings.memory else "\nThe twin does not remember it.")


def print_comparison(comparison: Comparison) -> None:
    """Print a comparison: the ranking, the advice, and why each variant stands where it stands."""
    settings = comparison.settings
    say(f"Comparison {comparison.id}: {comparison.twin_id}, version {comparison.twin_version}, as of {settings.as_of}")
    say(
        f"Ranked by {comparison.target.replace('_', ' ')}, within {settings.horizon_days} days of sending. "
        f"In brackets: the difference to sending nothing, in percentage points or {comparison.currency}.\n"
    )
    asked = list(settings.fields)
    for start in range(0, len(asked), 3):
        shown = asked[start : start + 3]
        rows = [_ranking_row(ranking, shown) for ranking in comparison.rankings]
        headings = [name.replace("_", " ") for name in shown]
        table(["#", "variant", "P(best)", *headings], rows, right=["#", "P(best)"])
    advice = comparison.recommendation
    reason = advice.reason or "too close to call"
    say(f"\nSend {advice.best_variant}." if advice.best_variant else f"\n{reason[:1].upper()}{reason[1:]}.")
    say(advice.explanation)
    bullets("Why", [f"{it.variant_id}: {it.reasoning}" for it in comparison.rankings])
    for ranking in comparison.rankings:
        _remarks(ranking.answer, f"{ranking.variant_id}: ")


def _moment(answer: Answered) -> str:
    if not answer.intervention.is_contact:
        return "Nothing is sent."
    channel = f"By {answer.channel}" if answer.channel else "Sent"
    window = answer.window
    when = f", {window.starts_at:%A %Y-%m-%d %H:%M} to {window.ends_at:%H:%M} ({window.zone})" if window else ""
    return f"{channel}{when}."


def _numbers(predictions: Sequence[FieldPrediction], currency: str) -> None:
    """Print the fields with a number as a table, the others in a line each."""
    counted = [it for it in predictions if it.estimate is not None and it.kind not in WORDED]
    if counted:
        table(
            ["field", "value", "from", "to", "if nothing", "uplift", "sure"],
            [
                (
                    it.asked_as.replace("_", " "),
                    value_of(it, ""),
                    *ends_of(it),
                    no_contact_of(it, ""),
                    uplift_of(it, ""),
                    confidence_of(it.confidence),
                )
                for it in counted
            ],
            right=["value", "from", "to", "if nothing", "uplift"],
        )
    for it in (it for it in predictions if it not in counted):
        say(f"{it.asked_as.replace('_', ' ')}: {it.unavailable or value_of(it, currency)}")
    bullets("Reasons", [f"{it.asked_as.replace('_', ' ')}: {it.reasoning}" for it in predictions if it.reasoning])


def _ranking_row(ranking: Ranking, asked: Sequence[str]) -> list[str]:
    tied = " =" if ranking.tied_with else ""
    cells = [f"{ranking.rank}{tied}", ranking.variant_id, f"{ranking.p_best:.0%}"]
    for prediction in ranking.answer.predictions:
        if prediction.asked_as in asked:
            uplift = uplift_of(prediction, "").removesuffix(" pts")
            cells.append(value_of(prediction, "") + ("" if uplift == "-" else f" ({uplift})"))
    return cells


def _remarks(answer: Answered, prefix: str = "") -> None:
    flags = [f"{prefix}{it.message}" for it in answer.flags]
    bullets("Do not send" if flags else "", flags)
    bullets("Look at", [f"{prefix}{it.field}: {it.message}" for it in answer.warnings])
