"""The login shell of a real SSH server that stands for a PC: it hands each command to the simulated PC of the tests."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import threading
from pathlib import Path
from socketserver import StreamRequestHandler, UnixStreamServer

UTF8 = "chcp 65001>nul & "


class Bridge:
    """The tests' side: answers on a socket in the file system with what *pc* does. Use it in ``with``."""

    def __init__(self, pc, file: Path) -> None:
        outer = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                asked = json.loads(self.rfile.readline())
                outcome = outer.run(asked["line"], base64.b64decode(asked["stdin"]))
                streams = [base64.b64encode(data).decode() for data in (outcome.stdout, outcome.stderr)]
                self.wfile.write(json.dumps([*streams, outcome.exit_code & 0xFF]).encode() + b"\n")

        self.pc = pc
        self.file = file
        self._server = UnixStreamServer(str(file), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def run(self, line: str, stdin: bytes):
        return self.pc.run(line.removeprefix(UTF8), stdin, 65001 if line.startswith(UTF8) else 437)

    @property
    def config(self) -> str:
        return f"ForceCommand {sys.executable} -S {Path(__file__)} {self.file}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def main() -> int:
    """The server's side: one command."""
    asked = {"line": os.environ["SSH_ORIGINAL_COMMAND"], "stdin": base64.b64encode(sys.stdin.buffer.read()).decode()}
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(sys.argv[1])
        line.sendall(json.dumps(asked).encode() + b"\n")
        with line.makefile() as answer:
            stdout, stderr, code = json.loads(answer.readline())
    sys.stdout.buffer.write(base64.b64decode(stdout))
    sys.stderr.buffer.write(base64.b64decode(stderr))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
