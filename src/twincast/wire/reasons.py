"""Why: key factors and suggestions with their amounts, and the parts that a probability is made of."""

from twincast.domain.predictions import Explanation, Factor, KeyFactors, Suggestion
from twincast.wire.shapes import Answer, Plain


class KeyFactorNames(Answer):
    """What speaks for and against the message, and what would help, in the document's shape."""

    positive: list[str]
    negative: list[str]
    suggestions: list[str]

    @staticmethod
    def plain(factors: KeyFactors) -> Plain:
        """Render the names."""
        return {
            "positive": [it.name for it in factors.positive],
            "negative": [it.name for it in factors.negative],
            "suggestions": [it.text for it in factors.suggestions],
        }


class FactorDetail(Answer):
    """A key factor and what it adds to the logit of a field."""

    name: str
    field: str
    amount: float
    words: str

    @staticmethod
    def plain(factor: Factor) -> Plain:
        """Render one."""
        return {
            "name": factor.name,
            "field": factor.field,
            "amount": factor.amount,
            "words": factor.words,
        }


class SuggestionDetail(Answer):
    """A change that was tried on this twin: the number before and after."""

    text: str
    field: str
    before: float
    after: float
    change: str

    @staticmethod
    def plain(tried: Suggestion) -> Plain:
        """Render one."""
        return {
            "text": tried.text,
            "field": tried.field,
            "before": tried.before,
            "after": tried.after,
            "change": tried.change,
        }


class KeyFactorDetails(Answer):
    """The same as `key_factors`, with the amounts."""

    positive: list[FactorDetail]
    negative: list[FactorDetail]
    suggestions: list[SuggestionDetail]

    @staticmethod
    def plain(factors: KeyFactors) -> Plain:
        """Render the factors."""
        return {
            "positive": [FactorDetail.plain(it) for it in factors.positive],
            "negative": [FactorDetail.plain(it) for it in factors.negative],
            "suggestions": [SuggestionDetail.plain(it) for it in factors.suggestions],
        }


class ContributionOut(Answer):
    """One part of a probability on the logit scale."""

    group: str
    term: str
    words: str
    amount: float
    value: float
    reference: float


class FieldExplanation(Answer):
    """The parts of one probability: `base_logit` and all amounts add up to its logit, to 1e-9."""

    field: str
    probability: float
    base: float
    base_logit: float
    reference: str
    contributions: list[ContributionOut]

    @classmethod
    def of(cls, explanation: Explanation) -> "FieldExplanation":
        """Render one."""
        return cls(
            field=explanation.field,
            probability=explanation.probability,
            base=explanation.base,
            base_logit=explanation.base_logit,
            reference=explanation.reference,
            contributions=[
                ContributionOut(
                    group=it.group,
                    term=it.term,
                    words=it.words,
                    amount=it.amount,
                    value=it.value,
                    reference=it.reference,
                )
                for it in explanation.contributions
            ],
        )
