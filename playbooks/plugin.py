"""What keyturn's own playbooks bring to keyturn: themselves, the codes of Windows, the check of keys, the diagnosis of a PC."""

from __future__ import annotations

from agent.api import Answer, Explanation, Playbook, RemoteSession, Secret, Sighting, hookimpl


@hookimpl
def keyturn_playbooks() -> list[Playbook]:
    """The playbooks of this house."""
    from playbooks.windows_upgrade import windows_upgrade

    return [windows_upgrade]


@hookimpl
def keyturn_explain(code: str) -> Explanation | None:
    """What a code of Windows licensing means."""
    from playbooks.windows import codes

    known = codes.lookup(code)
    return known.explain() if known else None


@hookimpl
def keyturn_examine(secret: Secret) -> Answer | None:
    """Whether *secret* is a sound product key of Windows."""
    from playbooks.windows import keys

    return keys.examine(secret)


@hookimpl
def keyturn_diagnose(session: RemoteSession) -> list[tuple[str, Answer]]:
    """What on a Windows PC helps or hinders a licence upgrade."""
    from datetime import UTC, datetime

    from playbooks.windows import diagnosis

    return diagnosis.diagnose(session, datetime.now(UTC))


@hookimpl
def keyturn_sight(session: RemoteSession) -> Sighting:
    """The licence of a Windows PC, as a row of a survey."""
    from playbooks.windows import sight

    return sight.sight(session)
