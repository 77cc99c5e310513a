from django.urls import path

from operations.views import intake

urlpatterns = [
    path("alerts/alertmanager", intake.alertmanager, name="intake-alertmanager"),
    path("alerts/alertmanager/", intake.alertmanager, name="intake-alertmanager"),
    path("alerts/alertmanager/<str:key>", intake.alertmanager, name="intake-alertmanager"),
    path("alerts/alertmanager/<str:key>/", intake.alertmanager, name="intake-alertmanager"),
]
