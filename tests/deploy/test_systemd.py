"""The systemd units: sound, and closed to all that the bot does not need."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = ("careerbot.service", "careerbot-backup.service")
#: What `systemd-analyze security` may say of a service at most; 0 would be a service that can do nothing.
MOST_EXPOSED = 2.0


@pytest.fixture(scope="session")
def analyze() -> str:
    """The path of systemd-analyze."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("no systemd-analyze in PATH: the units cannot be judged")
    return found


def said(*command: str | Path) -> str:
    """What it prints, as far as it is well; where it is not, the test fails with what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # our own words
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_units_are_sound(analyze: str, tmp_path: Path) -> None:
    program = tmp_path / "careerbot"
    program.touch(0o755)  # what the units start, which has to be there
    for unit in UNITS.glob("careerbot*.*"):
        text = unit.read_text("utf-8").replace("/opt/careerbot/bin/careerbot", str(program))
        (tmp_path / unit.name).write_text(text, "utf-8")
    told = said(analyze, "verify", "--man=no", *sorted(tmp_path.glob("careerbot*.*")))
    assert [line for line in told.splitlines() if "careerbot" in line] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_exposed_more_than_a_little(analyze: str, service: str) -> None:
    told = said(analyze, "security", "--offline=true", "--no-pager", UNITS / service)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


def test_both_services_are_closed_alike() -> None:
    closed = [set(re.findall(r"(?m)^(?:Private|Protect|Restrict|SystemCall|Capab)\w+=.*$", text)) for text in texts()]
    assert closed[0] == closed[1]
    assert len(closed[0]) > 15


def test_a_unit_holds_no_secret_and_reads_them_from_one_file() -> None:
    for text in texts():
        assert "EnvironmentFile=/etc/careerbot/careerbot.env" in text.splitlines()
        assert not re.search(r"(?i)(token|secret|password)\w*=", text)


def texts() -> list[str]:
    return [(UNITS / name).read_text("utf-8") for name in SERVICES]
