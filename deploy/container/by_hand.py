"""Take the Containerfile's own steps by hand, where there is no container engine: in an empty Debian, by chroot.

Then try what they made as it is run: as the user that it names, with a root that cannot be written, no rights and no
way to new ones, and without a network. Needs root, debootstrap and Linux; leaves the folder that it is given. No image
is made: layers, the base image and the engine are not tried.

    python -m deploy.container.by_hand /var/tmp/careerbot-container
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.container.containerfile import Stage, stages

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
SUITE = "trixie"  # with the Python of the Containerfile's base
PACKAGES = "ca-certificates,python3,python3-venv"
#: What a build is told of the machine that it runs on, and the image is not.
_MACHINE = ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt")


def run(*command: str | Path, **options: str) -> None:
    """Raises CalledProcessError where it fails."""
    subprocess.run([str(word) for word in command], check=True, cwd=options.get("cwd"))  # noqa: S603 # our own words


def base(folder: Path) -> Path:
    """An empty Debian with Python, made once."""
    root = folder / "base"
    if not (root / "usr/bin/python3").exists():
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, root)
    return root


def build(stage: Stage, root: Path, made: dict[str, Path]) -> dict[str, str]:
    """Take a stage's steps in a root; the environment that it ends with."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    folder = "/"
    for step in stage.steps:
        match step.word:
            case "RUN":
                sys.stdout.write(f"  RUN {step.rest}\n")
                sys.stdout.flush()
                machine = {k: v for k, v in os.environ.items() if k.startswith("PIP_") or k.lower().endswith("_proxy")}
                settings = [f"{name}={value}" for name, value in (machine | environment).items()]
                there = f"cd {shlex.quote(folder)} && {step.rest}"
                run("chroot", root, "env", "-i", *settings, "sh", "-euc", there)
            case "COPY":
                copy(step.rest, root, folder, made)
            case "ENV":
                environment |= step.pairs
            case "WORKDIR":
                folder = step.rest
                (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case _:
                pass  # said of the image, not done in it
    return environment


def copy(rest: str, root: Path, folder: str, made: dict[str, Path]) -> None:
    """`COPY [--from=STAGE] SOURCE... TARGET`."""
    words = rest.split()
    source = made[words.pop(0).removeprefix("--from=")] if words[0].startswith("--from=") else CHECKOUT
    left_out = shutil.ignore_patterns("__pycache__") if source == CHECKOUT else None  # as .dockerignore has it
    *names, target = words
    place = root / (Path(folder) / target).as_posix().lstrip("/")
    for name in names:
        one = source / name.lstrip("/")
        if one.is_dir():
            shutil.copytree(one, place, symlinks=True, dirs_exist_ok=True, ignore=left_out)
        else:
            into = place / one.name if target.endswith("/") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, into)


def confined(image: Stage, root: Path, environment: dict[str, str], script: str) -> int:
    """Run a shell's words as the image is run; their exit status. The volume and /tmp alone can be written."""
    user, group = image.last("USER").rest.split(":")
    volume = image.last("VOLUME").rest
    settings = " ".join(shlex.quote(f"{name}={value}") for name, value in environment.items())
    # SIOCSIFFLAGS with IFF_UP: a network namespace begins with its loopback down.
    loopback = (
        "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH14s', b'lo', 1, b''))"
    )
    inside = (
        f"setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "
        f"env -i {settings} sh -euc {shlex.quote(f'cd {volume}; {script}')}"
    )
    mounts = f"""
        mount --make-rprivate /
        {shlex.quote(sys.executable)} -c {shlex.quote(loopback)}
        mount --bind {root} {root}
        mount --bind {root}{volume} {root}{volume}
        mount -o remount,ro,bind {root}
        mount -t tmpfs -o nosuid,nodev,size=64m tmpfs {root / "tmp"}
        mount -t proc proc {root / "proc"}
        chroot {root} {inside}
    """
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "sh", "-euc", mounts]
    return subprocess.run(command, check=False).returncode  # noqa: S603 # our own words


def trials(image: Stage) -> dict[str, str]:
    """What is tried in it, by what it shows."""
    entry = shlex.join(image.last("ENTRYPOINT").exec_form)
    served, health = (shlex.join(image.last(word).exec_form) for word in ("CMD", "HEALTHCHECK"))
    stop = image.last("STOPSIGNAL").rest.removeprefix("SIG")
    return {
        "who it is": "id; ! touch /x 2>/dev/null; ! touch /opt/careerbot/x 2>/dev/null; touch /tmp/x x; rm x",
        "what it is": f"{entry} --help | head -5; python -c 'import bot; print(bot.__file__)'; ! command -v pip",
        "careerbot doctor": f"{entry} doctor",
        "careerbot chat": f"{entry} chat 'salary senior'",
        "its database": f"{entry} db upgrade; {entry} db check; mkdir -p /data/b; {entry} db backup /data/b --keep 14",
        "its content was read when it was built": (
            "python -c 'import sys; from bot import content\n"
            'content.locales(), content.ready(content.find("ai-engineer"))\n'
            'sys.exit("yaml" in sys.modules)\''
        ),
        "a chart is drawn": (
            "python -c 'from bot.core.chat import RangeChart; from bot.platforms import chart\n"
            'print(len(chart.picture(RangeChart("Pay", (), "USD"))))\''
        ),
        "what runs without tokens": f"{entry} {served}",
        "Slack by HTTP": (
            "export SLACK_BOT_TOKEN=xoxb-1 SLACK_SIGNING_SECRET=x SLACK_API_URL=http://127.0.0.1:9/api/\n"
            f"{entry} {served} & sleep 8; {health}; kill -{stop} $!; wait $!"
        ),
    }


def main(folder: Path) -> int:
    *before, image = stages(HERE / "Containerfile")
    empty, made = base(folder), dict[str, Path]()
    for stage in (*before, image):
        name = stage.name or "image"
        sys.stdout.write(f"── the stage {name}\n")
        root = made[name] = folder / name
        shutil.rmtree(root, ignore_errors=True)
        run("cp", "--archive", empty, root)
        for file in _MACHINE:
            shutil.copy(file, root / file.lstrip("/"))
        environment = build(stage, root, made)
    failed = 0
    for name, script in trials(image).items():
        sys.stdout.write(f"── {name}\n")
        sys.stdout.flush()
        status = confined(image, made["image"], environment, script)
        sys.stdout.write(f"   exit status {status}\n")
        failed += status != 0
    run("du", "-sh", empty, made["image"], made["image"] / "opt/careerbot")
    sys.stdout.write(f"{failed} of {len(trials(image))} trials failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
