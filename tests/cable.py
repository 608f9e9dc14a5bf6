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
        await asyncio.gather(
            self._pass(reader, server_writer, writer), self._pass(server_reader, writer), return_exceptions=True
        )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter | None = None
    ) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                if back and self.cut_after and self.cut_after in data:
                    self.cut_after = None
                    back.transport.abort()  # the server has it; its answer is lost
                    await asyncio.sleep(0.2)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
