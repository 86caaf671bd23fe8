"""A server for the length of a test run: evalua, or the real one for comparison.

EVALUA_SERVER chooses: the path of a program to be called as `PROGRAM serve --port 0`, or the word
redis-server. The default is the debug build of this checkout.
"""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = os.environ.get("EVALUA_SERVER") or str(Path(__file__).parents[3] / "target/debug/evalua")


class Server:
    """A running server, stopped at the end of a `with` block."""

    def __enter__(self):
        if PROGRAM == "redis-server":
            self._start_redis()
        else:
            self._start_evalua()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def _start_evalua(self):
        self._process = subprocess.Popen([PROGRAM, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        with self._process.stdout as output:
            line = output.readline()
        self.url = re.search(r"redis:\S+", line).group()

    def _start_redis(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{port}"
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.025)
        raise RuntimeError("redis-server does not answer")
