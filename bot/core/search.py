"""Finds the fact that answers a question, or says that none does.

BM25 (the bm25s library) ranks the facts. Around it stand three things of ours:

- *Wording.* The pack lists words that mean the same ("pay", "wage", "what do I make"); a question and a fact meet in
  that meaning even where they share no word.
- *Spelling.* A word that nobody knows is read as the nearest one that somebody does.
- *Honesty.* A question is answered only if the best fact covers enough of it, each word weighed by how telling it is,
  and if it asks for nothing that the pack lists as not said. A wrong answer costs more trust than an honest no.
"""

import asyncio
import logging
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.core.catalog import Catalog, Entry, Fact, Pay, PayFactor, Silence, Tool, Trend, Wording
from bot.core.lexicon import Lexicon, Speller, Unit, words

#: The share of a question's weight that a fact must cover to be given as the answer; or a smaller share, where what it
#: covers is telling by itself, as in a long story with one clear question in it. `make eval` shows what they do.
_COVERED, _COVERED_A_LITTLE, _TELLING = 0.5, 0.25, 3.0
#: What an unknown word weighs, beside ln(facts) for the most telling known one.
_UNKNOWN = 2.0
#: How much the likest way of asking counts beside BM25.
_LIKENESS = 6.0
#: How much it counts beside them to cover the whole of a question.
_WHOLE = 4.0
#: How much each word counts by which a question names a fact outright.
_NAMED = 1.5
#: What a fact about pay is worth to somebody who did not ask about pay.
_BESIDE = 0.8
_PAY = "salary pay"
#: Among how many telling words in a row those of a silence must stand: a long story holds any two words somewhere.
_NEAR = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A fact, its rank's score, the weight of what it covers of the question, and its share (0 to 1) of the whole."""

    fact: Fact
    score: float
    covered: float
    coverage: float

    @property
    def answers(self) -> bool:
        return self.coverage >= _COVERED or (self.coverage >= _COVERED_A_LITTLE and self.covered >= _TELLING)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found: the nearest facts, best first, and whether the best one answers.

    silence: what the question asks for that the source is known not to say.
    """

    hits: tuple[Hit, ...]
    silence: Silence | None = None

    @property
    def answer(self) -> Fact | None:
        best = self.hits[0] if self.hits else None
        return best.fact if best and best.answers and self.silence is None else None


class Search:
    """Over one catalog. The index is made at the first question: a start has no use for it, and it takes 20 MB."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._making = asyncio.Lock()

    async def ready(self) -> None:
        """Make the index, beside the event loop: it takes half a second, in which others are answered. Who asks
        meanwhile waits here, and not in one of the loop's few threads."""
        async with self._making:
            if "_index" not in vars(self):
                await asyncio.to_thread(lambda: self._index)

    def find(self, question: str, most: int = 5) -> Finding:
        """The nearest facts for a question, at most `most`."""
        return self._index.find(question, most)

    @cached_property
    def _index(self) -> "_Index":
        return _Index(self._catalog)


class _Index:
    def __init__(self, catalog: Catalog) -> None:
        import bm25s  # numpy with it: only when the first question comes

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # its import has set it to DEBUG
        self._lexicon = Lexicon(catalog.all(Wording))
        self._facts = catalog.all(Fact)
        documents = [list(self._document(catalog, fact)) for fact in self._facts]
        self._forms = [frozenset(form for unit in document for form in unit) for document in documents]
        counts = Counter(form for forms in self._forms for form in forms)
        size = len(self._facts)
        self._weights = {form: math.log(1 + (size - n + 0.5) / (n + 0.5)) for form, n in counts.items()}
        asked = [(at, *self._phrase(text)) for at, fact in enumerate(self._facts) for text in (fact.title, *fact.asked)]
        self._ways = [(at, weight) for at, _, weight in asked]
        self._ways_by_form = _by_form((way, forms) for way, (_, forms, _) in enumerate(asked))
        self._names = [[f" {' '.join(words(name))} " for name in (f.title, *f.synonyms)] for f in self._facts]
        self._on_pay = [isinstance(fact, Pay | PayFactor) for fact in self._facts]
        self._pay = {form for unit in self._units(_PAY) for form in unit}
        self._bm25: Any = bm25s.BM25(k1=1.2, b=0.5)
        self._bm25.index([[form for unit in document for form in unit] for document in documents], show_progress=False)
        self._silences = [
            (silence, [self._units(half) for half in name.split("+")])
            for silence in catalog.all(Silence)
            for name in silence.synonyms
        ]
        self._silences_by_form = _by_form(
            (number, (form for unit in name[0][:1] for form in unit)) for number, (_, name) in enumerate(self._silences)
        )
        self._spell = Speller(word for text in self._texts(catalog) for word in words(text))

    def find(self, question: str, most: int) -> Finding:
        said = [self._spell(word) for word in words(question)]
        asked = list(dict.fromkeys(self._lexicon.units(said)))
        known = [form for unit in asked for form in unit if form in self._weights]
        silence = self._silence(asked)
        if not known:
            return Finding((), silence)
        ranks, weighed = self._bm25.get_scores(known), [(unit, self._weight(unit)) for unit in asked]
        named, of_pay = f" {' '.join(said)} ", not self._pay.isdisjoint(known)
        likeness = self._likeness(weighed)
        scores = [
            (float(rank) + _LIKENESS * likeness.get(at, 0.0) + _NAMED * self._named(named, at))
            * (_BESIDE if self._on_pay[at] and not of_pay else 1.0)
            for at, rank in enumerate(ranks)
        ]
        # Only the foremost are looked at closely: there, the one that leaves less of the question aside is better.
        foremost = sorted(range(len(self._facts)), key=lambda at: -scores[at])[: most * 2]
        hits = [self._hit(asked, at, scores[at]) for at in foremost]
        return Finding(tuple(sorted(hits, key=lambda hit: -hit.score - _WHOLE * hit.coverage)[:most]), silence)

    def _hit(self, asked: Sequence[Unit], at: int, score: float) -> Hit:
        covered = sum(self._weight(unit) for unit in asked if not self._forms[at].isdisjoint(unit))
        return Hit(self._facts[at], score, covered, covered / sum(map(self._weight, asked)))

    def _named(self, question: str, at: int) -> int:
        """How many words of the question name this fact outright, by its title or a synonym."""
        return max((name.count(" ") - 1 for name in self._names[at] if name in question), default=0)

    def _units(self, text: str) -> list[Unit]:
        return list(dict.fromkeys(self._lexicon.units(words(text))))

    def _weight(self, unit: Unit) -> float:
        """How telling a unit is: the inverse document frequency of its commonest form, as BM25 takes it."""
        return min((self._weights[form] for form in unit if form in self._weights), default=_UNKNOWN)

    def _phrase(self, text: str) -> tuple[frozenset[str], float]:
        """A way of asking: all its forms, and its weight."""
        units = self._units(text)
        return frozenset(form for unit in units for form in unit), sum(map(self._weight, units))

    def _likeness(self, asked: Sequence[tuple[Unit, float]]) -> dict[int, float]:
        """How like the question is to the likest way of asking for a fact: shared weight over all weight, 0 to 1. Facts
        that are not there share nothing with it."""
        shared: defaultdict[int, float] = defaultdict(float)
        for unit, weight in asked:
            for way in {way for form in unit for way in self._ways_by_form.get(form, ())}:
                shared[way] += weight
        whole, best = sum(weight for _, weight in asked), dict[int, float]()
        for way, weight in shared.items():
            at, its = self._ways[way]
            best[at] = max(best.get(at, 0.0), min(weight / (whole + its - weight), 1.0))
        return best

    def _silence(self, asked: Sequence[Unit]) -> Silence | None:
        """The first silence that the question gives away, by words that stand near each other."""
        starts = range(max(1, len(asked) - _NEAR + 1))
        stretches = [{form for unit in asked[start : start + _NEAR] for form in unit} for start in starts]
        begun = {number for unit in asked for form in unit for number in self._silences_by_form.get(form, ())}
        for silence, name in (self._silences[number] for number in sorted(begun)):
            if any(_holds(forms, name) for forms in stretches):
                return silence
        return None

    def _document(self, catalog: Catalog, fact: Fact) -> Iterator[Unit]:
        named = [fact.title, *fact.synonyms, *_called(catalog, fact)]
        for text in (*named, *named, *fact.asked, *fact.asked, fact.text):
            yield from self._lexicon.units(words(text))

    def _texts(self, catalog: Catalog) -> Iterator[str]:
        """Everything that a word may be known from."""
        for fact in self._facts:
            yield from (fact.title, fact.text, *fact.synonyms, *fact.asked, *_called(catalog, fact))
        for entry in (*catalog.all(Wording), *catalog.all(Silence)):
            yield from (entry.title, *entry.synonyms)


def _by_form(numbered: Iterable[tuple[int, Iterable[str]]]) -> dict[str, list[int]]:
    """Which of them have a form."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, forms in numbered:
        for form in set(forms):
            found[form].append(number)
    return dict(found)


def _holds(forms: set[str], name: Sequence[Sequence[Unit]]) -> bool:
    """Whether all that a silence's synonym names is among the forms."""
    return all(half and all(not forms.isdisjoint(unit) for unit in half) for half in name)


def _called(catalog: Catalog, fact: Fact) -> Iterable[str]:
    """What a fact is called besides its own names: its level, region or kind."""
    ids = [getattr(fact, key, None) for key in ("level", "region", "kind")]
    for entry in (catalog.find(found, Entry) for found in ids if found):
        if entry:
            yield from (entry.title, *entry.synonyms)
    if isinstance(fact, Pay | PayFactor):
        yield _PAY
    if isinstance(fact, Tool):
        yield "tool"
    if isinstance(fact, Trend):
        yield fact.act
