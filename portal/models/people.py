"""People, how they are reached, and the teams they belong to."""

from __future__ import annotations

from datetime import time
from functools import cache
from typing import Any, Self
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models.tracked import Attributed, Tracked, versions


class Access(models.TextChoices):
    """How far a person may go; teams say where."""

    NONE = "none", _("No access yet")
    VIEWER = "viewer", _("Viewer: reads everything, changes nothing")
    MEMBER = "member", _("Member: works in their teams")
    ADMINISTRATOR = "administrator", _("Administrator: sets the portal up")


class TeamRole(models.TextChoices):
    MEMBER = "member", _("Member")
    MANAGER = "manager", _("Manager")


class Urgency(models.TextChoices):
    """How a message may reach its reader: high wakes people up."""

    HIGH = "high", _("High: may wake you")
    LOW = "low", _("Low: can wait until you look")


@cache
def zone_names() -> list[str]:
    """Return the names of all time zones; finding them means reading many folders."""
    return sorted(available_timezones())


def check_time_zone(name: str) -> None:
    if name not in zone_names():
        raise ValidationError(
            _("“%(zone)s” is not the name of a time zone."), "time_zone", {"zone": name}
        )


class UserManager(BaseUserManager["User"]):
    """Makes people; an e-mail address is kept in lower case."""

    def visible_to(self, user: User) -> models.QuerySet[User]:
        """Everybody who may look sees who works here, and those who have left."""
        return self.all() if user.may_look else self.none()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.changed_by = None
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, access=Access.ADMINISTRATOR, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, Attributed):
    """A person who may sign in. Deactivated when they leave, never deleted."""

    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=150)
    access = models.CharField(_("access"), max_length=13, choices=Access, default=Access.NONE)
    is_active = models.BooleanField(_("active"), default=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    locale = models.CharField(_("language"), max_length=12, default="en")
    works_from = models.TimeField(_("working hours begin"), default=time(9))
    works_until = models.TimeField(_("working hours end"), default=time(17))
    # Between these, in their own zone, what can wait does; None: there are no such hours.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    # Somebody else knows the password: it was made for them and shown once.
    must_change_password = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    last_login = None  # each sign-in is an event; a version a day of every person is not

    history = versions(excluded_fields=["password"])
    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(access__in=Access.values), name="user_access_known"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="user_quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.pk])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def may_look(self) -> bool:
        """Whether this person may see what is not private; strangers may not."""
        return self.is_active and self.access != Access.NONE

    @property
    def may_work(self) -> bool:
        """Whether this person may change anything at all."""
        return self.is_active and self.access in {Access.MEMBER, Access.ADMINISTRATOR}

    @property
    def is_administrator(self) -> bool:
        return self.is_active and self.access == Access.ADMINISTRATOR

    @property
    def is_staff(self) -> bool:
        """Django's word for who opens the admin: members to read, administrators to edit."""
        return self.may_work

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's admin; pages and API ask the access modules instead."""
        if self.is_administrator:
            return True
        return self.may_work and perm.partition(".")[2].startswith("view_")

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.may_work


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def of(self, user: User) -> Self:
        """The teams this person belongs to."""
        return self.filter(membership__person=user)

    def with_counts(self) -> Self:
        """Each team with its `member_count`, of those who have not left."""
        active = Q(membership__person__is_active=True)
        return self.annotate(member_count=models.Count("membership", filter=active))


class Team(Tracked):
    """People who answer for services together."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), unique=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("team", args=[self.slug])


class Membership(Tracked):
    """A person's place in a team; managers approve changes and see load."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=7, choices=TeamRole, default=TeamRole.MEMBER)

    class Meta:
        ordering = ["team", "person"]
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="membership_once_per_team"),
            models.CheckConstraint(
                condition=Q(role__in=TeamRole.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"
