"""The doors for forges, with and without a trailing slash: a redirect would lose the body."""

from django.urls import path

from maintenance.views import intake

NAME = "intake-deployments"

urlpatterns = [
    path("deployment-events/<str:kind>/<uuid:number>", intake.take_in, name=NAME),
    path("deployment-events/<str:kind>/<uuid:number>/", intake.take_in, name=NAME),
]
