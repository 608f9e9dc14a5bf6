"""`careerbot preview`: what the bot would post unasked, for authors and developers; without a database or a token."""

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from bot.core.chat import Reply

cli = typer.Typer(help="See what the bot would post, without posting it.", no_args_is_help=True)

#: Stands for what only a real post has: its question's asking, and the file of a picture on Slack.
_ASKED, _FILE = "preview", "F0PREVIEW"
_LEFT_OUT = "Left out: who learns in the place, and who set the digest up. Only the database knows, and none was asked."
_PICTURE = f"{_FILE} stands for the chart's picture, which is uploaded to Slack before the post."


@cli.command()
def digest(
    week: Annotated[str | None, typer.Option(help="Which week, such as 2026-W49; left out, this one.")] = None,
    platform: Annotated[
        Literal["console", "slack", "discord"],
        typer.Option(help="As whom to show it: in this terminal, or as the JSON that is posted there."),
    ] = "console",
    place: Annotated[str, typer.Option(help="Whose order of topics: PLATFORM/WORKSPACE/CHANNEL.")] = "preview",
    pack: Annotated[str | None, typer.Option("--pack", help="A content pack: its name, or its folder.")] = None,
) -> None:
    """Show the weekly digest of a week."""
    from bot import content, settings
    from bot.digests.compose import Issue, People, compose

    catalog = content.load(content.find(pack or settings.load().pack))
    made = compose(catalog, Issue(_monday(week), place, _ASKED), People())
    _show(made, platform)
    typer.echo(_LEFT_OUT, err=True)


def _monday(name: str | None) -> date:
    """Raises CareerbotError for what names no week."""
    from bot.core.days import week
    from bot.core.errors import BadValue, CareerbotError
    from bot.core.markup import plain
    from bot.core.weekly import read_week

    try:
        return read_week(name) if name is not None else week(datetime.now(UTC).date())
    except BadValue as error:
        raise CareerbotError(plain(str(error))) from None


def _show(made: "Reply", platform: Literal["console", "slack", "discord"]) -> None:
    if platform == "console":
        from rich.console import Console

        from bot.platforms import console

        console.show(Console(highlight=False), made)
        return
    messages = _on_slack(made) if platform == "slack" else _on_discord(made)
    typer.echo(json.dumps(messages, ensure_ascii=False, indent=2))


def _on_slack(made: "Reply") -> list[dict[str, Any]]:
    """What chat.postMessage is given, but for the channel and the delivery's key."""
    from bot.platforms.slack.render import charts, render

    pictures = dict.fromkeys(charts(made), _FILE)
    if pictures:
        typer.echo(_PICTURE, err=True)
    return [message.content() for message in render(made, pictures)]


def _on_discord(made: "Reply") -> list[dict[str, Any]]:
    """What is posted to the channel, but for the delivery's key and the pictures themselves."""
    from bot.platforms.discord.render import render
    from bot.platforms.discord.wire import attachments, content

    return [content(message.components) | attachments(name for name, _ in message.attached) for message in render(made)]
