"""Learn: where to begin."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from knowledge.models import ActionItem, Document, Freshness, Repair, Retrospective, RunbookRun
from knowledge.parts import parts_of_learn
from portal import clock
from portal.access import require_look
from portal.http import Request
from portal.models import Team
from portal.search.gaps import gaps

SHOWN = 6


@require_GET
def home(request: Request) -> HttpResponse:
    user = request.user
    require_look(user)
    documents = Document.objects.visible_to(user)
    actions = ActionItem.objects.visible_to(user).unfinished().with_list_columns()
    retrospectives = Retrospective.objects.visible_to(user).with_list_columns()
    running = RunbookRun.objects.visible_to(user).running().with_list_columns()
    context = {
        "runbooks": documents.most_run()[:SHOWN],
        "drafts": documents.awaiting_publication().select_related("team")[:SHOWN],
        "running": running[:SHOWN],
        "actions": actions.filter(owner=user)[:SHOWN],
        "retrospective": retrospectives.filter(team__in=Team.objects.of(user)).first()
        or retrospectives.first(),
        "due_count": Freshness.objects.visible_to(user).to_look_at(clock.now()).count(),
        "repair_count": Repair.objects.visible_to(user).open().count(),
        "today": timezone.localdate(),
        "not_found": gaps()[:SHOWN] if user.may_work else [],
        "may_work": user.may_work,
        "parts": parts_of_learn(user, "home"),
    }
    return render(request, "knowledge/home.html", context)
