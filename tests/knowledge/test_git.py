"""A space cloned by the real `git` from a live server."""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge import git_history, workflow
from knowledge.models import Document, Space, first_space
from portal import clock
from portal.errors import DomainError
from portal.models import Scope, User
from portal.workflow.tokens import create_token
from tests.knowledge.make import make_document, make_published, newest
from tests.make import png

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("git"), reason="git is not here"),
]


def secret_of(person: User, scope: Scope = Scope.READ) -> str:
    days = timedelta(days=1)
    return create_token(
        person, name="git", scopes=[scope], expires_at=clock.now() + days, actor=person
    )[1]


def git(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", *words], cwd=cwd, env=kept, capture_output=True, text=True, timeout=60
    )


def address(server: Any, secret: str, space: str = "handbook") -> str:
    host = server.url.removeprefix("http://")
    return f"http://any:{secret}@{host}/git/{space}.git"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_commits_are_what_readers_got(
    live_server: Any, tmp_path: Path, vera: User, olivia: User
) -> None:
    book = make_published("Restore", body="# Restore\n\none\n", actor=olivia)
    workflow.attach(book, png(), name="shot.png", actor=olivia)
    workflow.save_revision(
        book, base_number=1, title="Restore", body="two\n", message="Better", actor=olivia
    )
    make_document("Draft", body="nobody sees this\n")
    url = address(live_server, secret_of(vera))

    cloned = git("clone", url, "copy", cwd=tmp_path)
    assert cloned.returncode == 0, cloned.stderr
    copy = tmp_path / "copy"
    assert (copy / "restore.md").read_text() == "# Restore\n\none\n"
    assert (copy / "attachments" / str(book.pk) / "shot.png").read_bytes()[:4] == b"\x89PNG"
    assert not (copy / "draft.md").exists()

    workflow.publish(newest(book), actor=olivia)
    book.refresh_from_db()
    workflow.rename(book, slug="recover", actor=olivia)
    make_published("Other", body="other\n")
    pulled = git("pull", cwd=copy)
    assert pulled.returncode == 0, pulled.stderr  # the history goes on, it is not another
    assert (copy / "recover.md").read_text() == "two\n"
    assert not (copy / "restore.md").exists()
    log = git("log", "--format=%an|%s|%b", "--reverse", cwd=copy).stdout.splitlines()
    assert [line for line in log if line] == [
        "Olivia|Restore, revision 1|",
        "Olivia|shot.png is added|",
        "Olivia|Restore, revision 2|Better",
        "Evenkeel|restore.md is now recover.md|",
        "Evenkeel|Other, revision 1|",
    ]
    assert git("fsck", "--strict", cwd=copy).returncode == 0
    pushed = git("push", cwd=copy)
    assert pushed.returncode == 0 or "403" in pushed.stderr
    (copy / "x.md").write_text("x")
    git("add", ".", cwd=copy)
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-m", "x", cwd=copy)
    assert "403" in git("push", cwd=copy).stderr


def test_whoever_may_not_read_gets_nothing(
    live_server: Any, tmp_path: Path, vera: User, olivia: User, ada: User, otto: User
) -> None:
    secret = make_published("Secret", body="secret\n")
    make_published("Open", body="open\n")
    vault = Space(slug="vault", name="Vault", reading="named")
    vault.changed_by = None
    vault.save()
    Document.objects.filter(pk=secret.pk).update(space=vault)
    archived = make_published("Old", body="old\n")
    workflow.archive(archived, actor=None)

    def clone(who: str, secret: str, space: str) -> bool:
        return (
            git("clone", address(live_server, secret, space), who, cwd=tmp_path).returncode == 0
        )

    assert clone("a", secret_of(vera), first_space().slug)
    assert {path.name for path in (tmp_path / "a").glob("*.md")} == {"open.md"}
    assert not clone("b", secret_of(vera), "vault")
    assert not clone("c", secret_of(olivia, Scope.DEPLOY), first_space().slug)
    assert not clone("d", "ek_wrong", first_space().slug)
    assert not clone("e", secret_of(otto), first_space().slug)
    assert clone("f", secret_of(ada), "vault")
    assert (tmp_path / "f" / "secret.md").read_text() == "secret\n"


def test_an_empty_space_and_a_folder_can_be_cloned(
    live_server: Any, tmp_path: Path, vera: User
) -> None:
    first_space()
    url = address(live_server, secret_of(vera))
    assert git("clone", url, "empty", cwd=tmp_path).returncode == 0
    document = make_published("A", body="a\n")
    Document.objects.filter(pk=document.pk).update(path="db/deep/a.md")
    assert git("clone", "--depth", "1", url, "deep", cwd=tmp_path).returncode == 0
    assert (tmp_path / "deep" / "db" / "deep" / "a.md").read_text() == "a\n"


def test_a_history_that_is_too_much_is_refused_before_it_is_read(
    live_server: Any, tmp_path: Path, vera: User, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_published("Big", body="words\n" * 100)
    workflow.attach(book, png(), name="shot.png", actor=olivia)
    url = address(live_server, secret_of(vera))
    size = 600 + book.attachments.get().size

    monkeypatch.setattr(git_history, "MOST_BYTES", size - 1)
    assert git("clone", url, "large", cwd=tmp_path).returncode != 0
    monkeypatch.setattr(git_history, "MOST_BYTES", size)
    monkeypatch.setattr(git_history, "MOST_STEPS", 1)
    assert git("clone", url, "long", cwd=tmp_path).returncode != 0
    monkeypatch.setattr(git_history, "MOST_STEPS", 2)
    assert git("clone", url, "right", cwd=tmp_path).returncode == 0

    space = workflow.create_space(name="Other", actor=None)
    make_published("Small", body="more\n", space=space)
    repo = git_history.repository(space, vera)
    assert [one for one, _size in git_history._made.values()] == [repo], "The larger one went."
    monkeypatch.setattr(git_history, "PATIENCE", 0)
    make_published("Third", body="more\n", space=space)
    with git_history._one_at_a_time, pytest.raises(DomainError, match="being made"):
        git_history.repository(space, vera)
