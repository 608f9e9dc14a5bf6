"""Finds the fact that answers a question, or says that none does.

BM25 (the bm25s library) ranks; two things of ours stand beside it. Spelling: a word that no fact knows is read as the
nearest word that one does. Honesty: how much of the question, weighed by how telling each word is, the best fact
covers; below a border the question is not answered, since a wrong answer costs more trust than an honest no.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.core.catalog import Catalog, Entry, Fact, Pay, PayFactor, Tool, Trend
from bot.core.parameters import normal

_STOP = frozenset(
    "a an the and or of to in on at for with by from as is are was be been being am do does did done can could would "
    "should will shall may might must have has had i me my you your we our they their them it its this that these "
    "those there here what which who whom whose when where why how if then than so very really just also any some all "
    "about into out up down over not no yes please tell say know explain mean thing things like get got want ai ml s t "
    "re ve ll m d engineer engineers engineering one ones someone anybody people person".split()
)
#: The share of the question's weight that a fact must cover to be given as the answer (`make eval` shows why).
_COVERED = 0.6


@dataclass(frozen=True, slots=True)
class Hit:
    """A fact, its rank's score, and the share (0 to 1) of the question's weight that it covers."""

    fact: Fact
    score: float
    coverage: float

    @property
    def answers(self) -> bool:
        """Whether this is near enough to be given as an answer."""
        return self.coverage >= _COVERED


class Search:
    """Over one catalog. The index is made at the first question: a start has no use for it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, question: str, most: int = 5) -> tuple[Hit, ...]:
        """The best facts for a question, best first; () if nothing answers it."""
        return self._index.find(question, most)

    @cached_property
    def _index(self) -> "_Index":
        return _Index(self._catalog)


class _Index:
    def __init__(self, catalog: Catalog) -> None:
        import bm25s  # numpy with it: only when the first question comes

        self._stem = snowballstemmer.stemmer("english").stemWord
        self._facts = catalog.all(Fact)
        documents = [self._document(catalog, fact) for fact in self._facts]
        self._words = [frozenset(document) for document in documents]
        counts = Counter(word for words in self._words for word in words)
        self._weights = {word: self._weight(count) for word, count in counts.items()}
        self._bm25: Any = bm25s.BM25(k1=1.2, b=0.6)
        self._bm25.index(documents, show_progress=False)

    def find(self, question: str, most: int) -> tuple[Hit, ...]:
        asked = self._spelled(self._tokens(question))
        known = [word for word in asked if word in self._weights]
        if not known:
            return ()
        scores = self._bm25.get_scores(known)
        ranked = sorted(range(len(self._facts)), key=lambda at: -scores[at])[:most]
        total = sum(self._weights.get(word, self._weight(0)) for word in asked)
        return tuple(
            Hit(
                self._facts[at],
                float(scores[at]),
                sum(self._weights[word] for word in known if word in self._words[at]) / total,
            )
            for at in ranked
        )

    def _weight(self, count: int) -> float:
        """How telling a word is: the inverse document frequency, as BM25 takes it."""
        return math.log(1 + (len(self._facts) - count + 0.5) / (count + 0.5))

    def _tokens(self, text: str) -> list[str]:
        return [self._stem(word) for word in normal(re.sub(r"['’]", "", text)).split() if word not in _STOP]

    def _spelled(self, words: Iterable[str]) -> list[str]:
        """The words, those unknown read as the nearest known one: one slip in four letters, two in eight."""
        return [self._nearest(word) for word in dict.fromkeys(words)]

    def _nearest(self, word: str) -> str:
        if word in self._weights or len(word) < 4:
            return word
        found = process.extractOne(
            word,
            self._weights.keys(),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=1 if len(word) < 8 else 2,
        )
        return found[0] if found else word

    def _document(self, catalog: Catalog, fact: Fact) -> list[str]:
        named = " ".join((fact.title, *fact.synonyms, *_words(catalog, fact)))
        return self._tokens(" ".join([named] * 2 + list(fact.asked) * 2 + [fact.text]))


def _words(catalog: Catalog, fact: Fact) -> Iterable[str]:
    """What a fact is called besides its own names: its level, region or sort."""
    ids = [getattr(fact, key, None) for key in ("level", "region", "kind")]
    for entry in (catalog.find(found, Entry) for found in ids if found):
        if entry:
            yield from (entry.title, *entry.synonyms)
    if isinstance(fact, Pay | PayFactor):
        yield "salary pay earn money"
    if isinstance(fact, Tool):
        yield "tool"
    if isinstance(fact, Trend):
        yield fact.act
