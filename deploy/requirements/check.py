"""Hold the requirement files to what we promise of them: every one pinned and hashed, no address in them, nothing in
them known to be vulnerable (as far as the package index answers that question; where it does not, we say so).

Exit status 0: nothing found; 1: each finding on a line.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
_PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*==[^\s;\\]+( ; .+)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
_ADDRESS = re.compile(r"(https?://|host=')[^\s'\")]+")
#: Seconds for one audit. An index that does not answer by then does not answer.
_PATIENCE = 120


def unpinned(file: Path) -> list[str]:
    """Every line that is not a pin, a hash or a comment, and every pin without a hash."""
    found: list[str] = []
    lines = file.read_text("utf-8").splitlines()
    for number, (line, after) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        pin = _PIN.match(line)
        if not (pin or _HASH.match(line) or line.lstrip().startswith("#")) or "://" in line:
            found.append(f"{file.name}:{number}: neither a pin nor a hash: {line.strip()}")
        if pin and not _HASH.match(after):
            found.append(f"{file.name}:{number}: no hash: {line.strip()}")
    return found


def pins(file: Path) -> dict[str, str]:
    """What each pin names: package -> the version, with the marker it is for."""
    lines = (line.removesuffix(" \\").partition("==") for line in file.read_text("utf-8").splitlines())
    return {name: version for name, equals, version in lines if equals and not name.startswith((" ", "#"))}


def strays(files: list[Path], audited: Path) -> list[str]:
    """Every pin that the audited file does not have, in the same version: nobody would look it up."""
    known = {name: version.partition(" ;")[0] for name, version in pins(audited).items()}
    return [
        f"{file.name}: {name}=={version} is not audited: {audited.name} has {known.get(name, 'none')}"
        for file in files
        for name, version in pins(file).items()
        if known.get(name) != version.partition(" ;")[0]
    ]


class NoAudit(Exception):
    """The index was not asked, or did not answer; why."""


def vulnerable(file: Path) -> tuple[list[str], int, int]:
    """What is known against the pins; how many were looked up, and how many the index does not know. Raises NoAudit."""
    command = [
        "pip_audit",
        "-r",
        str(file),
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "-f",
        "json",
    ]
    try:
        done = subprocess.run(  # noqa: S603 # our own arguments
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
        dependencies = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        raise NoAudit(f"the index did not answer within {_PATIENCE} s") from None
    except (json.JSONDecodeError, LookupError, TypeError):  # it failed before it had anything to tell
        raise NoAudit(_reason(done.stderr)) from None
    found = [
        f"{file.name}: {one['name']} {one['version']}: {hole['id']}, mended in {hole['fix_versions'] or 'none yet'}"
        for one in dependencies
        for hole in one.get("vulns", ())
    ]
    skipped = sum("skip_reason" in one for one in dependencies)
    return found, len(dependencies) - skipped, skipped


def _reason(stderr: str) -> str:
    """The last line of what a command complained of, without what leads to an index."""
    last = (stderr.strip().splitlines() or ["it said nothing"])[-1]
    return _ADDRESS.sub("…", last)[:200]


def main() -> int:
    files, audited = sorted(HERE.glob("*.txt")), HERE / "dev.txt"
    found = [line for file in files for line in unpinned(file)] + strays(files, audited)
    try:
        known, looked_up, skipped = vulnerable(audited)
        answered = f"{looked_up or 'NONE'} of {looked_up + skipped}"
        answered += f" (the index tells nothing of {skipped})" if skipped else ""
    except NoAudit as why:
        known, answered = [], f"NONE ({why})"
    sound = f"Pins: {len(files)} files, all pinned and hashed. Audited for known vulnerabilities: {answered}.\n"
    mend = f"Pins: {len(found)} lines to mend, {len(known)} known vulnerabilities; `make lock` resolves anew.\n"
    sys.stdout.writelines(f"{line}\n" for line in (*found, *known))
    sys.stdout.write(mend if found or known else sound)
    return 1 if found or known else 0


if __name__ == "__main__":
    sys.exit(main())
