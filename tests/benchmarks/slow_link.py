"""A slow connection to a server: a relay that passes on so many bytes a second, each some time after it came."""

import asyncio
import threading
import time
from contextlib import suppress

_PIECE = 4096  # bytes that are passed on at once


class SlowLink:
    """Listens on a port of its own until `close`. All connections share the link, as those of one phone do.

    `kilobits` is per second and in each direction, `delay` in seconds each way.
    """

    def __init__(self, port: int, kilobits: float, delay: float) -> None:
        self._to = port
        self._rate = 1000 * kilobits / 8
        self._delay = delay
        self._free_at = {"up": 0.0, "down": 0.0}  # when the link has passed on all that it has taken
        self.bytes_down = 0
        self._loop = asyncio.new_event_loop()
        listening = threading.Event()
        self.port = 0

        async def listen() -> None:
            self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
            self.port = self._server.sockets[0].getsockname()[1]
            listening.set()

        def run() -> None:
            self._loop.run_until_complete(listen())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        listening.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # by `close`: Python 3.11 would print a traceback for each connection
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(self._pump("up", reader, far_writer), self._pump("down", far_reader, writer))

    async def _pump(self, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

        async def take() -> None:
            with suppress(OSError):
                while piece := await reader.read(_PIECE):
                    await waiting.put((time.monotonic() + self._delay, piece))
            await waiting.put((0.0, b""))

        async def give() -> None:
            while (item := await waiting.get())[1]:
                arrives, piece = item
                self._free_at[way] = max(self._free_at[way], time.monotonic()) + len(piece) / self._rate
                await asyncio.sleep(max(arrives, self._free_at[way]) - time.monotonic())
                writer.write(piece)
                await writer.drain()
                if way == "down":
                    self.bytes_down += len(piece)
            writer.close()

        with suppress(OSError):
            await asyncio.gather(take(), give())
