import pytest

from bot.platforms import proxy


def test_it_is_looked_for_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert not proxy.there_is_one()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert proxy.there_is_one()
