"""Whether we reach others through a proxy."""

from urllib.request import getproxies


def there_is_one() -> bool:
    """Whether the environment names a proxy; what is not to go through it, a session finds out by itself.

    For `aiohttp.ClientSession(trust_env=...)`, which else looks for one at each request, in another thread twice: that
    is two thirds of what a request costs.
    """
    return bool(getproxies())
