"""A mail server on loopback that answers as a test says, and the letter that is sent to it."""

from __future__ import annotations

import socket
import ssl
import threading

from agent.api import Letter

LETTER = Letter(
    "o17:instructions", ("jane@contoso.example", "it@contoso.example"), "Vor dem Upgrade – über", "Grüße\n.\n..Ende\n"
)


class Postmaster(threading.Thread):
    """A mail server on loopback that takes one connection after the other.

    Args:
        answers: Verb (``RCPT``, ``.`` for the end of the text) to what is answered; ``None`` drops the line.
        context: For STARTTLS.
    """

    def __init__(self, answers: dict[str, str | None], context: ssl.SSLContext | None = None) -> None:
        super().__init__(daemon=True)
        self.answers = answers
        self.context = context
        self.seen: list[str] = []
        self.letters: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._talk(line)
            except OSError:
                pass
            finally:
                line.close()

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(5)

    def _talk(self, line: socket.socket) -> None:
        line.sendall((self.answers.get("greeting") or "220 here").encode() + b"\r\n")
        file = line.makefile("rb")
        wrapped = None
        try:
            while raw := file.readline():
                verb = raw.decode().split()[0].upper()
                self.seen.append(raw.decode().strip())
                answer = self.answers.get(verb, self._usual(verb))
                if answer is None:
                    return
                (wrapped or line).sendall(answer.encode() + b"\r\n")
                if verb == "DATA" and answer.startswith("354") and not self._text(file, wrapped or line):
                    return
                if verb == "STARTTLS" and self.context:
                    file.close()
                    wrapped = self.context.wrap_socket(line, server_side=True)
                    file = wrapped.makefile("rb")
        finally:
            file.close()
            if wrapped:
                wrapped.close()

    def _usual(self, verb: str) -> str:
        extensions = "250-here\r\n250-AUTH PLAIN LOGIN\r\n" + ("250-STARTTLS\r\n" if self.context else "") + "250 8BITMIME"
        usual = {"EHLO": extensions, "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome", "STARTTLS": "220 go on"}
        return usual.get(verb, "250 ok")

    def _text(self, file: object, line: socket.socket) -> bool:
        text = b""
        while (raw := file.readline()) not in (b".\r\n", b""):  # type: ignore[attr-defined]
            text += raw[1:] if raw.startswith(b"..") else raw
        answer = self.answers.get(".", "250 queued")
        if answer is None:
            return False
        if answer.startswith("2"):
            self.letters.append(text)
        line.sendall(answer.encode() + b"\r\n")
        return True


def by(server: Postmaster, **more: object) -> dict[str, object]:
    """The settings that lead to *server*."""
    return {"host": "127.0.0.1", "port": server.port, "starttls": False, "sender": "desk@msp.example", **more}
