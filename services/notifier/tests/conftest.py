import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from provider_server import Provider, serving  # the folder is no package


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving() as started:
        yield started
