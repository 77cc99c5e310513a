"""Which recorded events belong to the room of an incident."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Greatest

from incidents.models import Incident, Review
from knowledge.models import RunbookRun
from portal.models import Event, User


def events_of(incident: Incident, reader: User | None) -> QuerySet[Event]:
    """
    What was recorded of the incident, of its review and of the runs that are for it.

    Of the runs, what this reader may read; without one, what all may who see the incident.
    """
    return Event.objects.filter(_about(incident, reader))


def newest_event(incident: Incident) -> int:
    """Return a number that grows with everything that happens in the room; one statement."""
    rows = Incident.objects.filter(pk=incident.pk)
    found: int | None = rows.values_list(newest_of_row(), flat=True).first()
    return found or 0


def newest_of(incident: Incident) -> int:
    """The same; as it was when the incident was read, where it came with it."""
    known: int | None = getattr(incident, "newest", None)
    return newest_event(incident) if known is None else known


def newest_of_row() -> Greatest:
    """
    The same number as a column beside each incident.

    For each kind of thing the newest by its index, and the greatest of these: asked every
    second, it must not depend on how many events there are.
    """
    kinds = ContentType.objects.get_for_models(Incident, Review, RunbookRun)
    reference = Concat(Value("incident:"), Cast(OuterRef(OuterRef("pk")), CharField()))
    runs = RunbookRun.objects.filter(reference=reference).values("pk")
    reviews = Review.objects.filter(incident=OuterRef(OuterRef("pk"))).values("pk")
    every = (
        Event.objects.filter(content_type=kinds[Incident], object_id=OuterRef("pk")),
        Event.objects.filter(content_type=kinds[Review], object_id__in=reviews),
        Event.objects.filter(content_type=kinds[RunbookRun], object_id__in=runs),
    )
    newest = (Subquery(found.order_by("-pk").values("pk")[:1]) for found in every)
    return Greatest(*(Coalesce(number, 0) for number in newest))


def _about(incident: Incident, reader: User | None) -> Q:
    kinds = ContentType.objects.get_for_models(Incident, Review, RunbookRun)
    every = RunbookRun.objects.filter(reference=incident.reference)
    seen = every.visible_to(reader) if reader else every.of_open_documents()
    runs = seen.values("pk")
    wanted = Q(content_type=kinds[Incident], object_id=incident.pk)
    wanted |= Q(content_type=kinds[RunbookRun], object_id__in=runs)
    review = getattr(incident, "review", None)
    if review is not None:
        wanted |= Q(content_type=kinds[Review], object_id=review.pk)
    return wanted
