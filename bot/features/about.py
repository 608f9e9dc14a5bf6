from bot import __version__
from bot.core.catalog import Catalog
from bot.core.chat import Call, Choice, Fields, Reply, Text
from bot.core.command import Group, command


@command(examples=[""], aliases=["version", "source"], group=Group.BOT)
async def about(catalog: Catalog) -> Reply:
    """Where my answers come from, what I keep about you, and my version."""
    source = catalog.pack.source
    return Reply(
        "About careerbot",
        (
            Text(f"Every fact I tell comes from one article, *{source.title}*. {source.about}"),
            Text(f"**The figures.** {source.figures}"),
            Text("**The advice** in tips is ours; each tip names the facts that it rests on."),
            Text(
                "**What I keep about you,** under your account's id: how far you are in the tips, so that none comes "
                "twice. Once you learn with me, also your name as the platform gives it, your answers with their "
                "times, how well you know each question, your streak day by day, your settings, and what you reported "
                "of a question. If you link accounts, I keep which belong together. I keep no message, and nothing "
                "that you ask me. I read only commands, mentions of me, direct messages to me, and a message that you "
                "ask me about with a shortcut. `privacy export` gives you all of it, `privacy delete` takes it away."
            ),
            Text(
                "**What others see:** those who learn where you do see your name, days, right answers and streak on "
                "the leaderboard, unless you say `leaderboard hide`."
            ),
            Fields((("Pack", catalog.pack.id), ("Version", __version__), ("License", "MIT"))),
        ),
        (Choice("What can you do?", Call("help")),),
    )
