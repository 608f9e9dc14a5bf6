"""Each peer has its bot and its pins. They are installed by `make bench-peers`, never here."""

import json
import tomllib
from pathlib import Path

import pytest

from deploy.requirements import check
from tests.bench.peers.registry import HERE, PEERS, Peer

BLOCK = "# /// script\n"


def wanted(bot: Path) -> list[str]:
    """What a bot says it needs, by package: the lines of its metadata (PEP 723)."""
    block = bot.read_text("utf-8").removeprefix(BLOCK).partition("# ///\n")[0]
    needs = tomllib.loads("\n".join(line.removeprefix("# ") for line in block.splitlines()))["dependencies"]
    return [need.partition(" ;")[0] for need in needs]


def test_there_is_a_row_for_every_bot() -> None:
    there = {bot.name.removesuffix("_bot.py") for bot in HERE.glob("*_bot.py")}
    there |= {package.parent.name for package in HERE.glob("*/package.json")}
    assert there == {peer.file for peer in PEERS}


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.in_python], ids=lambda peer: peer.name)
def test_what_a_bot_needs_is_pinned_with_hashes(peer: Peer) -> None:
    assert check.unpinned(peer.pins) == []
    pinned = peer.pins.read_text("utf-8").lower()
    for need in wanted(HERE / f"{peer.file}_bot.py"):
        name, equals, version = need.partition("==")
        if equals:
            assert f"\n{name.partition('[')[0].lower()}=={version} " in pinned


def test_what_a_bot_on_node_needs_is_pinned_with_hashes() -> None:
    for peer in PEERS:
        if not peer.in_python:
            lock = json.loads(peer.pins.read_text("utf-8"))["packages"]
            asked = json.loads((HERE / peer.file / "package.json").read_text("utf-8"))["dependencies"]
            assert lock.pop("")["dependencies"] == asked
            assert all(one["integrity"].startswith("sha512-") for one in lock.values())
