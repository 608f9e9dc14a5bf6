"""The Containerfile, as far as it can be judged without an engine; deploy.container.by_hand takes its steps."""

import fnmatch
import re
from pathlib import Path

import pytest

import bot
from deploy.container.containerfile import Stage, stages

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "container" / "Containerfile"


@pytest.fixture
def built() -> list[Stage]:
    return stages(FILE)


def test_the_image_runs_as_nobody_in_particular_and_ends_when_told_to(built: list[Stage]) -> None:
    image = built[-1]
    user, _, group = image.last("USER").rest.partition(":")
    assert int(user) > 0 < int(group)
    words = [step.word for step in image.steps]
    assert words.index("USER") > max(number for number, word in enumerate(words) if word in ("RUN", "COPY"))
    assert image.last("ENTRYPOINT").exec_form == ["careerbot"]
    assert image.last("CMD").exec_form == ["run"]
    assert image.last("STOPSIGNAL").rest == "SIGTERM"


def test_health_is_asked_by_python_where_the_bot_tells_it(built: list[Stage]) -> None:
    *python, program = built[-1].last("HEALTHCHECK").exec_form
    assert python == ["/opt/careerbot/bin/python", "-c"]
    compile(program, "HEALTHCHECK", "exec")
    assert "/healthz" in program
    assert built[-1].last("ENV").pairs["CAREERBOT_HTTP_PORT"] == built[-1].last("EXPOSE").rest


def test_what_is_written_goes_to_the_volume(built: list[Stage]) -> None:
    image = built[-1]
    volume, settings = image.last("VOLUME").rest, image.last("ENV").pairs
    assert image.last("WORKDIR").rest == volume
    assert settings["DATABASE_URL"].startswith(f"sqlite:///{volume}/")


def test_every_package_is_installed_by_its_hash_or_is_ours(built: list[Stage]) -> None:
    runs = [step.rest for stage in built for step in stage.all("RUN")]
    installs = [line for run in runs for line in run.split("&&") if " install " in line and "pip" in line]
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes --only-binary :all:" in line or "--no-index" in line
    assert not re.search(r"apt-get|apk |curl|wget|ADD ", FILE.read_text("utf-8"))


def test_what_is_copied_is_there_and_is_let_through_and_no_secret_is(built: list[Stage]) -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_through = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert "*" in rules
    for step in built[0].all("COPY"):
        for source in step.rest.split()[:-1]:
            assert (ROOT / source).exists()
            assert any(source == rule or source.startswith(f"{rule}/") for rule in let_through)
    for secret in (".env", "careerbot.sqlite3", ".git"):
        assert not any(fnmatch.fnmatch(secret, rule) for rule in let_through)


def test_the_base_is_named_once_with_its_version() -> None:
    text = FILE.read_text("utf-8")
    (base,) = re.findall(r"(?m)^ARG BASE=(\S+)$", text)
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)
    assert set(re.findall(r"(?m)^FROM (\S+)", text)) == {"${BASE}"}


def test_every_way_runs_this_version() -> None:
    deploy = ROOT / "deploy"
    text = "\n".join(file.read_text("utf-8") for file in deploy.rglob("*") if file.suffix in (".yaml", ".md"))
    found = re.findall(r"careerbot:(\d+\.[\w.]*\w)|newTag: (\S+)", text + FILE.read_text("utf-8"))
    assert len(found) >= 4
    assert {one or other for one, other in found} == {bot.__version__}


def test_an_instruction_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM x\nONBUILD RUN y\n", "utf-8")
    with pytest.raises(ValueError, match="ONBUILD"):
        stages(tmp_path / "Containerfile")
