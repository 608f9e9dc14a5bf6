"""The command line. Nothing heavy is imported before the command that needs it runs."""

import asyncio
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from bot.cli import db, preview
from bot.core.errors import CareerbotError
from bot.roles import Role

if TYPE_CHECKING:
    from bot.settings import Settings

cli = typer.Typer(
    name="careerbot",
    help="Career answers for communities of would-be AI engineers, on Slack and Discord.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
cli.add_typer(db.cli, name="db")
cli.add_typer(preview.cli, name="preview")
_PACK = Annotated[str | None, typer.Option("--pack", help="A content pack: its name, or its folder.")]


def main() -> None:
    """Run the command line; what goes wrong in a way that we know is told in a sentence, without a traceback."""
    try:
        cli()
    except CareerbotError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


def _settings() -> "Settings":
    from bot import settings

    return settings.load()


@cli.command()
def run(
    only: Annotated[
        list[Role] | None,
        typer.Option(
            help="One part of the work, for one of several processes: to hear a platform, or to send what is due "
            "(digests, reminders, results). May be given again."
        ),
    ] = None,
    shards: Annotated[
        str | None, typer.Option(help="Discord: which shards this process serves, such as 0-3 or 0,2; all if left out.")
    ] = None,
    shard_count: Annotated[
        int | None, typer.Option(help="Discord: how many shards all processes have together. Goes with --shards.")
    ] = None,
) -> None:
    """Serve every platform that has its tokens, until told to stop."""
    from bot.operations import process

    with process.starting():
        from bot import serving
        from bot.platforms.discord.shards import read

        settings, roles = _settings(), only or ()
        with asyncio.Runner(loop_factory=serving.loop_factory(settings, roles)) as runner:
            sys.exit(runner.run(serving.serve(settings, roles, read(shards, shard_count))))


@cli.command()
def invite(
    client_id: Annotated[
        str | None, typer.Option(help="The application's id; left out, it is read from DISCORD_TOKEN.")
    ] = None,
) -> None:
    """Print the links that add the bot to a Discord server, or to one person's account."""
    from bot.platforms.discord import invite as links

    token = _settings().discord_token
    known = links.application_id(client_id, token.value if token else None)
    typer.echo(f"To a server (for whoever may manage it):\n  {links.to_server(known)}")
    typer.echo(f"To one person, wherever they are:\n  {links.to_person(known)}")


@cli.command()
def demo(
    pack: _PACK = None,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Try both platforms without a browser; exit 0 or 1.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the start page in a browser.")] = True,
    port: Annotated[int, typer.Option(help="The start page's port; 0 for any that is free.")] = 0,
) -> None:
    """Try careerbot in a browser: a Discord and a Slack on this machine, with no account."""
    if find_spec("simcord") is None:
        _fail(
            "The demo's Discord needs one more package: in a checkout `make demo` installs it, elsewhere "
            "pip install 'simcord[preview]'."
        )
    from bot import app

    name = pack or _settings().pack
    work = (
        app.demo_self_test(name, typer.echo)
        if self_test
        else app.demo(name, port=port, open_browser=open_browser, tell=typer.echo)
    )
    sys.exit(asyncio.run(work))


@cli.command(hidden=True)
def demo_discord(pack: str) -> None:
    """The demo's Discord side: in a process of its own, as its simulator patches the process."""
    from bot import app

    app.demo_discord(pack)


@cli.command()
def chat(
    text: Annotated[
        str | None, typer.Argument(help="What to say, such as: salary entry us. Without it: converse.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as data.")] = False,
    pack: _PACK = None,
) -> None:
    """Talk with the bot in this terminal."""
    from bot import app
    from bot.platforms import console

    conversation = console.Conversation(app.dispatcher(pack or _settings().pack), lambda: datetime.now(UTC))
    asyncio.run(conversation.say_once(text, as_json=as_json) if text is not None else conversation.converse())


@cli.command()
def check(path: Annotated[str | None, typer.Argument(help="A content pack: its folder, or its name.")] = None) -> None:
    """Check a content pack, and say what is in it."""
    from rich.console import Console

    from bot import app, content
    from bot.cli import check as pack_check

    folder = content.find(path or _settings().pack)
    Console().print(pack_check.report(content.load(folder)))
    asyncio.run(app.make_ready(folder))


@cli.command()
def reports(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as data.")] = False, pack: _PACK = None
) -> None:
    """Show what people find wrong in the quiz, question by question. The bot may be running."""
    from rich.console import Console

    from bot import content
    from bot.cli import reports as told

    settings = _settings()
    found = asyncio.run(told.gather(settings.database_url, content.load(content.find(pack or settings.pack))))
    if as_json:
        typer.echo(told.to_json(found))
    else:
        Console().print(told.render(found))


@cli.command()
def digests(
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on looking, every second, until Ctrl and C; in a terminal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as data, once.")] = False,
) -> None:
    """Show the weekly digests: when they are due, and what became of the last ones. The bot may be running."""
    from bot.cli import overview

    asyncio.run(overview.show(_settings().database_url, watch=watch, as_json=as_json))


@cli.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither Slack nor Discord.")] = False,
) -> None:
    """Say what is set up, what is missing, and what to do next. It asks Slack and Discord, and changes nothing."""
    from rich.console import Console

    from bot.cli import doctor as examination

    findings = examination.examine(offline=offline)
    Console().print(examination.render(findings))
    sys.exit(0 if findings.healthy else 1)


@cli.command()
def manifest(
    platform: Annotated[Literal["slack"], typer.Argument(help="Whose manifest.")],
    mode: Annotated[Literal["socket", "http"], typer.Option(help="How Slack is to reach the bot.")] = "socket",
    url: Annotated[
        str | None, typer.Option(help="HTTP mode: the bot's public address, such as https://bot.example.org.")
    ] = None,
    one_workspace: Annotated[
        bool, typer.Option(help="HTTP mode: for one workspace, with a token that never expires.")
    ] = False,
) -> None:
    """Print the app manifest to paste into Slack."""
    from bot import app

    del platform  # there is one; the word keeps the command's shape for the day there are two
    typer.echo(app.slack_manifest(mode, url, one_workspace=one_workspace).rstrip())


@cli.command(hidden=True)
def generate(
    check_only: Annotated[bool, typer.Option("--check", help="Change nothing; fail if a file is stale.")] = False,
) -> None:
    """Write what is generated from the code: the README's tables, `.env.example`, Slack's manifests."""
    from bot.cli import generate as generator

    stale = generator.stale(Path.cwd())
    for file in stale:
        if not check_only:
            file.write()
        typer.echo(f"{'stale' if check_only else 'written'}: {file.path}")
    if check_only and stale:
        _fail("Run `make generate` and commit what it writes.")


if __name__ == "__main__":
    main()
