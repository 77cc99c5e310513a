from django.urls import path

from knowledge.views import actions, documents, editing, home, retrospectives, runs

app_name = "knowledge"
urlpatterns = [
    path("", home.home, name="home"),
    path("documents/", documents.document_list, name="documents"),
    path("documents/new/", editing.new, name="document-new"),
    path("documents/<slug:slug>/", documents.detail, name="document"),
    path("documents/<slug:slug>/history/", documents.history, name="document-history"),
    path("documents/<slug:slug>/diff/", documents.diff, name="document-diff"),
    path("documents/<slug:slug>/revisions/<int:number>/", documents.revision, name="revision"),
    path("documents/<slug:slug>/edit/", editing.edit, name="document-edit"),
    path("documents/<slug:slug>/change/", editing.change, name="document-change"),
    path(
        "documents/<slug:slug>/revisions/<int:number>/publish/",
        editing.publish,
        name="revision-publish",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/restore/",
        editing.restore,
        name="revision-restore",
    ),
    path("documents/<slug:slug>/archive/", editing.archive, name="document-archive"),
    path("documents/<slug:slug>/bring-back/", editing.bring_back, name="document-bring-back"),
    path("documents/<slug:slug>/run/", runs.start, name="run-start"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.detail, name="run"),
    path("runs/<int:pk>/steps/<int:order>/", runs.answer, name="run-answer"),
    path("runs/<int:pk>/finish/", runs.finish, name="run-finish"),
    path("actions/", actions.action_list, name="actions"),
    path("actions/new/", actions.new, name="action-new"),
    path("actions/<int:pk>/", actions.detail, name="action"),
    path("actions/<int:pk>/change/", actions.change, name="action-change"),
    path("actions/<int:pk>/start/", actions.start, name="action-start"),
    path("actions/<int:pk>/finish/", actions.finish, name="action-finish"),
    path("actions/<int:pk>/drop/", actions.drop, name="action-drop"),
    path("actions/<int:pk>/reopen/", actions.reopen, name="action-reopen"),
    path("retrospectives/", retrospectives.retrospective_list, name="retrospectives"),
    path("retrospectives/new/", retrospectives.new, name="retrospective-new"),
    path("retrospectives/<int:pk>/", retrospectives.detail, name="retrospective"),
    path("retrospectives/<int:pk>/cards/", retrospectives.add_card, name="card-add"),
    path(
        "retrospectives/<int:pk>/cards/<int:card>/remove/",
        retrospectives.remove_card,
        name="card-remove",
    ),
    path("retrospectives/<int:pk>/actions/", retrospectives.agree, name="retrospective-action"),
    path("retrospectives/<int:pk>/close/", retrospectives.close, name="retrospective-close"),
]
