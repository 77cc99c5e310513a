"""The first day: open only while there is nobody."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.forms import SetUpForm, attempt
from portal.setup import is_set_up
from portal.views.people import form_or_page
from portal.workflow.setting_up import set_up


@login_not_required
@form_or_page
def wizard(request: HttpRequest) -> HttpResponse:
    if is_set_up():
        raise Http404
    form = SetUpForm(request.POST or None)
    made = attempt(form, lambda: set_up(**form.cleaned_data))
    if made is None:
        status = 422 if form.is_bound else 200
        return render(request, "portal/set_up.html", {"form": form}, status=status)
    person, _team, service = made
    login(request, person, backend="portal.sign_in.EmailBackend")
    messages.success(request, _("Welcome. Next: say how you are reached."))
    return redirect(service)
