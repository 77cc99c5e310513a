"""How an open page of a run learns that there is news, at little cost."""

from django.core import signing
from django.urls import reverse

from knowledge.models import RunbookRun
from portal.brief import Brief
from portal.models import User

SALT = "knowledge.run"
GOOD_FOR = 24 * 60 * 60  # seconds; then the page gets a fresh address with its next part

_newest: Brief[int] = Brief(0.3)
_may_know: Brief[bool] = Brief(5)


def address_for(person: User, run: RunbookRun) -> str:
    """The address at which this person asks whether there is news."""
    return reverse("run-news", args=[signing.dumps([person.pk, run.pk], salt=SALT)])


def newest_by(token: str) -> int | None:
    """
    The version of the run that the token names; None for who may not read it any more.

    Raises `django.core.signing.BadSignature`.
    """
    person, run = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    if not _may_know.get((person, run), lambda: _may(person, run)):
        return None
    return _newest.get(run, lambda: _version(run))


def _may(person: int, run: int) -> bool:
    user = User.objects.filter(pk=person, is_active=True).first()
    return user is not None and RunbookRun.objects.visible_to(user).filter(pk=run).exists()


def _version(run: int) -> int:
    return RunbookRun.objects.filter(pk=run).values_list("version", flat=True).first() or 0
