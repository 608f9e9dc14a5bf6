"""Two processes that call each other's functions, over the pipes between a parent and its child.

A frame is its length in four bytes, then a pickle. Who may send us a pickle may run whatever they like here, so this is
for our own child on our own pipes, and never for a socket, a file, or a process that somebody else started.
"""

import asyncio
import io
import itertools
import logging
import os
import pickle
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger(__name__)
_LENGTH = struct.Struct(">I")
#: Seconds that a child may take to go, once its input is closed.
_GOING = 5.0

Method = Callable[..., Awaitable[Any]]


class BridgeClosed(Exception):
    """The other side is gone."""


class CallFailed(Exception):
    """The other side could not do it; the sentence is its own."""


@dataclass(frozen=True, slots=True)
class _Call:
    number: int
    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """What a call gave; or the sentence of what went wrong."""

    number: int
    value: Any = None
    failed: str | None = None


class Bridge:
    """One end. Either side may call; many calls may be under way at once, in both directions.

    methods: what the other side may call, by name.
    """

    def __init__(
        self, reader: asyncio.StreamReader, write: Callable[[bytes], object], methods: Mapping[str, Method]
    ) -> None:
        self._reader = reader
        self._write = write
        self._methods = methods
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self.closed = asyncio.Event()

    async def call(self, method: str, *arguments: object) -> Any:
        """What the other side's method returns. Raises CallFailed if it raised, BridgeClosed if nobody is there."""
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._send(_Call(number, method, arguments))
            return await answer
        finally:
            del self._waiting[number]

    async def run(self) -> None:
        """Serve the other side until it is gone."""
        try:
            while True:
                (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
                self._take(pickle.loads(await self._reader.readexactly(length)))  # noqa: S301 # see the top
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(BridgeClosed("the other side is gone"))
            for task in self._serving:
                task.cancel()

    def _take(self, frame: _Call | _Done) -> None:
        if isinstance(frame, _Call):
            task = asyncio.create_task(self._serve(frame))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
            return
        answer = self._waiting.get(frame.number)  # none if nobody waits any more
        if answer is None or answer.done():
            return
        if frame.failed is None:
            answer.set_result(frame.value)
        else:
            answer.set_exception(CallFailed(frame.failed))

    async def _serve(self, call: _Call) -> None:
        try:
            self._send(_Done(call.number, await self._methods[call.method](*call.arguments)))
        except BridgeClosed:
            return
        except CallFailed as failed:
            done = _Done(call.number, failed=str(failed))
        except Exception as error:  # noqa: BLE001 # the boundary: it must reach the one who called
            _log.exception("%s failed", call.method)
            done = _Done(call.number, failed=f"{call.method} failed: {str(error) or type(error).__name__}")
        else:
            return
        with suppress(BridgeClosed):
            self._send(done)

    def _send(self, frame: _Call | _Done) -> None:
        data = pickle.dumps(frame)
        if self.closed.is_set():
            raise BridgeClosed("the other side is gone")
        try:
            self._write(_LENGTH.pack(len(data)) + data)
        except OSError:
            raise BridgeClosed("the other side is gone") from None


@asynccontextmanager
async def to_child(command: Sequence[str], methods: Mapping[str, Method]) -> AsyncIterator[Bridge]:
    """Start a process that holds the other end by `to_parent`; at the end its input is closed, so that it goes."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert child.stdout is not None and child.stdin is not None  # noqa: S101, PT018 # we asked for the pipes
    bridge = Bridge(child.stdout, child.stdin.write, methods)
    running = asyncio.create_task(bridge.run())
    try:
        yield bridge
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(_GOING):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        await running


@asynccontextmanager
async def to_parent(methods: Mapping[str, Method]) -> AsyncIterator[Bridge]:
    """The child's end, on its standard input and output. Whatever else is printed goes to standard error from now on.

    The bridge closes when the parent closes our input, or is gone.
    """
    reader = asyncio.StreamReader()
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)
        bridge = Bridge(reader, _writer(out), methods)
        _feed(reader)
        running = asyncio.create_task(bridge.run())
        try:
            yield bridge
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _writer(out: io.FileIO) -> Callable[[bytes], None]:
    """Writes whole frames. It blocks while the pipe is full; the parent always reads, so that is not for long."""

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[out.write(rest) :]

    return write


def _feed(reader: asyncio.StreamReader) -> None:
    """Read standard input in a thread: Windows cannot do it in the loop."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed already
            with suppress(OSError):
                while data := os.read(0, 1 << 16):  # not sys.stdin: its lock, held by this thread, would block the exit
                    loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    threading.Thread(target=read, name="parent", daemon=True).start()
