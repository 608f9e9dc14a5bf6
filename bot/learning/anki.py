"""Questions as a file that Anki imports: https://docs.ankiweb.net/importing/text-files.html (Anki 2.1.55 and later).

A note's guid is made of the pack's id and the question's. So importing a later file updates the notes that are there,
and leaves their schedules alone.
"""

from collections.abc import Iterable
from html import escape

from bot.core.catalog import Catalog, Fact, Question
from bot.core.markup import plain
from bot.core.words import source_of
from bot.learning.quiz import places

#: No `columns`: where it names the fields, Anki looks for a type with these very names, and it translates the names of
#: its own types. Without it, the columns left over fill the fields in order: Front, then Back.
_HEADER = ("separator:tab", "html:true", "notetype:Basic", "guid column:1", "deck column:2", "tags column:5")


def as_text(catalog: Catalog, questions: Iterable[Question]) -> str:
    """A line a question: guid, deck, front, back, tags. The deck is made where there is none of that name yet."""
    lines = [f"#{line}" for line in _HEADER]
    lines += ["\t".join(_columns(catalog, question)) for question in questions]
    return "".join(f"{line}\n" for line in lines)


def _columns(catalog: Catalog, question: Question) -> tuple[str, str, str, str, str]:
    fact = catalog.get(question.fact, Fact)
    bank = (question.right, *question.wrong)
    # The same order in every file, drawn so that the place tells nothing.
    choices = "".join(f"<li>{_html(bank[place])}</li>" for place in places("anki", question.id))
    back = (f"<b>{_html(question.right)}</b>", _html(plain(question.explanation)), _html(source_of(catalog, fact)))
    return (
        f"careerbot/{catalog.pack.id}/{question.id}",
        f"careerbot::{_line(catalog.pack.title)}",
        f"{_html(plain(question.question))}<ol type=A>{choices}</ol>",
        "<br><br>".join(back),
        " ".join(("careerbot", *(f"careerbot::{topic}" for topic in fact.topics))),
    )


def _html(text: str) -> str:
    """Text inside a field: what would be markup is shown as it is, and nothing ends the field or the line."""
    return escape(_line(text))


def _line(text: str) -> str:
    return " ".join(text.split())
