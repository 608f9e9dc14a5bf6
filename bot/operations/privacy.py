"""/privacy: what the bot keeps of people, for them and for the platforms that ask for such a page."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

PRIVACY: Final = "/privacy"
#: Seconds for which a browser or a proxy may keep the page.
_FRESH: Final = 3600


def privacy(contact: str) -> Route:
    """The page. contact: whom people ask, an e-mail or web address; "" where nobody is named."""
    page = Template(files("bot.operations").joinpath("privacy.html").read_text("utf-8")).substitute(
        contact=_link(contact) if contact else "ask whoever added careerbot to your community"
    )
    headers = {
        "Cache-Control": f"public, max-age={_FRESH}",
        # Nothing is loaded and nothing runs; the page's own style is let in by its digest.
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_digest_of_style(page)}'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    }

    async def show(request: Request) -> Response:
        del request
        return HTMLResponse(page, headers=headers)

    return Route(PRIVACY, show)


def _digest_of_style(page: str) -> str:
    style = page.partition("<style>")[2].partition("</style>")[0]
    return b64encode(sha256(style.encode()).digest()).decode()


def _link(contact: str) -> str:
    address = contact if contact.startswith(("http://", "https://")) else f"mailto:{contact}"
    return f'<a href="{escape(address)}">{escape(contact)}</a>'
