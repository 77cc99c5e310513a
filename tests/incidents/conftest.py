"""What every test of incidents finds: the playbook's rows."""

import pytest

from incidents import seeds
from portal.models import Service, Team, User
from tests.make import make_service


@pytest.fixture
def playbook(db: None) -> None:
    """The severities, update texts and review template as they ship."""
    seeds.seed()


@pytest.fixture
def search(platform: Team) -> Service:
    """A service of another team than Olivia's."""
    return make_service("Search", team=platform)


@pytest.fixture
def manager(max: User) -> User:
    """Max, by what he does here."""
    return max
