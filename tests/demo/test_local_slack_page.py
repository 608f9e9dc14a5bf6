"""The page: in a real browser, and against those who should not reach it."""

import base64
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect
from slack_bolt.async_app import AsyncApp

from bot.demo.slack import LocalSlack

from .conftest import client_of

#: A picture of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
async def page(chromium: str, slack: LocalSlack, app: AsyncApp) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(slack.url)
        yield page
        await browser.close()
        assert not complaints


async def test_a_person_asks_clicks_and_fills_in_a_form(page: Page, slack: LocalSlack) -> None:
    box, last = page.get_by_label("Message", exact=True), page.locator(".message").last
    await box.fill("/career sal")
    await page.keyboard.press("Tab")
    await expect(box).to_have_value("/career salary ")
    await page.keyboard.type("<b>senior</b>")
    await page.keyboard.press("Enter")
    await expect(last).to_contain_text("You asked salary <b>senior</b>")
    await expect(last).to_contain_text("Only visible to you")
    await last.get_by_role("button", name="More").click()
    await expect(last).to_contain_text("More.")
    await expect(last).not_to_contain_text("You asked")

    await box.fill("/career form")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await dialog.get_by_label("Goal").fill("none")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("Dream bigger.")
    await dialog.get_by_label("Goal").fill("a job")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_role("navigation").get_by_role("button", name="careerbot").click()
    await expect(last).to_contain_text("Goal: a job")

    await page.get_by_role("radio", name="Grace").click()
    await expect(page.locator(".log")).not_to_contain_text("Only visible to you")


async def test_the_page_shows_live_what_is_posted_and_what_is_refused(page: Page, slack: LocalSlack) -> None:
    await expect(page.get_by_role("heading", name="careers", exact=False).first).to_be_visible()
    await client_of(slack).chat_postMessage(channel=slack.careers, text="*News* for <!here> &amp; &lt;script&gt;")
    await expect(page.locator(".message").last).to_contain_text("News for @here & <script>")
    await slack.slash(slack.ada, slack.careers, "/career", "bad")
    await expect(page.get_by_role("alert")).to_contain_text("must have at most 3000 characters, has 3001")
    await page.get_by_role("button", name="careerbot", exact=True).click()
    await page.get_by_role("button", name="Home").click()
    await expect(page.locator("#home")).to_contain_text("Welcome home.")


async def test_shortcuts_are_offered_beside_the_box_and_beside_each_message_in_threads_too(
    page: Page, slack: LocalSlack
) -> None:
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Ask anything").click()
    await expect(dialog).to_contain_text("Anything")
    await dialog.get_by_role("button", name="Cancel").click()
    first = slack.say(slack.grace, slack.careers, "Hello")
    slack.say(slack.grace, slack.careers, "Deep", thread_ts=first.ts)
    deep = page.locator(".message.reply")
    await deep.hover()
    await deep.get_by_role("button", name="Ask about this").click()
    await expect(dialog).to_contain_text("Deep")


async def test_a_posted_file_can_be_saved_and_a_posted_picture_is_seen(page: Page, slack: LocalSlack) -> None:
    client, dm = client_of(slack), slack.workspace.dm_of(slack.ada)
    assert dm
    await client.files_upload_v2(content="{}", filename="ada's <b>.json", channel=dm.id, initial_comment="Yours.")
    await page.get_by_role("navigation").get_by_role("button", name="careerbot").click()
    last = page.locator(".message").last
    await expect(last).to_contain_text("Yours.")
    await expect(last).to_contain_text("2 bytes")
    async with page.expect_download() as saving:
        await last.get_by_role("link", name="ada's <b>.json").click()
    saved = await saving.value
    assert saved.suggested_filename.startswith("ada")
    assert (await saved.path()).read_text("utf-8") == "{}"
    await client.files_upload_v2(content=PIXEL, filename="pixel.png", channel=dm.id)
    await expect(page.get_by_role("img", name="A picture: pixel.png")).to_be_visible()


async def test_a_link_to_a_message_leads_to_it(page: Page, slack: LocalSlack) -> None:
    client, dm = client_of(slack), slack.workspace.dm_of(slack.ada)
    assert dm
    first, *_ = [await client.chat_postMessage(channel=slack.careers, text=f"Post {n}") for n in range(40)]
    address = f"https://makers-guild.slack.example/archives/{slack.careers}/p{first['ts'].replace('.', '')}"
    await client.chat_postMessage(channel=dm.id, text=f"<{address}|See it>")
    post = page.locator(f'[data-ts="{first["ts"]}"]')
    await expect(post).not_to_be_in_viewport()
    await page.get_by_role("navigation").get_by_role("button", name="careerbot").click()
    await page.get_by_role("link", name="See it").click()
    await expect(page.get_by_role("heading", name="careers", exact=False).first).to_be_visible()
    await expect(post).to_be_in_viewport()


async def test_nobody_else_reaches_the_page(slack: LocalSlack) -> None:
    base, token = slack.url.split("/#")
    asked = {"do": "say", "as": slack.ada, "channel": slack.careers, "text": "x"}
    mine = {"X-Page-Token": token}
    async with aiohttp.ClientSession() as session:
        for headers in (
            {},
            {"X-Page-Token": "wrong"},
            mine | {"Origin": "https://evil.example"},
            mine | {"Host": "evil.example"},
        ):
            async with session.post(f"{base}/page/do", json=asked, headers=headers) as response:
                assert response.status == 403
        for path in ("/page/state", "/page/changes", "/page/changes?token=wrong"):
            async with session.get(base + path) as response:
                assert response.status == 403
        async with session.get(f"{base}/static/..%2Fpage.py") as response:
            assert response.status == 404
        async with session.get(f"{base}/") as response:
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert not slack.seen_by(slack.ada, slack.careers)
        async with session.post(f"{base}/page/do", json=asked, headers=mine) as response:
            assert await response.json() == {"error": "", "errors": {}}
    assert [each.text for each in slack.seen_by(slack.grace, slack.careers)] == ["x"]
