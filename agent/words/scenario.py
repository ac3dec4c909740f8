"""A simulated customer to try a playbook on: what fills the desk, what is run, and what the customer does in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.words.secret import Secret

CommandLine = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a demonstration needs; the simulated systems run until :attr:`close` is called.

    Attributes:
        title: One line about the customer.
        secrets: Name in the vault to value; the secret's label is its kind.
        setup: Arguments of ``keyturn`` that fill the desk, in order.
        run: Arguments of ``keyturn`` that start the run, which stops where the customer must act.
        act: Lets the customer act; returns one line that says what was done.
        effects: What was changed in the simulated systems so far, one line an effect.
        close: Ends the simulated systems.
    """

    title: str
    secrets: Mapping[str, Secret]
    setup: tuple[CommandLine, ...]
    run: CommandLine
    act: Callable[[], str]
    effects: Callable[[], list[str]]
    close: Callable[[], None]
