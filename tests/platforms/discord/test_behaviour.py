"""What people do on Discord, and what they see."""

import json

import pytest

from tests.platforms.discord.conftest import Here, click, menu_of, parts, shown, texts

# ── commands, clicks, menus, forms ────────────────────────────────────────────────────────────────────────────────────


async def test_a_slash_command_is_answered_privately_at_once_with_its_picture(here: Here) -> None:
    result = await here.ada.slash(here.channel, "salary", level="apprentice", offer="12k")
    answer = shown(result)
    assert answer.ephemeral
    assert not result.deferred
    assert "Your offer, €12,000" in texts(answer)
    assert [file.filename for file in answer.attachments] == ["chart-1.png"]
    assert not any(message.id == answer.id for message in here.channel.history(viewer=here.grace))


async def test_a_request_says_who_asks_where_and_when(here: Here) -> None:
    assert f"Ada {here.channel.id} 2026-11-23 False" in texts(shown(await here.ada.slash(here.channel, "who")))
    assert "Ada alone 2026-11-23 False" in texts(shown(await here.ada.user.slash("who")))
    await here.grace.send(here.channel, f"{here.me} who")
    assert here.channel.last_message
    assert f"Grace {here.channel.id} 2026-11-23 True" in texts(here.channel.last_message)


async def test_what_is_typed_is_completed(here: Here) -> None:
    found = await here.ada.autocomplete(here.channel, "help", "name", "sal")
    assert found[0] == {"name": "salary", "value": "salary"}


async def test_free_words_are_taken_where_words_are_completed(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "help", name="salry"))
    assert "Not quite" in texts(answer)
    mended = await here.ada.click(answer, label="salary")
    assert "salary \\[level\\]" in texts(shown(mended))


async def test_a_click_and_a_menu_rewrite_a_private_answer_in_place(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "salary"))
    clicked = shown(
        await here.ada.select(answer, [menu_of(answer)["options"][0]["value"]], custom_id=menu_of(answer)["custom_id"])
    )
    assert clicked.id == answer.id
    assert "Salary: Apprentice" in texts(clicked)
    dug = shown(await here.ada.slash(here.channel, "ask", question="how deep do I dig?"))
    heap = shown(await here.ada.click(dug, label="A tip on this"))
    assert heap.id == dug.id
    assert "Start a heap" in texts(heap)


async def test_what_is_to_stay_is_answered_beside_it_in_a_channel_and_in_private(here: Here) -> None:
    fork = shown(await here.ada.slash(here.channel, "fork"))
    beside = shown(await here.ada.click(fork, label="Beside"))
    assert beside.id != fork.id
    assert beside.ephemeral
    assert shown(await here.ada.click(fork, label="In place")).id == fork.id
    private = shown(await here.ada.user.slash("fork"))
    beside = shown(await here.ada.user.click(private, label="Beside"))
    assert beside.id != private.id
    assert "Start a heap" in texts(beside)
    assert [texts(one).splitlines()[0] for one in here.ada.user.dm_channel.history()] == ["## Fork", "## Start a heap"]


async def test_a_picture_of_the_answer_before_does_not_stay(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "salary"))
    assert answer.attachments
    stale = "0:tip"
    await click(here.ada, answer, stale)
    assert texts(answer).startswith("## Start a heap")
    assert answer.attachments == []


async def test_a_button_that_asks_first_opens_a_form_and_what_is_written_becomes_the_argument(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "salary"))
    form = await here.ada.click(answer, label="Compare an offer")
    assert form.modal
    assert form.modal["title"] == "Salary"
    sent = shown(await here.ada.submit_modal(form, {"answer": "13k"}))
    assert sent.id == answer.id
    assert "Your offer, €13,000" in texts(sent)
    again = await here.ada.click(sent, label="Compare an offer")
    slip = shown(await here.ada.submit_modal(again, {"answer": "plenty"}))
    assert "not an amount I can read" in texts(slip)


# ── public and private ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_share_posts_for_all_and_leaves_the_private_answer(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "tip"))
    before = texts(answer)
    shared = shown(await here.ada.click(answer, label="Share"))
    assert not shared.ephemeral
    assert shared.id != answer.id
    assert texts(answer) == before == texts(shared)
    assert here.channel.history(viewer=here.grace)[-1].id == shared.id


async def test_a_click_on_a_public_answer_is_answered_to_the_clicker_alone(here: Here) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    public = here.channel.last_message
    assert public
    before = texts(public)
    own = shown(await here.grace.click(public, label="Another tip"))
    assert own.ephemeral
    assert own.id != public.id
    assert texts(public) == before


async def test_a_form_from_a_public_answer_is_answered_to_the_one_who_filled_it_in(here: Here) -> None:
    await here.ada.send(here.channel, f"{here.me} salary")
    public = here.channel.last_message
    assert public
    form = await here.grace.click(public, label="Compare an offer")
    own = shown(await here.grace.submit_modal(form, {"answer": "12k"}))
    assert own.ephemeral
    assert own.id != public.id


async def test_a_reply_that_is_for_all_by_itself_is_posted_for_all(here: Here) -> None:
    assert not shown(await here.ada.slash(here.channel, "open")).ephemeral
    own = shown(await here.ada.slash(here.channel, "tip"))
    posted = shown(await click(here.ada, own, "0:open"))
    assert not posted.ephemeral
    assert posted.id != own.id


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_file_is_attached_for_the_asker_alone_and_goes_when_the_answer_changes(here: Here) -> None:
    await here.ada.slash(here.channel, "tip")
    kept = shown(await here.ada.slash(here.channel, "privacy"))
    answer = shown(await here.ada.click(kept, label="Export"))
    assert answer.id == kept.id
    assert answer.ephemeral
    assert [file.filename for file in answer.attachments] == ["careerbot-2026-11-23.json"]
    data = json.loads(await answer.attachments[0].read())
    assert [row["user"] for row in data["tables"]["rotation"]] == [str(here.ada.id)]
    (part,) = (part for part in parts(answer) if part["type"] == 13)
    assert part["name"] == "careerbot-2026-11-23.json"
    assert not here.channel.history(viewer=here.grace)
    back = shown(await here.ada.click(answer, label="What I keep"))
    assert (back.id, back.attachments) == (answer.id, [])


async def test_a_file_asked_for_in_the_open_is_given_to_whoever_presses(here: Here) -> None:
    await here.ada.slash(here.channel, "tip")
    await here.ada.send(here.channel, f"{here.me} privacy export")
    public = here.channel.last_message
    assert public
    assert public.attachments == []
    own = shown(await here.ada.click(public, label="Show me"))
    assert own.ephemeral
    assert own.attachments
    assert "I keep nothing about you" in texts(shown(await here.grace.click(public, label="Show me")))


async def test_a_direct_message_is_answered_with_the_file(here: Here) -> None:
    await here.ada.send_dm("tip")
    await here.ada.send_dm("privacy export")
    answer = here.ada.user.dm_channel.last_message
    assert answer
    assert [file.filename for file in answer.attachments] == ["careerbot-2026-11-23.json"]


# ── direct messages and mentions ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_direct_message_is_answered_and_a_click_there_rewrites_the_answer(here: Here) -> None:
    await here.ada.send_dm("how deep do I dig?")
    answer = here.ada.user.dm_channel.last_message
    assert answer
    assert "one spade deep" in texts(answer)
    clicked = shown(await here.ada.user.click(answer, label="A tip on this"))
    assert clicked.id == answer.id
    assert "Start a heap" in texts(clicked)
    assert not shown(await here.ada.user.slash("tip")).ephemeral
    assert not any(part.get("label") == "Share" for part in parts(clicked))


@pytest.mark.parametrize(
    ("said", "title"),
    [("{me} tip", "Start a heap"), ("{me}", "Hello!"), ("hey {me}, salary", "What a gardener earns"),
     ("how deep do I dig? {me}", "Digging"), ("{me} sallary", "Not quite")],
)  # fmt: skip
async def test_a_mention_is_answered_in_the_open_as_a_reply_that_pings_nobody(
    here: Here, said: str, title: str
) -> None:
    asked = await here.ada.send(here.channel, said.format(me=here.me))
    answer = here.channel.last_message
    assert answer
    assert title in texts(answer)
    assert answer.reference
    assert answer.reference.message_id == asked.id
    (sent,) = here.requests("POST", "/messages")
    assert sent.json["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert len(sent.json["nonce"]) <= 25


async def test_it_stays_silent_where_nobody_speaks_to_it(here: Here) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    answer = here.channel.last_message
    assert answer
    await here.ada.send(here.channel, "thank you", reply_to=answer)
    await here.ada.send(here.channel, "@everyone what does it pay?")
    other = here.env.guild.add_member(here.env.create_user("otherbot", bot=True))
    await other.send(here.channel, f"{here.me} tip")
    assert len(here.requests("POST", "/messages")) == 1


async def test_what_a_person_typed_comes_back_without_mentions_or_links(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "ask", question="@everyone <@1> [x](https://evil.example)"))
    assert "\\@everyone \\<\\@1\\> \\[x\\](https\\://evil.example)" in texts(answer)
