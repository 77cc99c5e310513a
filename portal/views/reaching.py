"""How I am reached: my ways, the chain of each urgency, my quiet hours."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import clock, reach
from portal.access import contact_for, rule_for
from portal.contact_forms import (
    CodeForm,
    ContactForm,
    ContactLabelForm,
    NewRuleForm,
    QuietHoursForm,
    RuleForm,
)
from portal.forms import attempt
from portal.http import Request
from portal.models import ContactMethod, Notification, NotificationRule, Urgency, User
from portal.natures import Nature
from portal.slots import gather
from portal.views.account import tabs
from portal.views.people import form_or_page
from portal.workflow import contacts, reaching

SHOWN = 10  # newest messages


@require_GET
def notification_preferences(request: Request) -> HttpResponse:
    return _page(request)


@require_POST
def add_contact(request: Request) -> HttpResponse:
    form = ContactForm(request.POST)
    made = attempt(
        form,
        lambda: contacts.add_contact(request.user, actor=request.user, **form.cleaned_data),
    )
    if made is None:
        return _page(request, form=form, status=422)
    messages.success(request, _("Added. Send a test message and enter its code."))
    return redirect("notification-preferences")


@form_or_page
def change_contact(request: Request, pk: int) -> HttpResponse:
    contact = contact_for(request.user, pk)
    form = ContactLabelForm(request.POST or None, instance=contact)
    saved = attempt(
        form,
        lambda: contacts.change_contact(contact, actor=request.user, **form.cleaned_data),
    )
    if saved is None:
        context = {"form": form, "contact": contact, "masked": contacts.masked(contact)}
        status = 422 if form.is_bound else 200
        return render(request, "portal/contact_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("notification-preferences")


@require_POST
def remove_contact(request: Request, pk: int) -> HttpResponse:
    contacts.remove_contact(contact_for(request.user, pk), actor=request.user)
    messages.success(request, _("Removed."))
    return redirect("notification-preferences")


@require_POST
def test_contact(request: Request, pk: int) -> HttpResponse:
    contact = contact_for(request.user, pk)
    contacts.send_test(contact, actor=request.user)
    messages.success(request, _("A test message with a code is on its way."))
    return redirect("contact-verify", contact.pk)


@form_or_page
def verify_contact(request: Request, pk: int) -> HttpResponse:
    """Where the link of a test message leads; looking at it proves nothing, the code does."""
    contact = contact_for(request.user, pk)
    form = CodeForm(request.POST or None)
    proved = attempt(
        form, lambda: contacts.verify(contact, actor=request.user, **form.cleaned_data)
    )
    if proved is None:
        context = {
            "form": form,
            "contact": contact,
            "masked": contacts.masked(contact),
            "is_open": bool(contact.code_ends_at and contact.code_ends_at > clock.now()),
            "last": Notification.objects.filter(contact=contact, kind="test").first(),
        }
        status = 422 if form.is_bound else 200
        return render(request, "portal/contact_verify.html", context, status=status)
    messages.success(request, _("%(label)s is verified.") % {"label": contact.label})
    return redirect("notification-preferences")


@require_POST
def add_rule(request: Request) -> HttpResponse:
    form = NewRuleForm(request.POST, ways=_ways_of(request.user), auto_id="new-rule-%s")
    made = attempt(
        form, lambda: reaching.add_rule(request.user, actor=request.user, **form.cleaned_data)
    )
    if made is None:
        return _page(request, rule_form=form, status=422)
    messages.success(request, _("Added."))
    return redirect("notification-preferences")


@require_POST
def change_rule(request: Request, pk: int) -> HttpResponse:
    rule = rule_for(request.user, pk)
    form = _rule_form(rule, request.POST)
    saved = attempt(
        form, lambda: reaching.change_rule(rule, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        return _page(request, wrong_rule=(pk, form), status=422)
    messages.success(request, _("Saved."))
    return redirect("notification-preferences")


@require_POST
def remove_rule(request: Request, pk: int) -> HttpResponse:
    reaching.remove_rule(rule_for(request.user, pk), actor=request.user)
    messages.success(request, _("Removed."))
    return redirect("notification-preferences")


@require_POST
def set_quiet_hours(request: Request) -> HttpResponse:
    form = QuietHoursForm(request.POST)
    saved = attempt(
        form,
        lambda: reaching.set_quiet_hours(request.user, actor=request.user, **form.cleaned_data),
    )
    if saved is None:
        return _page(request, quiet_form=form, status=422)
    messages.success(request, _("Saved."))
    return redirect("notification-preferences")


def _page(
    request: Request,
    *,
    form: ContactForm | None = None,
    rule_form: NewRuleForm | None = None,
    quiet_form: QuietHoursForm | None = None,
    wrong_rule: tuple[int, RuleForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    me = User.objects.get(pk=request.user.pk)
    mine = list(_ways_of(me))
    log = Notification.objects.filter(person=me).select_related("contact")
    quiet = {"quiet_from": me.quiet_from, "quiet_until": me.quiet_until}
    context = {
        "ways": [{"contact": way, "masked": contacts.masked(way)} for way in mine],
        "chains": [_chain(me, urgency, wrong_rule) for urgency in Urgency],
        "why_unreachable": reach.why_unreachable(me, Urgency.HIGH),
        "only_mail": all(way.nature == Nature.MAIL for way in reach.ways(me, Urgency.HIGH)),
        "doubts": gather("reach.doubts", me),
        "log": log.order_by("-pk")[:SHOWN],
        "form": form or ContactForm(),
        "rule_form": rule_form or NewRuleForm(ways=_ways_of(me), auto_id="new-rule-%s"),
        "quiet_form": quiet_form or QuietHoursForm(initial=quiet),
        "tabs": tabs(me, "notification-preferences"),
    }
    return render(request, "portal/notification_preferences.html", context, status=status)


def _chain(me: User, urgency: Urgency, wrong: tuple[int, RuleForm] | None) -> dict[str, Any]:
    """Return `{urgency, steps: [{way, rule, form}]}`; a step without a rule goes by itself."""
    rules = list(NotificationRule.objects.filter(person=me, urgency=urgency))
    ways = reach.ways(me, urgency)
    by_themselves = len(ways) - len(rules)
    forms = dict([wrong] if wrong else [])
    steps: list[dict[str, Any]] = [{"way": way} for way in ways[:by_themselves]]
    for way, rule in zip(ways[by_themselves:], rules, strict=True):
        form = forms.get(rule.pk) or _rule_form(rule)
        steps.append({"way": way, "rule": rule, "form": form})
    return {"urgency": urgency, "steps": steps}


def _rule_form(rule: NotificationRule, posted: Any = None) -> RuleForm:
    return RuleForm(
        posted, instance=rule, ways=_ways_of(rule.person), auto_id=f"rule-{rule.pk}-%s"
    )


def _ways_of(person: User) -> Any:
    return ContactMethod.objects.filter(person=person)
