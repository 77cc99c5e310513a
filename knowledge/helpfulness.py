"""How many a revision helped."""

from typing import NamedTuple

from django.db.models import Count, Q

from knowledge.models import Revision


class Votes(NamedTuple):
    yes: int
    no: int


def counted(revision: Revision) -> Votes:
    votes = revision.votes.aggregate(
        yes=Count("pk", filter=Q(is_helpful=True)), no=Count("pk", filter=Q(is_helpful=False))
    )
    return Votes(**votes)
