import pytest

from portal.models import User


@pytest.fixture
def manager(max: User) -> User:
    """Max, the manager of Payments."""
    return max
