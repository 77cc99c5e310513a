"""
The named cast, each with one trait, so that a test which fails already names its reason.

Olivia works in the Payments team, Max manages it, Vera only looks, Otto has no access yet,
Ana works in another team, and Ada is the administrator.
"""

import gc
import os
import socket
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck, settings

from portal import audit_guard
from portal.models import Access, Service, Team, TeamRole, User
from tests.make import make_person, make_service, make_team

# How long an example takes is the machine's affair. What decides whether a change may land
# tries the same cases each time; `make explore` looks for new ones.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("calm", calm, derandomize=True, database=None)
settings.register_profile("explore", calm)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "calm"))


def pytest_collection_finish() -> None:
    """What is imported by now stays; looking for garbage in it took a seventh of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let Django empty tables between tests; the guard's own tests put it back."""
    with django_db_blocker.unblock():
        audit_guard.remove(connection)


@pytest.fixture
def payments(db: None) -> Team:
    return make_team("Payments")


@pytest.fixture
def platform(db: None) -> Team:
    return make_team("Platform")


@pytest.fixture
def olivia(payments: Team) -> User:
    return make_person("Olivia", team=payments)


@pytest.fixture
def max(payments: Team) -> User:  # noqa: A001 (a name is a name)
    return make_person("Max", team=payments, role=TeamRole.MANAGER)


@pytest.fixture
def ana(platform: Team) -> User:
    return make_person("Ana", team=platform)


@pytest.fixture
def vera(db: None) -> User:
    return make_person("Vera", access=Access.VIEWER)


@pytest.fixture
def otto(db: None) -> User:
    return make_person("Otto", access=Access.NONE)


@pytest.fixture
def ada(db: None) -> User:
    return make_person("Ada", access=Access.ADMINISTRATOR)


@pytest.fixture
def checkout(payments: Team) -> Service:
    return make_service("Checkout", team=payments)


@pytest.fixture(autouse=True)
def _fresh_counters(request: pytest.FixtureRequest) -> None:
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine's own services may be reached."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"local", "localhost", "127.0.0.1", "::1"}:
            pytest.fail(f"A test reached for the network: {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
