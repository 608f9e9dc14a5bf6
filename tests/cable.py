"""A way to a PostgreSQL that can be cut."""

import asyncio
from urllib.parse import parse_qs, urlsplit


class Cable:
    """Between the store and the server: it can be cut, at once or when a commit has gone through."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._name = parts.path
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.cut_after: bytes | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres:sesame@127.0.0.1:{self.port}{self._name}"

    async def plug_in(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        if self._server:
            self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        self._ends |= {writer, server_writer}
        lost = asyncio.Event()
        await asyncio.gather(
            self._pass(reader, server_writer, asked=lost), self._pass(server_reader, writer, answered=lost)
        )

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        asked: asyncio.Event | None = None,
        answered: asyncio.Event | None = None,
    ) -> None:
        """asked: set when that was asked of which the answer is to be lost; answered: what is answered then is lost."""
        try:
            while data := await reader.read(65536):
                if asked and self.cut_after and self.cut_after in data:
                    self.cut_after = None
                    asked.set()
                if answered and answered.is_set():
                    writer.transport.abort()  # the server has done it, and nobody hears of it
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
