from django.urls import URLPattern, path

from incidents.views import home, lists, reviews, room, verbs

app_name = "incidents"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("severities/", home.severities, name="severities"),
    path("declare/", lists.declare, name="declare"),
    path("incidents/", lists.incident_list, name="incidents"),
    path("incidents.csv", lists.incident_csv, name="incidents-csv"),
    path("incidents/acknowledge/", lists.acknowledge_many, name="incidents-acknowledge"),
    path("reviews/", lists.review_list, name="reviews"),
    path("<int:pk>/", room.room, name="incident"),
    path("<int:pk>/live/", room.live, name="incident-live"),
    path("<int:pk>/acknowledge/", verbs.acknowledge, name="incident-acknowledge"),
    path("<int:pk>/unacknowledge/", verbs.unacknowledge, name="incident-unacknowledge"),
    path("<int:pk>/severity/", verbs.severity, name="incident-severity"),
    path("<int:pk>/notes/", verbs.note, name="incident-note"),
    path("<int:pk>/updates/", verbs.update, name="incident-update"),
    path("<int:pk>/resolve/", verbs.resolve, name="incident-resolve"),
    path("<int:pk>/reopen/", verbs.reopen, name="incident-reopen"),
    path("<int:pk>/close/", verbs.close, name="incident-close"),
    path("<int:pk>/runbooks/", verbs.start_runbook, name="incident-start-runbook"),
    path("<int:pk>/review/", reviews.detail, name="review"),
    path("<int:pk>/review/save/", reviews.save, name="review-save"),
    path("<int:pk>/review/actions/", reviews.add_action, name="review-add-action"),
    path("<int:pk>/review/publish/", reviews.publish, name="review-publish"),
]
