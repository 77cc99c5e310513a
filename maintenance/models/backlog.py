"""Where a request stands among those that wait, if somebody has said so."""

from django.db import models

from maintenance.models.requests import MaintenanceRequest
from maintenance.models.states import RequestState

WAITING = [RequestState.DRAFT, RequestState.SUBMITTED, RequestState.ASSESSING]


class BacklogPlace(models.Model):
    """The rank that people gave a request; 1 is next. Those without follow by their score."""

    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="place"
    )
    rank = models.PositiveIntegerField()

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return f"{self.rank}: {self.request}"
