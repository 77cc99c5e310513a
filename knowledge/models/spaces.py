"""Spaces: documents that lie together, under one rule of who reads, writes and approves."""

from collections.abc import Iterable
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Access, Membership, Team, TeamRole, Tracked, User

FIRST_SPACE = "handbook"  # where documents lie that nobody put elsewhere
MOST_APPROVALS = 5


class Reading(models.TextChoices):
    EVERYONE = "everyone", _("Everybody with access to the portal")
    NAMED = "named", _("Only the owner team and whoever is named")


class Writing(models.TextChoices):
    OWNERS = "owners", _("Each document's owner team; any member where no team owns it")
    NAMED = "named", _("Only the owner team of the space and whoever is named")


class Reviewing(models.TextChoices):
    BY_KIND = "by_kind", _("As the house decides for each kind of document")
    ALWAYS = "always", _("Every document")
    NEVER = "never", _("No document")


class SpaceMay(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")
    MANAGE = "manage", _("Manage")


WRITES = [SpaceMay.WRITE, SpaceMay.MANAGE]


class SpaceQuerySet(models.QuerySet["Space"]):
    def current(self) -> Self:
        return self.filter(archived_at=None)

    def visible_to(self, user: User) -> Self:
        """Those that the person may read; what lies in others is not there for them."""
        if not user.may_look:
            return self.none()
        if user.is_administrator:
            return self
        return self.filter(Q(reading=Reading.EVERYONE) | _named(user, SpaceMay.values))

    def named_writer(self, user: User) -> Self:
        """Those in which the person may change every document."""
        if not user.may_work:
            return self.none()
        return self if user.is_administrator else self.filter(_named(user, WRITES))

    def open_to(self, user: User) -> Self:
        """Those in which the person may begin a document."""
        if not user.may_work:
            return self.none()
        if user.is_administrator:
            return self
        anybody = Q(writing=Writing.OWNERS) & Q(pk__in=Space.objects.visible_to(user))
        return self.filter(anybody | _named(user, WRITES))

    def managed_by(self, user: User) -> Self:
        """Those whose rules the person may change."""
        if not user.may_work:
            return self.none()
        if user.is_administrator:
            return self
        managed = Membership.objects.filter(person=user, role=TeamRole.MANAGER)
        named = SpaceGrant.objects.to(user).filter(may=SpaceMay.MANAGE)
        return self.filter(Q(team__in=managed.values("team")) | Q(pk__in=named.values("space")))

    def with_list_columns(self) -> Self:
        """Each with its `document_count`, of those that readers get or will."""
        current = Q(documents__archived_at=None)
        return self.select_related("team").annotate(
            document_count=models.Count("documents", filter=current)
        )


def _named(user: User, may: Iterable[str]) -> Q:
    """What the person may by name, by a team that is named, or as one of the owner team."""
    grants = SpaceGrant.objects.to(user).filter(may__in=may)
    return Q(pk__in=grants.values("space")) | Q(team__in=Team.objects.of(user).values("pk"))


class Space(Tracked):
    """Documents that lie together; a document lies in exactly one."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), unique=True, max_length=60)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    team = models.ForeignKey(
        Team,
        verbose_name=_("owner team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reading = models.CharField(
        _("who reads"), max_length=8, choices=Reading, default=Reading.EVERYONE
    )
    writing = models.CharField(
        _("who writes"), max_length=6, choices=Writing, default=Writing.OWNERS
    )
    reviewing = models.CharField(
        _("what needs a review"), max_length=7, choices=Reviewing, default=Reviewing.BY_KIND
    )
    approvals_needed = models.PositiveSmallIntegerField(
        _("approvals needed"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_APPROVALS)],
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reading__in=Reading.values), name="space_reading_known"
            ),
            models.CheckConstraint(
                condition=Q(writing__in=Writing.values), name="space_writing_known"
            ),
            models.CheckConstraint(
                condition=Q(reviewing__in=Reviewing.values), name="space_reviewing_known"
            ),
            models.CheckConstraint(
                condition=Q(approvals_needed__gte=1, approvals_needed__lte=MOST_APPROVALS),
                name="space_approvals_some_not_many",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("knowledge:space", args=[self.slug])

    def named(self, *may: str) -> Q:
        """The people who may do one of these here by name, by team, or as administrators."""
        grants = self.grants.filter(may__in=may or SpaceMay.values)
        teams = [*grants.exclude(team=None).values_list("team", flat=True)]
        if self.team_id:
            teams.append(self.team_id)
        people = grants.exclude(person=None).values("person")
        return (
            Q(pk__in=Membership.objects.filter(team__in=teams).values("person"))
            | Q(pk__in=people)
            | Q(access=Access.ADMINISTRATOR)
        )


class SpaceGrantQuerySet(models.QuerySet["SpaceGrant"]):
    def to(self, user: User) -> Self:
        """What is granted to the person, or to a team of theirs."""
        return self.filter(Q(person=user) | Q(team__in=Team.objects.of(user).values("pk")))


class SpaceGrant(Tracked):
    """What a team or a person may do in a space, beyond what everybody may."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="grants")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    may = models.CharField(_("may"), max_length=6, choices=SpaceMay)

    objects = SpaceGrantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=False, person__isnull=True)
                | Q(team__isnull=True, person__isnull=False),
                name="space_grant_to_one",
            ),
            models.CheckConstraint(
                condition=Q(may__in=SpaceMay.values), name="space_grant_may_known"
            ),
            models.UniqueConstraint(fields=["space", "team"], name="space_grant_once_per_team"),
            models.UniqueConstraint(
                fields=["space", "person"], name="space_grant_once_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team or self.person}: {self.get_may_display()}"


def first_space() -> Space:
    """The space for what nobody put elsewhere; there is one from the first document on."""
    found = Space.objects.filter(slug=FIRST_SPACE).first()
    if found is not None:
        return found
    made = Space(slug=FIRST_SPACE, name="Handbook")
    made.changed_by = None
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # somebody made it just now
        return Space.objects.get(slug=FIRST_SPACE)
    return made
