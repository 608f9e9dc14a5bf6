"""Finds the fact that answers a question, or says that none does.

BM25 (the bm25s library) ranks the facts. Around it stand three things of ours:

- *Wording.* The pack lists words that mean the same ("pay", "wage", "what do I make"); a question and a fact meet in
  that meaning even where they share no word.
- *Spelling.* A word that nobody knows is read as the nearest one that somebody does.
- *Honesty.* A question is answered only if the best fact covers enough of it, each word weighed by how telling it is,
  and if it asks for nothing that the pack lists as not said. A wrong answer costs more trust than an honest no.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.core.catalog import Catalog, Entry, Fact, Pay, PayFactor, Silence, Tool, Trend, Wording
from bot.core.parameters import normal

_STOP = frozenset(
    "a an the and or of to in on at for with by from as is are was were be been being am do does did done can could "
    "would should will shall may might must have has had i me my you your we our us they their them it its this that "
    "these those there here what which who whom whose when where why how if then than so very really just also any "
    "some all about into out up down over not no yes please tell say know explain mean thing things like get got "
    "want ai engineer engineers engineering one ones someone anybody people person folk guys hi hello hey thanks "
    "good best better need kind kinds sort matter much many more most actually quite bit lot lots even still too go "
    "going take takes give gives let lets think wonder wondering curious anyone everybody everyone somebody im ive "
    "day today now nowadays ever again other others another whether while because but".split()
)
_SHORT_FORMS = re.compile(r"(?<=\w)['’](?:s|re|ve|ll|d|m|t)\b")
_stem = lru_cache(maxsize=8192)(snowballstemmer.stemmer("english").stemWord)

#: The share of a question's weight that a fact must cover to be given as the answer (`make eval` shows why).
_COVERED = 0.55
#: What an unknown word weighs, beside ln(facts) for the most telling known one.
_UNKNOWN = 2.0
#: How much the likest way of asking counts beside BM25.
_LIKENESS = 8.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A fact, its rank's score, and the share (0 to 1) of the question's weight that it covers."""

    fact: Fact
    score: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found: the nearest facts, best first, and whether the best one answers.

    silence: what the question asks for that the source is known not to say.
    """

    hits: tuple[Hit, ...]
    silence: Silence | None = None

    @property
    def answer(self) -> Fact | None:
        if self.silence is not None or not self.hits or self.hits[0].coverage < _COVERED:
            return None
        return self.hits[0].fact


class Search:
    """Over one catalog. The index is made at the first question: a start has no use for it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, question: str, most: int = 5) -> Finding:
        """The nearest facts for a question, at most `most`."""
        return self._index.find(question, most)

    @cached_property
    def _index(self) -> "_Index":
        return _Index(self._catalog)


#: A word or a phrase of a text, as the forms under which it may be met: its stem, and its meanings.
Unit = tuple[str, ...]


class _Lexicon:
    """Turns text into units: which words are one phrase, and what a word may mean."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        self._meanings: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for wording in wordings:
            for name in (wording.title, *wording.synonyms):
                if (key := tuple(_stem(word) for word in _words(name))) and wording.id not in self._meanings[key]:
                    self._meanings[key].append(wording.id)
        self._longest = max(map(len, self._meanings), default=1)
        self.stems = frozenset(stem for key in self._meanings for stem in key)

    def units(self, text: str, spell: "Speller | None" = None) -> Iterator[Unit]:
        """The text's units in order; little words are left out, unless they are part of a phrase."""
        words = _words(text)
        stems = [_stem(word) if word in _STOP or spell is None else spell(_stem(word)) for word in words]
        at = 0
        while at < len(words):
            size = next((n for n in range(self._longest, 0, -1) if tuple(stems[at : at + n]) in self._meanings), 0)
            if size > 1 or (size == 1 and words[at] not in _STOP):
                said = tuple(stems[at : at + size])
                own = tuple(s for s, word in zip(said, words[at : at + size], strict=False) if word not in _STOP)
                yield (*own, *self._meanings[said])
            elif words[at] not in _STOP:
                yield (stems[at],)
            at += max(size, 1)


class Speller:
    """Reads an unknown stem as the nearest known one: one slip in four to seven letters, two in eight and more."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = sorted({stem for stem in known if len(stem) > 3 and stem.isalpha()})
        self._all = frozenset(self._known)
        self._read: dict[str, str] = {}

    def __call__(self, stem: str) -> str:
        if len(stem) < 5 or stem in self._all or not stem.isalpha():
            return stem
        if stem not in self._read:
            slips = 1 if len(stem) < 8 else 2
            found = process.extractOne(stem, self._known, scorer=DamerauLevenshtein.distance, score_cutoff=slips)
            # People rarely miss the first letter; where it differs it is another word ("remotely" is not "removing").
            near = found[0] if found and found[0][0] == stem[0] else stem
            if len(self._read) > 10_000:
                self._read.clear()
            self._read[stem] = near
        return self._read[stem]


class _Index:
    def __init__(self, catalog: Catalog) -> None:
        import bm25s  # numpy with it: only when the first question comes

        self._lexicon = _Lexicon(catalog.all(Wording))
        self._facts = catalog.all(Fact)
        documents = [list(self._document(catalog, fact)) for fact in self._facts]
        self._forms = [frozenset(form for unit in document for form in unit) for document in documents]
        counts = Counter(form for forms in self._forms for form in forms)
        size = len(self._facts)
        self._weights = {form: math.log(1 + (size - n + 0.5) / (n + 0.5)) for form, n in counts.items()}
        self._asked = [[self._units(phrase) for phrase in (fact.title, *fact.asked)] for fact in self._facts]
        self._bm25: Any = bm25s.BM25(k1=1.2, b=0.5)
        self._bm25.index([[form for unit in document for form in unit] for document in documents], show_progress=False)
        self._silences = [
            (silence, [[self._units(half) for half in name.split("+")] for name in silence.synonyms])
            for silence in catalog.all(Silence)
        ]
        triggers = (form for _, names in self._silences for name in names for half in name for u in half for form in u)
        self._spell = Speller((*self._weights, *self._lexicon.stems, *triggers))

    def find(self, question: str, most: int) -> Finding:
        asked = list(dict.fromkeys(self._lexicon.units(question, self._spell)))
        known = [form for unit in asked for form in unit if form in self._weights]
        silence = self._silence(asked)
        if not known:
            return Finding((), silence)
        ranks = self._bm25.get_scores(known)
        scores = [float(rank) + _LIKENESS * self._likeness(asked, at) for at, rank in enumerate(ranks)]
        best = sorted(range(len(self._facts)), key=lambda at: -scores[at])[:most]
        return Finding(
            tuple(Hit(self._facts[at], scores[at], self._coverage(asked, self._forms[at])) for at in best), silence
        )

    def _units(self, text: str) -> list[Unit]:
        return list(dict.fromkeys(self._lexicon.units(text)))

    def _weight(self, unit: Unit) -> float:
        """How telling a unit is: the inverse document frequency of its commonest form, as BM25 takes it."""
        return min((self._weights[form] for form in unit if form in self._weights), default=_UNKNOWN)

    def _coverage(self, asked: Sequence[Unit], forms: frozenset[str]) -> float:
        whole = sum(self._weight(unit) for unit in asked)
        return sum(self._weight(unit) for unit in asked if not forms.isdisjoint(unit)) / whole

    def _likeness(self, asked: Sequence[Unit], at: int) -> float:
        """How like the question is to the likest way of asking for this fact: shared weight over all weight, 0 to 1."""
        return max((self._alike(asked, phrase) for phrase in self._asked[at]), default=0.0)

    def _alike(self, asked: Sequence[Unit], phrase: Sequence[Unit]) -> float:
        forms = {form for unit in phrase for form in unit}
        shared = sum(self._weight(unit) for unit in asked if not forms.isdisjoint(unit))
        if not shared:
            return 0.0
        whole = sum(map(self._weight, asked)) + sum(map(self._weight, phrase)) - shared
        return shared / whole

    def _silence(self, asked: Sequence[Unit]) -> Silence | None:
        """The first silence that the question gives away."""
        forms = {form for unit in asked for form in unit}
        for silence, names in self._silences:
            if any(all(half and all(not forms.isdisjoint(unit) for unit in half) for half in name) for name in names):
                return silence
        return None

    def _document(self, catalog: Catalog, fact: Fact) -> Iterator[Unit]:
        named = [fact.title, *fact.synonyms, *_called(catalog, fact)]
        for text in (*named, *named, *fact.asked, *fact.asked, fact.text):
            yield from self._lexicon.units(text)


def _words(text: str) -> list[str]:
    return normal(_SHORT_FORMS.sub("", text)).split()


def _called(catalog: Catalog, fact: Fact) -> Iterable[str]:
    """What a fact is called besides its own names: its level, region or kind."""
    ids = [getattr(fact, key, None) for key in ("level", "region", "kind")]
    for entry in (catalog.find(found, Entry) for found in ids if found):
        if entry:
            yield from (entry.title, *entry.synonyms)
    if isinstance(fact, Pay | PayFactor):
        yield "salary pay"
    if isinstance(fact, Tool):
        yield "tool"
    if isinstance(fact, Trend):
        yield fact.act
