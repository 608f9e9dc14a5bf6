"""The proxy's configuration lets through what Slack and browsers need, and nothing else."""

import re
from pathlib import Path

CONF = (Path(__file__).parents[2] / "deploy" / "proxy" / "careerbot.conf").read_text("utf-8")


def test_only_slack_and_the_privacy_page_are_forwarded() -> None:
    places = {place: set(re.findall(r"(?m)^ +(\w+ [^;]+);", body)) for place, body in locations()}
    forwarded = "proxy_pass http://careerbot"
    assert places == {
        "/slack/": {forwarded},
        "= /slack/oauth_redirect": {forwarded, "proxy_next_upstream off"},  # its code and state are good once
        "= /privacy": {forwarded},
        "/": {"return 404"},
    }


def locations() -> list[tuple[str, str]]:
    """Each place in nginx' words, and what is said of it."""
    return re.findall(r"location ([^{]+?) \{([^}]*)\}", CONF)


def test_tls_is_1_2_or_later_and_bodies_and_time_are_limited() -> None:
    said = dict(re.findall(r"(?m)^    (\w+) ([^;{]+);$", CONF))
    assert said["ssl_protocols"] == "TLSv1.2 TLSv1.3"
    assert said["client_max_body_size"] == "1m"
    assert {"client_header_timeout", "client_body_timeout", "proxy_connect_timeout", "proxy_read_timeout"} <= set(said)


def test_what_a_caller_claims_of_where_it_comes_from_is_not_passed_on() -> None:
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in CONF
    assert "proxy_add_x_forwarded_for" not in CONF
