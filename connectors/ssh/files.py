"""Whole files to and from a PC over SFTP: a file that is put is there as a whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from paramiko import SFTPClient, SSHException

from agent.api import KeyturnError, NotSent, Refused, Unsure
from connectors.sshhost.line import BROKEN, Line

_PART = ".keyturn-part"
"""What a file is called until it is whole."""


def put(line: Line, path: str, data: bytes, seconds: float) -> None:
    """Writes *data* to *path*, in place of what is there.

    Args:
        line: The connection to the PC.
        path: As SFTP writes it: ``C:/Windows/Temp/a.txt``.
        data: The whole file.
        seconds: For all of it.

    Raises:
        NotSent: the line was cut or the time was over before the file was whole; *path* is as it was.
        Refused: the PC does not let it be written.
        Unsure: the line was cut when the file got its name.
    """
    with _client(line, path, seconds) as client:
        client.putfo(io.BytesIO(data), path + _PART)
        try:
            client.posix_rename(path + _PART, path)
        except (SSHException, EOFError) as error:
            lost = Unsure(
                f"{line}: {path} may have been written ({type(error).__name__})", "Read it before it is written again"
            )
        else:
            return
    raise lost


def get(line: Line, path: str, seconds: float) -> bytes:
    """What the file at *path* holds; arguments as for :func:`put`.

    Raises:
        NotSent: the line was cut or the time was over.
        Refused: there is no such file, or it may not be read.
    """
    with _client(line, path, seconds) as client:
        into = io.BytesIO()
        client.getfo(path, into)
    return into.getvalue()


@contextmanager
def _client(line: Line, path: str, seconds: float) -> Iterator[SFTPClient]:
    """An SFTP client on a channel of its own; what goes wrong inside is translated."""
    channel = line.channel(lambda transport: transport.open_session(timeout=line.host.connect_timeout))
    trouble: KeyturnError | None = None
    what = "it offers no SFTP"
    try:
        with line.closing_after(seconds):
            channel.invoke_subsystem("sftp")
            client = SFTPClient(channel)
            what = "it refused"
            yield client
    except BROKEN as error:
        if line.alive():
            what = getattr(error, "strerror", None) or what
            trouble = Refused(f"{line}: {path}: {what}", "Is the path right, and has the user the right to it?")
        else:
            trouble = NotSent(f"{line}: {path}: the line was cut, or {seconds:g} s were over")
    finally:
        with line.closing_after(line.host.connect_timeout), suppress(*BROKEN):
            channel.close()
    if trouble:
        raise trouble
