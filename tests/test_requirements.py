"""What is checked of the dependencies is checked: a loose pin, one without a hash, one that nobody audits."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
CHECK = ROOT / "deploy" / "requirements" / "check.py"
HASH = f"    --hash=sha256:{'0' * 64}"


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_requirements", CHECK)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ours_are_all_pinned_hashed_and_audited(check: ModuleType) -> None:
    files = sorted(CHECK.parent.glob("*.txt"))
    assert [file.name for file in files] == ["build.txt", "demo.txt", "dev.txt", "run.txt"]
    assert [line for file in files for line in check.unpinned(file)] == []
    assert check.strays(files, CHECK.parent / "dev.txt") == []


@pytest.mark.parametrize(
    "line", ["aiohttp>=3", "aiohttp", "aiohttp @ https://example.org/a.whl", "--extra-index-url https://example.org"]
)
def test_what_is_no_pin_is_found(check: ModuleType, tmp_path: Path, line: str) -> None:
    (file := tmp_path / "run.txt").write_text(f"{line}\naiohttp==3.14.0 \\\n{HASH}\n")
    assert [said.partition(": ")[0] for said in check.unpinned(file)] == ["run.txt:1"]


def test_a_pin_without_a_hash_is_found(check: ModuleType, tmp_path: Path) -> None:
    (file := tmp_path / "run.txt").write_text(f"aiohttp==3.14.0 \\\n{HASH}\nyarl==1.22.0 \\\n")
    assert check.unpinned(file) == ["run.txt:3: no hash: yarl==1.22.0 \\"]


def test_a_pin_that_the_audit_would_not_see_is_found(check: ModuleType, tmp_path: Path) -> None:
    (dev := tmp_path / "dev.txt").write_text(f"yarl==1.22.0 \\\n{HASH}\n")
    (run := tmp_path / "run.txt").write_text(f"yarl==1.21.0 ; sys_platform == 'win32' \\\n{HASH}\nidna==3 \\\n{HASH}\n")
    assert [line.partition(" is ")[0] for line in check.strays([dev, run], dev)] == [
        "run.txt: yarl==1.21.0 ; sys_platform == 'win32'",
        "run.txt: idna==3",
    ]


def test_an_audit_that_fails_says_why_and_passes_for_none(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(check.NoAudit, match="it said nothing"):
        check.vulnerable(tmp_path)
    assert check._reason("x\nMax retries: HTTPSConnectionPool(host='index.example', port=443) http://a.example/b") == (
        "Max retries: HTTPSConnectionPool(…', port=443) …"
    )


def test_each_file_that_security_names_is_there() -> None:
    lines = (ROOT / "SECURITY.md").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.startswith("|") and "`" in line]
    tests = {name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row[4])}
    assert len(tests) > 10
    assert [name for name in sorted(tests) if not (ROOT / "tests" / name).is_file()] == []
    code = {name for row in rows for name in re.findall(r"`((?:bot|deploy)/[\w/.]+)`", row[3])}
    assert [name for name in sorted(code) if not (ROOT / name).exists()] == []
