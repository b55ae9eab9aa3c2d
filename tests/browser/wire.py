"""A wire between a tablet and the ledger that a test can cut, slow down or make unreliable."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = 16 * 1024
_LOOK_SECONDS: Final = 0.2


@dataclass
class Wire:
    """Forwards 127.0.0.1:`port` to `upstream`. All that is set counts from the next bytes on."""

    upstream: tuple[str, int]
    port: int = 0
    is_cut: bool = False
    lost_share: float = 0.0
    """How many of a hundred connections die at some moment, as a share."""
    bytes_a_second: int = 0
    """0 is as fast as it goes."""
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The ledger's address at this end of the wire."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """No network from now on: what is under way breaks off."""
        self.is_cut = True
        with self._lock:
            for end in list(self._open):
                _shut(end)

    def mend(self) -> None:
        """The network is back."""
        self.is_cut = False

    def serve(self, door: socket.socket, stop: threading.Event) -> None:
        """Take connections until `stop`."""
        door.settimeout(_LOOK_SECONDS)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                near, _ = door.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        if self.is_cut:
            _shut(near)
            return
        try:
            far = socket.create_connection(self.upstream)
        except OSError:
            _shut(near)
            return
        with self._lock:
            self._open |= {near, far}
        # A connection that is to be lost dies after some bytes, in whatever direction.
        lives = self.chance.randrange(200, 4_000) if self._is_lost() else None
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target, lives), daemon=True).start()

    def _is_lost(self) -> bool:
        return self.chance.random() < self.lost_share

    def _pump(self, source: socket.socket, target: socket.socket, lives: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                if self.is_cut or (lives is not None and passed > lives):
                    break
                if self.bytes_a_second:
                    time.sleep(len(data) / self.bytes_a_second)
                target.sendall(data)
                passed += len(data)
        with self._lock:
            self._open -= {source, target}
        _shut(source)
        _shut(target)


@contextlib.contextmanager
def wire_to(host: str, port: int) -> Iterator[Wire]:
    """A wire to the ledger for as long as the block runs."""
    wire, stop = Wire((host, port)), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        wire.port = door.getsockname()[1]
        thread = threading.Thread(target=wire.serve, args=(door, stop), daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            stop.set()
            wire.cut()
            thread.join()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
