"""What people of the demo say about its runbooks."""

from __future__ import annotations

from knowledge.models import Document, DocumentComment, DocumentNews, NewsKind, Revision
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


def load_talk(story: Story, document: Document) -> None:
    """Have some of them talk about this runbook."""
    for days_ago, who, quote, words, answers in SAID:
        thread = _say(story, document, days_ago, who, words, quote=quote)
        for other, answer in answers:
            _say(story, document, days_ago - 1, other, answer, parent=thread)


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
