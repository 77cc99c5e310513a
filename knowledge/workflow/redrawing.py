"""After a change of the renderer, kept HTML is drawn by its rules; no word changes."""

from django.db import transaction

from knowledge.models import Revision, RunStep
from knowledge.texts import draw_or_refuse
from knowledge.workflow.linking import relink
from portal.markdown import RENDERER_VERSION, MarkdownRefused, render

AT_ONCE = 50  # revisions that one round draws


def redraw_outdated() -> int:
    """
    Draw the newest revisions that older rules drew; return how many of them are drawn now.

    Until it is their turn, every reader has them drawn on the way.
    """
    outdated = Revision.objects.exclude(renderer=RENDERER_VERSION).order_by("-pk")
    found = list(outdated.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_is_redrawn(pk) for pk in found)


def _is_redrawn(pk: int) -> bool:
    try:
        _redraw(pk)
    except MarkdownRefused:  # passing: a later round may draw it
        return False
    return True


@transaction.atomic
def _redraw(pk: int) -> None:
    revision = Revision.objects.select_for_update().get(pk=pk)
    revision.html, revision.renderer = _drawn(revision.body), RENDERER_VERSION
    revision.save(update_fields=["html", "renderer"])
    document = revision.document
    if revision.pk == document.published_id or revision.number == document.latest_number:
        relink(document)
    # The steps of its runs go by its renderer.
    for step in RunStep.objects.select_for_update().filter(run__revision=revision):
        step.html = _drawn(step.text)
        step.save(update_fields=["html"])


def _drawn(text: str) -> str:
    """Draw a text, or show it as written; raises `MarkdownRefused` where that would pass."""
    try:
        return draw_or_refuse(text)
    except MarkdownRefused as refused:
        if refused.passing:
            raise
        return render(text)
