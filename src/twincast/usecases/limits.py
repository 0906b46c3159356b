"""What must be known before a study is relied on: each only where it is the case, with its numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence

from twincast.domain.batches import MIN_CELL
from twincast.domain.disclosures import CalibrationUsed, FieldUsed, LanguageUsed, Limit, ModelUsed, RecordsUsed
from twincast.usecases.studies import Study

PRIOR, SEGMENT = "prior", "segment"


def limits_of(
    study: Study,
    records: RecordsUsed,
    models: Sequence[ModelUsed],
    fields: Sequence[FieldUsed],
    calibration: Sequence[CalibrationUsed],
    language: LanguageUsed | None,
) -> Iterator[Limit]:
    """Yield the limits of a study, the gravest first."""
    if study.answers:
        words = (
            f"All {study.answers:,} answers are computed: no person was asked, and none of them is data. More "
            "simulated customers make no interval of the model narrower."
        )
        yield Limit(code="simulated", words=words)
    else:
        yield Limit(code="nothing-tested", words="Nothing was tested in it: there is nothing to rely on.")
    yield from _of_fields(fields, calibration)
    yield from _of_customers(study, records)
    yield from _of_models(study, models)
    if language is not None:
        words = "The words of language models are illustrations: they were checked against nothing."
        yield Limit(code="words-unchecked", words=words)
        if language.failed:
            many = f"{language.failed:,} of {language.failed + language.answered:,}"
            yield Limit(code="words-missing", words=f"{many} replies of language models did not come.")


def _of_fields(fields: Sequence[FieldUsed], calibration: Sequence[CalibrationUsed]) -> Iterator[Limit]:
    prior = [it.name for it in fields if PRIOR in it.basis]
    if prior:
        words = f"No outcome of this company stands behind {_listed(prior)}: a prior made for every company does."
        yield Limit(code="prior-only", words=words)
    alike = [it.name for it in fields if SEGMENT in it.basis]
    if alike:
        words = f"Not foretold of individuals better than of everybody, hence of everybody: {_listed(alike)}."
        yield Limit(code="not-individual", words=words)
    unchecked = [it.name for it in fields if "nothing" in it.validated_on]
    if unchecked:
        words = f"Not checked, or not on every channel used, on outcomes that no fit had seen: {_listed(unchecked)}."
        yield Limit(code="not-validated", words=words)
    stated = [it.name for it in fields if it.stated and "survey" not in it.validated_on]
    if stated:
        yield Limit(code="no-survey", words=f"Only a survey could confirm {_listed(stated)}, and none did.")
    effect = [it.name for it in fields if PRIOR in it.uplift_basis]
    if effect:
        words = f"What a contact changes in {_listed(effect)} was learned from no randomised contact."
        yield Limit(code="uplift-prior", words=words)
    for it in calibration:
        if not it.low <= it.foretold <= it.high:
            words = (
                f"{it.field}: {it.foretold:.1%} was foretold of {it.contacts:,} outcomes that no fit had seen, and "
                f"{it.observed:.1%} came ({it.low:.1%} to {it.high:.1%})."
            )
            yield Limit(code="miscalibrated", words=words)


def _of_customers(study: Study, records: RecordsUsed) -> Iterator[Limit]:
    if 0 < study.customers < MIN_CELL:
        words = f"Simulated customers: {study.customers}. Nothing can be said of groups, nor of how much they differ."
        yield Limit(code="few-customers", words=words)
    if study.homogeneity is not None and study.homogeneity.alike:
        ratios = [f"{it.field} {it.ratio:.2f}" for it in study.homogeneity.spreads if it.ratio is not None]
        words = f"Twins are more alike than customers are (share of the variance to be expected: {', '.join(ratios)})."
        yield Limit(code="under-dispersed", words=words)
    if study.left_out:
        words = ", ".join(f"{count:,} {reason}" for reason, count in study.left_out.items())
        yield Limit(code="left-out", words=f"Customers without a result: {words}.")
    if records.orders:
        many = f"{records.orders:,} of {records.records:,}"
        words = f"{many} records hold text that gives orders to a machine; it was read as text like any other."
        yield Limit(code="instruction-like-text", words=words)
    gone = len(study.twins) - records.records
    if gone > 0:
        yield Limit(code="records-gone", words=f"{gone:,} records can not be looked at any more: they were erased.")


def _of_models(study: Study, models: Sequence[ModelUsed]) -> Iterator[Limit]:
    if len(models) > 1:
        words = f"{len(models)} versions of model, prior, reading or software answered: their numbers are no series."
        yield Limit(code="several-models", words=words)
    late = Counter(it.code for told in study.told for it in told.warnings)["record-after-as-of"]
    if late:
        words = f"{late:,} answers rest on records younger than the day they predict from, and may know what came."
        yield Limit(code="record-after-as-of", words=words)
    yield from (Limit(code="learning", words=note) for model in models for note in model.notes)
    if len(study.told) < study.answers:
        words = f"Facts of fields were read from {len(study.told):,} of {study.answers:,} answers."
        yield Limit(code="sampled", words=words)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
