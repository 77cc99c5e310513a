"""Five people save, type, restore, ask, approve and rename as it comes: nothing is lost."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from knowledge import workflow
from knowledge.models import Document, DocumentDraft, DocumentRedirect, Revision, RevisionReview
from portal.errors import DomainError
from portal.models import User
from tests.knowledge.make import make_document
from tests.make import make_person

pytestmark = pytest.mark.django_db
CASES = int(os.environ.get("REVISION_CASES", "10"))
MOVES = 14  # of all five together, in one case
VERBS = ["save", "save", "autosave", "restore", "ask", "approve", "rename", "urgent"]


@dataclass
class Story:
    """What happened to one document, as those who wrote remember it."""

    document: Document
    chance: Random
    seen: dict[int, int]  # the revision on which each person builds
    texts: dict[int, str] = field(default_factory=dict)
    typed: dict[int, str] = field(default_factory=dict)
    slugs: set[str] = field(default_factory=set)

    def save(self, person: User) -> None:
        base, body = self.seen[person.pk], f"words {self.chance.random()}\n"
        words: dict[str, Any] = {"base_number": base, "title": "T", "body": body}
        try:
            saved = workflow.save_revision(self.document, **words, actor=person)
        except workflow.EditConflict as conflict:
            workflow.keep_draft(self.document, **words, actor=person)
            self.typed[person.pk] = body
            self.seen[person.pk] = conflict.newest.number
            return
        self.texts[saved.number] = body
        self.typed.pop(person.pk, None)

    def autosave(self, person: User) -> None:
        body = f"half {self.chance.random()}"
        workflow.keep_draft(self.document, base_number=1, title="T", body=body, actor=person)
        self.typed[person.pk] = body

    def restore(self, person: User) -> None:
        restored = workflow.restore_revision(self.any_revision(), actor=person)
        self.texts[restored.number] = self.texts[restored.restored_from or 0]

    def ask(self, person: User) -> None:
        workflow.ask_for_review(self.any_revision(), actor=person)

    def approve(self, person: User) -> None:
        waiting = RevisionReview.objects.unanswered().filter(revision__document=self.document)
        if review := waiting.first():
            workflow.approve_revision(review.revision, actor=person)

    def urgent(self, person: User) -> None:
        workflow.publish_urgently(self.any_revision(), reason="Down", actor=person)

    def rename(self, person: User) -> None:
        slug = f"d{self.document.pk}-{self.chance.randrange(4)}"
        before = Document.objects.get(pk=self.document.pk).slug
        workflow.rename(self.document, slug=slug, actor=person)
        self.slugs |= {before, slug}

    def any_revision(self) -> Revision:
        return self.chance.choice(list(self.document.revisions.all()))

    def must_hold(self) -> None:
        document = Document.objects.get(pk=self.document.pk)
        kept = dict(document.revisions.values_list("number", "body"))
        assert kept == self.texts
        assert sorted(kept) == list(range(1, document.latest_number + 1))
        drafts = DocumentDraft.objects.filter(document=document)
        assert dict(drafts.values_list("author", "body")) == self.typed
        past = DocumentRedirect.objects.filter(document=document)
        assert set(past.values_list("slug", flat=True)) == self.slugs - {document.slug}
        for review in RevisionReview.objects.filter(
            revision__document=document, state="approved"
        ):
            written = document.revisions.filter(
                number__gt=review.since_number, number__lte=review.revision.number
            )
            assert review.answered_by_id not in written.values_list("author", flat=True)


@pytest.mark.parametrize("seed", range(CASES))
def test_whatever_five_people_do_every_text_stays_and_numbers_are_dense(seed: int) -> None:
    people = [make_person(f"Person {number}") for number in range(5)]
    workflow.set_review_policy(["runbook"], actor=None)
    document = make_document(body="first\n", actor=people[0])
    chance = Random(seed)
    story = Story(document, chance, {one.pk: 1 for one in people}, {1: "first\n"})
    for _move in range(MOVES):
        person = chance.choice(people)
        if chance.random() < 0.5:  # they look at the page first
            story.seen[person.pk] = Document.objects.get(pk=document.pk).latest_number
        with suppress(DomainError):  # a rule said no, and must have left no trace
            getattr(story, chance.choice(VERBS))(person)
    story.must_hold()
