"""The self-test's learner: Grace answers the quiz on Discord, reads her streak there, and gets a code for Slack."""

from bot.core.chat import Call
from bot.demo.discord.told import SelfTestFailed, Told, button, buttons
from bot.platforms.discord.choices import call_of


async def answer_a_question(told: Told) -> None:
    """The first by /quiz, each later one by the “Next” under the verdict on the one before."""
    here = told.here
    if told.verdict is None:
        asked = await told.saw("Grace types /quiz", await here.grace.slash(here.careers, "quiz"))
    else:
        more = button(told.verdict, Call("quiz"))
        result = await here.grace.click(told.verdict, custom_id=more["custom_id"])
        asked = await told.saw(f"Grace clicks “{more['label']}”", result)
    pick = next((one for one in buttons(asked) if "pick" in dict(call_of(one["custom_id"]).arguments)), None)
    if pick is None:
        raise SelfTestFailed(f"{told.lines[-2]}: a question comes with its choices; but it came otherwise")
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
