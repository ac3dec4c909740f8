"""What every connector is held to."""

from __future__ import annotations

import pytest

from agent.testing.suite import Conformance
from tests.connectors.rigs import JumpRig, WinRMRig


class TestConformance(Conformance):
    @pytest.fixture(params=[WinRMRig, JumpRig])
    def rig(self, request, tmp_path):
        with request.param(tmp_path) as rig:
            yield rig
