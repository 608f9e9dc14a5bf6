"""The compose file: every container is confined, no secret is in it, and it agrees with what it mounts and builds."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.container.containerfile import stages

DEPLOY = Path(__file__).parents[2] / "deploy"
FILE = DEPLOY / "compose" / "compose.yaml"

Thing = dict[str, Any]


@pytest.fixture(scope="module")
def composed() -> Thing:
    made: Thing = yaml.safe_load(FILE.read_text("utf-8"))
    return made


def resolved(folder: Path, text: str, settings: str) -> subprocess.CompletedProcess[str]:
    """What Compose makes of a file beside the settings in `.env`. It judges by its own schema, and starts nothing."""
    tool = shutil.which("docker-compose")
    if tool is None:
        pytest.skip("no docker-compose in PATH: the compose file cannot be judged by Compose itself")
    here = folder / "deploy" / "compose"
    here.mkdir(parents=True)
    # `name:` is newer than Compose 1, whose project is then named by the folder.
    (here / "compose.yaml").write_text(re.sub(r"(?m)^name: .*\n", "", text), "utf-8")
    (here / ".env").write_text(settings, "utf-8")
    return subprocess.run(  # noqa: S603 # our own words
        [tool, "-f", "compose.yaml", "config"],
        cwd=here,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_compose_itself_understands_it_and_the_settings_reach_the_bot(tmp_path: Path) -> None:
    example = (DEPLOY.parent / ".env.example").read_text("utf-8")
    settings = f"{example}\nPOSTGRES_PASSWORD=word\nSLACK_BOT_TOKEN=xoxb-of-mine\n"
    made = resolved(tmp_path, FILE.read_text("utf-8"), settings)
    assert (made.returncode, made.stderr) == (0, "")
    services = yaml.safe_load(made.stdout)["services"]
    for name in ("bot", "backup"):
        given = services[name]["environment"]
        assert given["DATABASE_URL"] == "postgresql://careerbot:word@database/careerbot"
        assert given["SLACK_BOT_TOKEN"] == "xoxb-of-mine"  # noqa: S105
    assert services["database"]["environment"]["POSTGRES_PASSWORD"] == "word"  # noqa: S105
    assert not [name for name in services["database"]["environment"] if name.startswith(("SLACK", "DISCORD"))]


def test_compose_refuses_a_slip_and_a_password_that_is_not_set(tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    slip = resolved(tmp_path / "slip", text.replace("read_only:", "readonly:"), "POSTGRES_PASSWORD=word")
    assert slip.returncode != 0
    assert "readonly" in slip.stderr
    unset = resolved(tmp_path / "unset", text, "")
    assert unset.returncode != 0
    assert "put POSTGRES_PASSWORD into .env" in unset.stderr


def test_every_container_is_confined(composed: Thing) -> None:
    assert set(composed["services"]) == {"bot", "database", "backup", "proxy"}
    for service in composed["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert int(service["user"].split(":")[0]) > 0
        assert {"mem_limit", "pids_limit", "restart", "logging"} <= service.keys()
        assert not {"privileged", "cap_add", "network_mode", "pid", "ipc"} & service.keys()


def test_every_image_is_of_a_named_version(composed: Thing) -> None:
    for service in composed["services"].values():
        assert re.fullmatch(r"[\w./-]+:\d[\w.-]+", service["image"])


def test_no_secret_stands_in_it(composed: Thing) -> None:
    for service in composed["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "://" in value:
                assert "${POSTGRES_PASSWORD:?" in value


def test_the_database_is_reached_from_the_inside_alone(composed: Thing) -> None:
    assert composed["networks"]["inside"] == {"internal": True}
    assert composed["services"]["database"]["networks"] == ["inside"]
    assert [name for name, service in composed["services"].items() if "ports" in service] == ["proxy"]


def test_the_bot_believes_the_proxy_and_nobody_else_reaches_it(composed: Thing) -> None:
    bot, proxy = composed["services"]["bot"], composed["services"]["proxy"]
    assert bot["environment"]["CAREERBOT_TRUSTED_PROXIES"] == "*"
    assert "ports" not in bot
    assert set(bot["networks"]) & set(proxy["networks"]) == {"outside"}
    conf = (DEPLOY / "proxy" / "careerbot.conf").read_text("utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in conf  # set, not added to


def test_the_bot_runs_as_the_image_does_and_has_time_to_end(composed: Thing) -> None:
    bot, image = composed["services"]["bot"], stages(DEPLOY / "container" / "Containerfile")[-1]
    assert bot["user"] == image.last("USER").rest
    assert bot["command"] == image.last("CMD").exec_form
    assert bot["volumes"] == [f"data:{image.last('VOLUME').rest}"]
    assert (FILE.parent / bot["build"]["context"] / bot["build"]["dockerfile"]).is_file()
    assert int(bot["stop_grace_period"].removesuffix("s")) > 10


def test_what_is_mounted_is_there(composed: Thing) -> None:
    for service in composed["services"].values():
        for source in (volume.split(":")[0] for volume in service.get("volumes", ())):
            if source.startswith(".") and source != "./tls":  # the certificates are the operator's
                assert (FILE.parent / source).is_file()
            elif not source.startswith("."):
                assert source in composed["volumes"]


def test_whoever_waits_for_health_waits_for_what_tells_it(composed: Thing) -> None:
    services = composed["services"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[name] or services[name]["image"].startswith("careerbot:")
