"""API tokens: made, shown once, and revoked."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, events
from portal.crypto import secret_hash
from portal.errors import refuse
from portal.models import ApiToken, Scope, User
from portal.workflow.saving import wrong

LONGEST = timedelta(days=366)
PREFIX_LENGTH = 10


@transaction.atomic
def create_token(
    person: User,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    actor: User | None,
) -> tuple[ApiToken, str]:
    """
    Make a token that acts for `person`; return it with its secret, which nobody keeps.

    The secret is `ek_` and 43 url-safe characters, 256 random bits. Raises `ValidationError`
    for an unknown scope, or an end that is past or over a year away.
    """
    now = clock.now()
    if not scopes or not set(scopes) <= set(Scope.values):
        raise wrong("scopes", _("Choose at least one of the scopes."), "invalid_choice")
    if not now < expires_at <= now + LONGEST:
        raise wrong("expires_at", _("A token ends within a year from now."), "out_of_range")
    secret = f"ek_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        person=person,
        name=name.strip(),
        prefix=secret[:PREFIX_LENGTH],
        token_hash=secret_hash(secret),
        scopes=sorted(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    token.full_clean()
    token.save()
    events.record("token.created", token, actor=actor, scopes=token.scopes, person=person.pk)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User | None) -> ApiToken:
    """End the token now; the next request that shows it is refused."""
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at is not None:
        raise refuse("already_revoked", _("This token is revoked already."))
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    events.record("token.revoked", row, actor=actor)
    return row
