"""Request types for pages and API: whoever reaches a view here is signed in."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request as DrfRequest

from portal.models import User


class Request(HttpRequest):
    user: User
    htmx: HtmxDetails


def signed_in(request: DrfRequest) -> User:
    """The person behind an API request; the permission class has turned others away."""
    assert isinstance(request.user, User)
    return request.user
