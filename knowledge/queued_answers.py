"""Answers that a page kept without a connection: taken in one by one, each with its own end."""

from typing import Any

from django import forms

from knowledge import workflow
from knowledge.models import RunbookRun
from knowledge.run_forms import AnswerForm
from portal.errors import DomainError
from portal.models import User

MOST = 200


class QueuedForm(AnswerForm):
    """`client_id` makes sending it again harmless; `client_at` is what that clock said."""

    step = forms.IntegerField(min_value=1)
    client_id = forms.UUIDField()
    client_at = forms.DateTimeField()


def take_in(run: RunbookRun, sent: Any, *, actor: User) -> list[dict[str, Any]]:
    """
    Return for each answer whether it was taken, and if not every reason.

    They are taken in the order given; one that is refused stops no other.
    """
    rows = sent.get("answers") if isinstance(sent, dict) else None
    return [_take(run, row, actor) for row in (rows if isinstance(rows, list) else [])[:MOST]]


def _take(run: RunbookRun, row: Any, actor: User) -> dict[str, Any]:
    form = QueuedForm(row if isinstance(row, dict) else {})
    known = {"client_id": str(row.get("client_id", "")) if isinstance(row, dict) else ""}
    if not form.is_valid():
        words = "; ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items())
        return known | _refused("form_invalid", words)
    said = dict(form.cleaned_data)
    step = run.steps.filter(order=said.pop("step")).first()
    if step is None:
        return known | _refused("no_such_step", "")
    try:
        workflow.answer_step(step, actor=actor, **said)
    except DomainError as refused:
        reasons = [reason._asdict() for reason in refused.refusals]
        return known | {"taken": False, "reasons": reasons}
    return known | {"taken": True, "reasons": []}


def _refused(code: str, sentence: str) -> dict[str, Any]:
    return {"taken": False, "reasons": [{"code": code, "sentence": sentence, "remedy": ""}]}
