"""What the tests of operations share."""

import pytest

from portal.models import User


@pytest.fixture
def manager(max: User) -> User:
    return max
