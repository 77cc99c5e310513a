"""What is typed and not saved yet is kept on the server, for its author alone."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from knowledge import workflow
from knowledge.access import document_for
from knowledge.drafts import writers_of
from knowledge.forms import DraftForm
from portal.http import Request


@require_POST
def draft(request: Request, slug: str) -> HttpResponse:
    """
    Keep what the editor sends from time to time, or discard it when told to.

    The answer says who else is at it, and the newest revision, so that nobody is surprised.
    """
    document = document_for(request.user, slug=slug, may="change")
    if "discard" in request.POST:
        workflow.discard_draft(document, actor=request.user)
        return redirect("knowledge:document-edit", document.slug)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    kept = workflow.keep_draft(document, **form.cleaned_data, actor=request.user)
    others = writers_of(document, besides=request.user)
    answer = {
        "kept_at": kept.changed_at,
        "writers": [str(other.author) for other in others],
        "newest": document.latest_number,
    }
    return JsonResponse(answer)
