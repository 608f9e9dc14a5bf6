"""`careerbot run` as a process that can be killed, told to stop, and started again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Replica:
    """One process with an address of its own, which stays the same through all its lives.

    settings: what it finds in its environment, beside PATH. log: where it writes, one life after the other.
    """

    def __init__(self, settings: Mapping[str, str], log: Path, *arguments: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self._arguments = arguments
        self._settings = {
            "PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(),  # noqa: PTH109
            "CAREERBOT_HTTP_PORT": str(port), "CAREERBOT_LOG_FORMAT": "json", **settings,
        }  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", *self._arguments),
                env=self._settings, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    async def end(self, how: signal.Signals) -> int:
        """Send it a signal and wait until it has ended. Its exit status; negative for the signal that ended it."""
        if self._process is None:
            raise RuntimeError("it was never started")
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()
