from django.urls import path

from knowledge.views import (
    action_lists,
    actions,
    attachments,
    comments,
    comparing,
    documents,
    drafting,
    editing,
    home,
    links,
    retrospectives,
    reviewing,
    run_live,
    run_verbs,
    runs,
    watching,
    writing,
)
from knowledge.views.moved import follows

app_name = "knowledge"
urlpatterns = [
    path("", home.home, name="home"),
    path("markdown/", writing.writing, name="writing"),
    path("documents/", documents.document_list, name="documents"),
    path("documents/new/", editing.new, name="document-new"),
    path("reviews/", reviewing.review_list, name="reviews"),
    path("reviews/policy/", reviewing.policy, name="review-policy"),
    path("documents/<slug:slug>/", follows(documents.detail), name="document"),
    path("documents/<slug:slug>/history/", follows(documents.history), name="document-history"),
    path("documents/<slug:slug>/diff/", follows(comparing.diff), name="document-diff"),
    path(
        "documents/<slug:slug>/revisions/<int:number>/",
        follows(documents.revision),
        name="revision",
    ),
    path(
        "documents/<slug:slug>/comments/", follows(comments.comments), name="document-comments"
    ),
    path(
        "documents/<slug:slug>/comments/live/",
        follows(comments.live),
        name="document-comments-live",
    ),
    path("watching/", watching.watching, name="watching"),
    path("watching/own/", watching.watches_own, name="watches-own"),
    path(
        "documents/<slug:slug>/watch/",
        follows(watching.watch_document),
        {"is_on": True},
        name="document-watch",
    ),
    path(
        "documents/<slug:slug>/unwatch/",
        follows(watching.watch_document),
        {"is_on": False},
        name="document-unwatch",
    ),
    path(
        "spaces/<slug:slug>/watch/", watching.watch_space, {"is_on": True}, name="space-watch"
    ),
    path(
        "spaces/<slug:slug>/unwatch/",
        watching.watch_space,
        {"is_on": False},
        name="space-unwatch",
    ),
    path("documents/<slug:slug>/people/", follows(comments.people), name="document-people"),
    *[
        path(
            f"documents/<slug:slug>/comments/<int:pk>/{name}/",
            follows(view),
            options,
            name=f"comment-{name}",
        )
        for name, view, options in (
            ("answer", comments.answer, {}),
            ("edit", comments.edit, {}),
            ("remove", comments.remove, {}),
            ("resolve", comments.resolve, {}),
            ("reopen", comments.reopen, {}),
            ("must-settle", comments.weigh, {"is_blocking": True}),
            ("need-not-settle", comments.weigh, {"is_blocking": False}),
        )
    ],
    path("documents/<slug:slug>/rename/", follows(editing.rename), name="document-rename"),
    path("documents/<slug:slug>/draft/", follows(drafting.draft), name="document-draft"),
    path("documents/<slug:slug>/edit/", follows(editing.edit), name="document-edit"),
    path("documents/<slug:slug>/change/", follows(editing.change), name="document-change"),
    path(
        "documents/<slug:slug>/revisions/<int:number>/publish/",
        follows(editing.publish),
        name="revision-publish",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/restore/",
        follows(editing.restore),
        name="revision-restore",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/ask-for-review/",
        follows(reviewing.ask),
        name="revision-ask-for-review",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/approve/",
        follows(reviewing.approve),
        name="revision-approve",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/reject/",
        follows(reviewing.reject),
        name="revision-reject",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/withdraw/",
        follows(reviewing.withdraw),
        name="revision-withdraw",
    ),
    path(
        "documents/<slug:slug>/revisions/<int:number>/publish-urgently/",
        follows(reviewing.publish_urgently),
        name="revision-publish-urgently",
    ),
    path(
        "documents/<slug:slug>/attachments/",
        follows(attachments.attachments),
        name="document-attachments",
    ),
    *[
        path(
            f"documents/<slug:slug>/attachments/<str:key>/{verb}/",
            follows(getattr(attachments, verb)),
            name=f"attachment-{verb}",
        )
        for verb in ("replace", "describe", "remove")
    ],
    path("links/", links.link_list, name="links"),
    path("links.csv", links.link_csv, name="links-csv"),
    path("documents/<slug:slug>/archive/", follows(editing.archive), name="document-archive"),
    path(
        "documents/<slug:slug>/bring-back/",
        follows(editing.bring_back),
        name="document-bring-back",
    ),
    path("documents/<slug:slug>/run/", follows(runs.start), name="run-start"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.detail, name="run"),
    path("runs/<int:pk>/steps/<int:order>/", runs.answer, name="run-answer"),
    path("runs/<int:pk>/finish/", runs.finish, name="run-finish"),
    path("runs/<int:pk>/live/", run_live.live, name="run-live"),
    path("runs/<int:pk>/pause/", run_verbs.pause, name="run-pause"),
    path("runs/<int:pk>/resume/", run_verbs.resume, name="run-resume"),
    path("runs/<int:pk>/hand-over/", run_verbs.hand_over, name="run-hand-over"),
    path("runs/<int:pk>/go-on/", run_verbs.go_on, name="run-go-on"),
    path("runs/<int:pk>/variables/", run_verbs.variables, name="run-variables"),
    path("runs/<int:pk>/queue/", run_verbs.queue, name="run-queue"),
    path("actions/", action_lists.action_list, name="actions"),
    path("actions/new/", actions.new, name="action-new"),
    path("actions/board/", action_lists.board, name="action-board"),
    path("actions/bulk/", action_lists.bulk, name="actions-bulk"),
    path("actions.csv", action_lists.action_csv, name="actions-csv"),
    path("actions/<int:pk>/", actions.detail, name="action"),
    path("actions/<int:pk>/change/", actions.change, name="action-change"),
    path("actions/<int:pk>/start/", actions.start, name="action-start"),
    path("actions/<int:pk>/finish/", actions.finish, name="action-finish"),
    path("actions/<int:pk>/drop/", actions.drop, name="action-drop"),
    path("actions/<int:pk>/postpone/", actions.postpone, name="action-postpone"),
    path("actions/<int:pk>/snooze/", actions.snooze, name="action-snooze"),
    path("actions/<int:pk>/wake/", actions.wake, name="action-wake"),
    path("actions/<int:pk>/put-back/", action_lists.put_back, name="action-put-back"),
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
