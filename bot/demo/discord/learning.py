"""The self-test's learner: Grace answers the quiz on Discord, reads her streak there, and gets a code for Slack."""

from bot.core.chat import Call
from bot.demo.discord.told import Told, an_answer, button


async def answer_a_question(told: Told) -> None:
    """The first by /quiz, each later one by the “Next” under the verdict on the one before."""
    here = told.here
    if told.verdict is None:
        asked = await told.saw("Grace types /quiz", await here.grace.slash(here.careers, "quiz"))
    else:
        more = button(told.verdict, Call("quiz"))
        result = await here.grace.click(told.verdict, custom_id=more["custom_id"])
        asked = await told.saw(f"Grace clicks “{more['label']}”", result)
    pick = an_answer(asked.components)
    result = await here.grace.click(asked, custom_id=pick["custom_id"])
    told.verdict = await told.saw(f"Grace clicks “{pick['label']}”", result)
    told.must("The answer:" in told.said, "whoever answers is told what is right")


async def read_the_streak(told: Told) -> None:
    here = told.here
    await told.saw("Grace types /streak", await here.grace.slash(here.careers, "streak"))
    told.must("Your streak:" in told.said, "the streak is told")


async def ask_for_a_code(told: Told) -> None:
    here = told.here
    shown = await told.saw("Grace types /link", await here.grace.slash(here.careers, "link"))
    told.must(shown.ephemeral, "a code is for the person alone")
