"""What people of the demo say about its runbooks, and which of them they have read."""

from __future__ import annotations

from datetime import timedelta

from knowledge.models import (
    Document,
    DocumentComment,
    DocumentNews,
    NewsKind,
    ReadingDuty,
    ReadingRequest,
    Revision,
    RevisionReading,
)
from knowledge.texts import drawn_comment
from portal.demo import Story, keep, tell, wipe
from portal.markdown import RENDERER_VERSION

SAID = [
    # days ago, who, the words it is about, what was said; then who answered what
    (
        *(12, "jun", "Look who holds the connections"),
        "On the replica this needs `pg_read_all_stats`. **Who grants it at night?**",
        [("ana", "Everybody on call has had it since spring. @Jun, did you get an error?")],
    ),
    (3, "max", "", "We should name the dashboard here, not only the query.", []),
]

READ = [("jun", 30, None), ("max", 5, None), ("priya", 2, None)]


def load_talk(story: Story, document: Document) -> None:
    """Have some of them talk about this runbook."""
    for days_ago, who, quote, words, answers in SAID:
        thread = _say(story, document, days_ago, who, words, quote=quote)
        for other, answer in answers:
            _say(story, document, days_ago - 1, other, answer, parent=thread)


def load_readings(story: Story, document: Document) -> None:
    """Have some read it, one of them before it changed; and the team asked to."""
    assert document.published is not None
    older = document.revisions.order_by("number").first()
    for who, days_ago, revision in (("ana", 75, older), *READ):
        read = revision or document.published
        at = story.at(days_ago, 9)
        person = story.people[who]
        RevisionReading.objects.create(
            document=document, revision=read, person=person, first_at=at, last_at=at
        )
    asked_at = story.at(1, 10)
    request = ReadingRequest.objects.create(
        document=document,
        revision=document.published,
        team=document.team,
        due_on=(story.now + timedelta(days=3)).date(),
        note="The order of the steps is new since the last outage.",
        asked_by=story.people["priya"],
        asked_at=asked_at,
    )
    for who in ("ana", "jun"):
        is_done = who == "jun"
        ReadingDuty.objects.create(
            request=request,
            person=story.people[who],
            confirmed_at=story.now if is_done else None,
            confirmed_number=document.published.number if is_done else None,
            remind_at=None if is_done else story.now + timedelta(days=2),
        )


def load_news() -> None:
    """Have what happened stand among the news, in its order."""
    news = [
        DocumentNews(
            document_id=revision.document_id,
            kind=NewsKind.PUBLISHED,
            number=revision.number,
            actor=revision.published_by,
            at=revision.published_at or revision.created_at,
        )
        for revision in Revision.objects.filter(document__is_demo=True, state="published")
    ]
    news += [
        DocumentNews(
            document_id=comment.document_id,
            kind=NewsKind.COMMENTED,
            comment=comment,
            actor=comment.author,
            at=comment.created_at,
        )
        for comment in DocumentComment.objects.filter(is_demo=True)
    ]
    DocumentNews.objects.bulk_create(sorted(news, key=lambda item: item.at))


def remove_talk(pks: list[int]) -> None:
    ReadingRequest.objects.filter(document__in=pks).delete()
    said = DocumentComment.objects.filter(document__in=pks)
    wipe(said.filter(parent__isnull=False))
    wipe(said)


def _say(
    story: Story,
    document: Document,
    days_ago: int,
    who: str,
    words: str,
    *,
    quote: str = "",
    parent: DocumentComment | None = None,
) -> DocumentComment:
    assert document.published is not None
    author, at = story.people[who], story.at(days_ago, 14)
    comment = DocumentComment(
        document=document,
        revision=document.published,
        parent=parent,
        quote=quote,
        text=words,
        html=drawn_comment(words),
        renderer=RENDERER_VERSION,
        author=author,
        created_at=at,
        is_demo=True,
    )
    keep(comment, by=author, at=at)
    tell("document.commented", document, at=at, actor=author, comment=comment.pk)
    return comment
