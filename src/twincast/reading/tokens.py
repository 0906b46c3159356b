"""A text cut into tokens: words, numbers, and the signs that offers are made of; one regular expression, one pass."""

import re
from dataclasses import dataclass
from typing import Final

from twincast.domain.messages import Span

NUMBERS: Final[dict[str, float]] = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0}
ORDINALS: Final[dict[str, float]] = {
    word: float(number) for number, word in enumerate("first second third fourth fifth sixth".split(), start=1)
}
CURRENCIES: Final[dict[str, frozenset[str]]] = {
    "$": frozenset("USD CAD AUD NZD SGD HKD MXN BRL CLP COP ARS".split()),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "dollar": frozenset("USD CAD AUD NZD SGD HKD".split()),
    "buck": frozenset("USD CAD AUD NZD SGD HKD".split()),
    "euro": frozenset({"EUR"}),
    "pound": frozenset({"GBP"}),
    **{code.lower(): frozenset({code}) for code in "USD EUR GBP CHF CAD AUD NZD JPY SEK NOK DKK PLN INR CZK".split()},
}
"""Currency signs, words and codes, and the ISO 4217 codes that each can mean."""

_WEEKDAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles jueves viernes sábado domingo"
)
_MONTHS: Final = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "januar februar märz mai juni juli oktober dezember "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
WORD_SIGNS: Final[dict[str, str]] = {
    **dict.fromkeys(NUMBERS, "#"),
    **dict.fromkeys(ORDINALS, "@ordinal"),
    **dict.fromkeys(_WEEKDAYS.split(), "@weekday"),
    **dict.fromkeys(_MONTHS.split(), "@month"),
    **dict.fromkeys(CURRENCIES, "$"),
    **dict.fromkeys(("dollars", "euros", "pounds", "bucks"), "$"),
}
"""Words that stand for a sign as well as for themselves."""
_PERCENT: Final = frozenset({"percent", "pct", "prozent"})
_HUNDRED: Final = frozenset({("per", "cent"), ("pour", "cent"), ("por", "ciento")})
_TOKEN: Final = re.compile(
    r"(?P<code>(?<![^\W_])(?!(?:usd|eur|gbp|chf|cad|aud)\d)[^\W\d_]++\d[^\W_]*)"  # SAVE20, mp3: one word, no number
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<ordinal>(?<![\w.,])\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<percent>%)"
    r"|(?P<currency>[$€£¥₹])"
    r"|(?P<stop>[.!?;|•·]+|\n\s*)"
    r"|(?P<colon>:)"
    r"|(?P<plus>\+)"
    r"|(?P<minus>(?<![^\s(])[-−–](?=\d))"
    r"|(?P<range>(?<=\d)\s?[-–]\s?(?=\d))"
    r"|(?P<plural>\(s\))"
)
_SIGNS: Final[dict[str, str]] = {
    "ordinal": "@ordinal",
    "number": "#",
    "percent": "%",
    "currency": "$",
    "plus": "+",
    "minus": "-",
    "range": "to",
    "stop": ".",
    "colon": ":",
    "plural": "@plural",
}


def lowered(text: str) -> str:
    """Lower the text without changing its length, so that positions stay true; curly apostrophes become straight."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
    return low.replace("’", "'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """A text cut into tokens: `content[starts[i]:ends[i]]` was read as `words[i]` (a word, or a sign of the table)."""

    content: str
    low: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def span(self, first: int, last: int) -> Span:
        """Return the piece of text from token `first` up to, not including, token `last`."""
        start, end = self.starts[first], self.ends[last - 1]
        return Span(start=start, end=end, text=self.content[start:end])

    def numbers(self, first: int, last: int) -> list[str]:
        """Return the numbers and ordinals among the tokens from `first` up to `last`, as they stand, lower case."""
        return [self.low[self.starts[i] : self.ends[i]] for i in range(first, last) if _is_number(self.words[i])]


def _is_number(word: str) -> bool:
    return word in {"#", "@ordinal"} or word in NUMBERS or word in ORDINALS


def tokenise(content: str) -> Tokens:
    """Cut a text into words, numbers and the signs that offers are made of."""
    low = lowered(content)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(low):
        kind = match.lastgroup
        start, end = match.span()
        if kind in {"word", "code"}:
            word = low[start:end]
            if word in _PERCENT:
                word = "%"
            elif words and (words[-1], word) in _HUNDRED:
                words[-1], ends[-1] = "%", end
                continue
        elif low[start] == "\n" and low.count("\n", start, end) == 1:
            continue  # a wrapped line does not end a sentence, a blank line does
        else:
            word = _SIGNS[str(kind)]
        words.append(word)
        starts.append(start)
        ends.append(end)
    return Tokens(content=content, low=low, words=words, starts=starts, ends=ends)
