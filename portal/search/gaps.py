"""What was searched and not found: what nobody has written down yet."""

from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from portal.models import SearchGap
from portal.search.finding import Answer, Wanted

KEPT_FOR = timedelta(days=180)
LONGEST = (
    200  # characters; what is longer was pasted, and names things that are not ours to keep
)


def note(answer: Answer, wanted: Wanted, now: datetime) -> None:
    """
    Count a question that found nothing, as it was sent; by whom is not kept.

    One that finds something now is no gap any more.
    """
    text = " ".join(answer.text.lower().split())
    if not text or len(text) > LONGEST or wanted.narrows or answer.page > 1:
        return
    gaps = SearchGap.objects.filter(text=text)
    if answer.total and not answer.meant:
        gaps.delete()
    elif not answer.total and not gaps.update(count=F("count") + 1, last_at=now):
        SearchGap.objects.bulk_create(
            [SearchGap(text=text, first_at=now, last_at=now)], ignore_conflicts=True
        )


def forget(now: datetime) -> None:
    SearchGap.objects.filter(last_at__lt=now - KEPT_FOR).delete()


def gaps() -> QuerySet[SearchGap]:
    """The most wanted first."""
    return SearchGap.objects.order_by("-count", "-last_at", "pk")
