import pytest

from portal.models import User


@pytest.fixture
def manager(max: User) -> User:  # noqa: A002 (a name is a name)
    """Max, by what he does here."""
    return max
