"""Words, as a question and a fact meet in them: what they mean, how they are spelled, which are too little to count."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from bot.core.catalog import Wording
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

#: A word or a phrase of a text, as the forms under which it may be met: its stem, and its meanings.
Unit = tuple[str, ...]


class Lexicon:
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


class Speller:
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
