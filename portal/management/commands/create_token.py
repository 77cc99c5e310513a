"""Make an API token and print it, once."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from portal import clock
from portal.models import ApiToken, Scope, User
from portal.workflow.tokens import LONGEST, create_token, revoke_token


class Command(BaseCommand):
    help = (
        "Make an API token that acts for a person, and print it. It is shown this once; only "
        "its hash is kept. A name that has a valid token already is refused, so that a second "
        "run makes no second token; --replace revokes the old one first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        scopes = "; ".join(f"{value}: {label.lower()}" for value, label in Scope.choices)
        parser.add_argument("--person", required=True, metavar="EMAIL", help="whom it acts for")
        parser.add_argument("--name", required=True, help="what it is for, such as “CI”")
        parser.add_argument(
            "--scopes", default=Scope.READ.value, help=f"one or more, by comma. {scopes}"
        )
        parser.add_argument("--days", type=int, default=90, help="how long it lasts (90)")
        parser.add_argument("--replace", action="store_true", help="revoke the one before")

    def handle(
        self, *args: Any, person: str, name: str, scopes: str, days: int, **options: Any
    ) -> None:
        if not 1 <= days <= LONGEST.days:
            raise CommandError(f"A token lasts 1 to {LONGEST.days} days, not {days}.")
        owner = User.objects.filter(email__iexact=person, is_active=True).first()
        if owner is None:
            raise CommandError(f"Nobody active signs in as {person}.")
        valid = valid_tokens(owner, name)
        if valid.exists() and not options["replace"]:
            raise CommandError(
                f"{person} has a valid token named “{name}”. Choose another name, or --replace."
            )
        try:
            token, secret = create_token(
                owner,
                name=name,
                scopes=[scope.strip() for scope in scopes.split(",")],
                expires_at=clock.now() + timedelta(days=days),
                actor=None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        for old in valid.exclude(pk=token.pk):
            revoke_token(old, actor=None)
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. Shown once:")
        self.stdout.write(secret)


def valid_tokens(owner: User, name: str) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(
        person=owner, name=name.strip(), revoked_at=None, expires_at__gt=clock.now()
    )
