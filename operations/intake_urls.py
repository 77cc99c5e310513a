"""The doors for monitors, with and without a trailing slash: a redirect would lose the body."""

from django.urls import path

from operations.views import intake

NAME = "intake-alertmanager"

urlpatterns = [
    path("alerts/alertmanager", intake.alertmanager, name=NAME),
    path("alerts/alertmanager/", intake.alertmanager, name=NAME),
    path("alerts/alertmanager/<str:key>", intake.alertmanager, name=NAME),
    path("alerts/alertmanager/<str:key>/", intake.alertmanager, name=NAME),
]
