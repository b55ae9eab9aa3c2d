"""A wire that counts: every byte that comes down it to the browser, heads of answers too."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = 64 * 1024


@dataclass
class Meter:
    """`received` counts bytes since it was last set; `port` is where the browser asks."""

    upstream: int
    door: socket.socket
    received: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        """The browser's end."""
        port: int = self.door.getsockname()[1]
        return port

    def serve(self) -> None:
        """Take connections until the door is shut."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.door.accept()
                far = socket.create_connection(("127.0.0.1", self.upstream))
                for source, target, counts in ((near, far, False), (far, near, True)):
                    end = threading.Thread(
                        target=self._pump, args=(source, target, counts), daemon=True
                    )
                    end.start()

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                target.sendall(data)
                if counts:
                    with self._lock:
                        self.received += len(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def metered(upstream: int) -> Iterator[Meter]:
    """A meter before the server of that port for as long as the block runs."""
    door = socket.create_server(("127.0.0.1", 0))
    meter = Meter(upstream, door)
    taking = threading.Thread(target=meter.serve, daemon=True)
    taking.start()
    try:
        yield meter
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        taking.join()
