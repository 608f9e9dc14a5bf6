"""What is installed is whole: a wheel, unpacked anywhere, answers from any folder."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_an_installed_wheel_finds_its_content_and_its_pages_from_any_folder(tmp_path: Path) -> None:
    built = subprocess.run(  # noqa: S603 # our own words
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert not [name for name in names if name.startswith(("tests/", "content/")) or "__pycache__" in name]
    assert {
        "bot/packs/locales/de.yaml",
        "bot/demo/start.html",
        "bot/demo/slack/static/index.html",
        "bot/py.typed",
    } <= set(names)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    asked = subprocess.run(  # our own words
        [sys.executable, "-c", "import bot.__main__ as m; m.main()", "chat", "salary senior", "--json"],
        cwd=elsewhere, env={"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert "$150,000 to $200,000+" in asked.stdout
    assert list(elsewhere.iterdir()) == []
