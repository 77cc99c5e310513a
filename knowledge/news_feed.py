"""The news as Atom: each once, under an id that never changes."""

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from knowledge.models import DocumentNews
from knowledge.texts import words_of
from portal.models import User

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
MOST = 50  # entries


def as_atom(person: User, address: str) -> bytes:
    """Return the newest news that the person may read."""
    made = Atom1Feed(
        title=_("Evenkeel: what is new in the documents"),
        link=f"{settings.SITE_URL}/learn/new/",
        description="",
        feed_url=address,
        language=person.locale,
    )
    for news in DocumentNews.objects.visible_to(person).with_list_columns()[:MOST]:
        made.add_item(
            title=headline(news),
            link=f"{settings.SITE_URL}{news.url}",
            description=words_of(news.comment.html) if news.comment else "",
            unique_id=f"{settings.SITE_URL}/learn/new/#{news.pk}",
            author_name=str(news.actor or _("The system")),
            pubdate=news.at,
            updateddate=news.at,
        )
    return made.writeString("utf-8").encode()


def headline(news: DocumentNews) -> str:
    """Return what happened in one line; the title of what is archived stays hidden."""
    document = news.document
    title = _("a document in %(space)s") % {"space": document.space}
    if document.archived_at is None:
        title = document.title
    return _("%(what)s: %(title)s") % {"what": news.get_kind_display(), "title": title}
