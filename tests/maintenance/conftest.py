import pytest

from portal.models import User


@pytest.fixture
def manager(max: User) -> User:
    """Max, by what he does here."""
    return max
