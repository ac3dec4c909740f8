"""The suite that every connector passes; derive a test class from it and give it the fixture ``rig``.

class TestAcme(Conformance):
    @pytest.fixture
    def rig(self):
        with AcmeRig() as rig:
            yield rig
"""

from __future__ import annotations

from agent.testing.checks.carrying import Carrying
from agent.testing.checks.closing import Closing
from agent.testing.checks.opening import Opening
from agent.testing.checks.people import People
from agent.testing.checks.secrecy import Secrecy
from agent.testing.checks.tools import Tools
from agent.testing.checks.trouble import Trouble


class Conformance(Opening, Carrying, Secrecy, Trouble, Closing, Tools, People):
    """Opens, reads, changes, times out, drops the line, is refused, closes: what keyturn relies upon in every connector.

    Each check takes the fixture ``rig`` (:class:`agent.testing.rig.Rig`) and opens its own sessions. A check that does not
    apply, or that the rig cannot simulate, is skipped with the reason.
    """
