"""Secrets at rest: what the database holds of them can be read with a key from the settings, and not without.

Keys are Fernet's (AES-128-CBC with HMAC-SHA256, from `cryptography`). The first of the list seals; each of them opens,
so a new key is put in front, and the old one goes once everything has been sealed anew (`careerbot db rekey`).
"""

from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.storage.store import StoreError

_LOST = (
    "The database holds Slack tokens that none of CAREERBOT_SECRET_KEYS opens. Put the key back that they were sealed "
    "with, behind the newest one; nothing is lost meanwhile. Without that key, each workspace has to install the bot "
    "once more."
)


class Seals:
    """Seals and opens texts. Raises StoreError where a key is none, and where no key fits."""

    def __init__(self, keys: str) -> None:
        """keys: with commas between, the newest first."""
        given = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernet = MultiFernet([Fernet(key) for key in given])
        except ValueError:
            raise StoreError(
                "CAREERBOT_SECRET_KEYS holds no key, or one that is none. `careerbot db key` makes one."
            ) from None

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        return self._with_a_key(lambda: self._fernet.decrypt(sealed))

    def anew(self, sealed: str) -> str:
        """The same text, sealed with the newest key."""
        return self._with_a_key(lambda: self._fernet.rotate(sealed))

    def _with_a_key(self, work: Callable[[], bytes]) -> str:
        try:
            return work().decode()
        except InvalidToken:
            raise StoreError(_LOST) from None


def new_key() -> str:
    return Fernet.generate_key().decode()
