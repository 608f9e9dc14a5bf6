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
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from bot.core.catalog import Catalog, Entry, Fact, Pay, PayFactor, Silence, Tool, Trend, Wording
from bot.core.parameters import normal

_STOP = frozenset(
    "a an the and or of to in on at for with by from as is are was were be been being am do does did done doing can "
    "could would should will shall may might must have has had having i me my mine you your yours we our us he him his "
    "she her they their them it its this that these those there here what whats which who whom whose when where why "
    "how if then than so such very really just also any some all about into out up down over not no yes isn aren wasn "
    "weren don doesn didn won wouldn couldn shouldn hasn haven please pls plz say mean means tell know explain thing "
    "things stuff like get got want wants ai engineer engineers engineering one ones someone somebody anyone anybody "
    "everyone everybody people person folk folks guys mate friend hi hello hey thanks thx ok okay ugh lol btw tbh idk "
    "wtf yo u ur wat anyway actually good best better need needs needed kind kinds sort sorts matter matters much many "
    "more most quite bit lot lots even still too only go going gonna take takes give gives let lets think wonder "
    "wondering im ive day days today now nowadays ever again other others another whether while because but list part "
    "parts back rather exactly basically maybe perhaps somewhere elsewhere something anything nothing roughly truly "
    "sure right well end every per within crazy bro dude sir madam kindly dear y wat ppl kinda gimme cool proper "
    "properly already sometimes honestly currently ask asked asking wish believe claim several".split()
)
_SHORT_FORMS = re.compile(r"(?<=\w)['’](?:s|re|ve|ll|d|m|t)\b")

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

    async def ready(self) -> None:
        """Make the index, beside the event loop: it takes half a second, in which others are answered."""
        if "_index" not in vars(self):
            await asyncio.to_thread(lambda: self._index)

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
                if (key := tuple(map(_stem, words(name)))) and wording.id not in self._meanings[key]:
                    self._meanings[key].append(wording.id)
        self._longest = max(map(len, self._meanings), default=1)

    def units(self, said: Sequence[str]) -> Iterator[Unit]:
        """The units of words in order; little words are left out, unless they are part of a phrase."""
        stems = [_stem(word) for word in said]
        at = 0
        while at < len(said):
            size = next((n for n in range(self._longest, 0, -1) if tuple(stems[at : at + n]) in self._meanings), 1)
            if size > 1:
                yield tuple(self._meanings[tuple(stems[at : at + size])])
            for word, stem in zip(said[at : at + size], stems[at : at + size], strict=True):
                # What a phrase is made of counts too, if it means something: "junior make" is of juniors, and of pay.
                if word not in _STOP and (size == 1 or (stem,) in self._meanings):
                    yield (stem, *self._meanings.get((stem,), ()))
            at += size


class _Speller:
    """Reads an unknown word as the nearest known one: one slip in four to eight letters, two in nine and more."""

    def __init__(self, known: Iterable[str]) -> None:
        self._all = frozenset(known) | _STOP
        self._stems = frozenset(map(_stem, self._all))
        self._words = sorted(word for word in self._all if len(word) > 3 and word.isalpha())

    def __call__(self, word: str) -> str:
        if len(word) < 4 or not word.isalpha() or word in self._all or _stem(word) in self._stems:
            return word
        from rapidfuzz import process  # only for who slips
        from rapidfuzz.distance import DamerauLevenshtein

        slips = 1 if len(word) < 9 else 2
        near = process.extract(word, self._words, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=5)
        # People rarely miss the first letter; where it differs it is another word ("remotely" is not "removing").
        return next((found for found, _, _ in near if found[0] == word[0]), word)


class _Index:
    def __init__(self, catalog: Catalog) -> None:
        import bm25s  # numpy with it: only when the first question comes

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # its import has set it to DEBUG
        self._lexicon = _Lexicon(catalog.all(Wording))
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
        self._spell = _Speller(word for text in self._texts(catalog) for word in words(text))

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


@cache
def _stemmer() -> Callable[[str], str]:
    import snowballstemmer  # with all its languages: only when the first question comes

    stem: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
    return stem


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    return _stemmer()(word)


def words(text: str) -> list[str]:
    """The words of a text as they are compared; "don't" is "don"."""
    return normal(_SHORT_FORMS.sub("", text)).split()


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
