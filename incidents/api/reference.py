"""The playbook's rows in the API: read here, edited in the admin."""

from django.db.models import QuerySet

from incidents.api.serializers import SeverityPolicySerializer, StatusTemplateSerializer
from incidents.models import SeverityPolicy, StatusTemplate
from portal.api.base import RecordViewSet


class SeverityPolicyViewSet(RecordViewSet[SeverityPolicy]):
    """What each severity means and demands."""

    serializer_class = SeverityPolicySerializer
    queryset = SeverityPolicy.objects.all()
    lookup_field = "severity"
    lookup_value_regex = "[0-3]"


class StatusTemplateViewSet(RecordViewSet[StatusTemplate]):
    """The words with which each phase is announced; `[...]` is to be filled in."""

    serializer_class = StatusTemplateSerializer
    lookup_field = "phase"
    lookup_value_regex = "[a-z]+"
    queryset = StatusTemplate.objects.all()

    def get_queryset(self) -> QuerySet[StatusTemplate]:
        return StatusTemplate.objects.order_by("order", "pk")
