"""Suppliers' notices: the list with what could not be read, and which services feel one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from maintenance import workflow
from maintenance.access import notice_for, own_services, require_services
from maintenance.filters import NoticeFilter
from maintenance.models import Impact, NoticeStatus, RejectedNotice, SupplierNotice
from maintenance.presentation import lines
from maintenance.time_forms import LinkNoticeForm, NoticeFileForm
from portal import clock, events
from portal.access import require_work
from portal.http import Request
from portal.listing import listing

REJECTED = 20  # shown
TONES = {
    Impact.NONE: "neutral",
    Impact.REDUCED: "info",
    Impact.DEGRADED: "busy",
    Impact.OUTAGE: "bad",
}


@require_GET
def notice_list(request: Request) -> HttpResponse:
    return _list_page(request)


@require_POST
def take(request: Request) -> HttpResponse:
    """Read a file; what it tells is kept, what is wrong is said and kept."""
    require_work(request.user)
    form = NoticeFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    taken = workflow.take_notices(form.cleaned_data["file"].read(), actor=request.user)
    told = {"new": len(taken.new), "changed": len(taken.changed), "same": len(taken.ignored)}
    text = _("%(new)s new, %(changed)s changed, %(same)s told before.") % told
    if taken.faults:
        messages.error(request, f"{text} {taken.faults[0].sentence}")
        return _list_page(request, status=422)
    messages.success(request, text)
    return redirect("maintenance:notices")


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, notice_for(request.user, pk))


@require_POST
def link(request: Request, pk: int) -> HttpResponse:
    item = notice_for(request.user, pk)
    require_work(request.user)
    form = LinkNoticeForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, item, form, status=422)
    chosen = list(form.cleaned_data["services"])
    require_services(request.user, chosen)
    foreign = item.services.exclude(pk__in=own_services(request.user))
    return redirect(
        workflow.link_notice(
            item, services=[*chosen, *foreign], actor=request.user
        ).get_absolute_url()
    )


def row_of(item: SupplierNotice) -> dict[str, Any]:
    status = NoticeStatus(item.status).label if item.status else ""
    return {
        "item": item,
        "tone": TONES[Impact(item.impact)],
        "status": status,
        "services": list(item.services.all()),
    }


def _list_page(
    request: Request, form: NoticeFileForm | None = None, *, status: int = 200
) -> HttpResponse:
    notices = SupplierNotice.objects.visible_to(request.user).with_list_columns()
    context = listing(request, notices, NoticeFilter)
    page = context["page"]
    base, chosen = reverse("maintenance:notices"), request.GET.get("when", "")
    tabs = [(_("Ahead"), "ahead"), (_("All"), "")]
    context |= {
        "rows": [row_of(item) for item in page.rows],
        "total": ngettext("%(n)s notice", "%(n)s notices", page.counted)
        % {"n": page.total_text},
        "tabs": [
            {"label": label, "url": f"{base}?when={when}", "active": when == chosen}
            for label, when in tabs
        ],
        "rejected": RejectedNotice.objects.select_related("person")[:REJECTED],
        "form": form or NoticeFileForm(),
        "may_take": request.user.may_work,
    }
    return render(request, "maintenance/notices.html", context, status=status)


def _page(
    request: Request,
    item: SupplierNotice,
    form: LinkNoticeForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    row = row_of(item)
    initial = {"services": [service.slug for service in row["services"]]}
    context = {
        **row,
        "form": form or LinkNoticeForm(user=request.user, initial=initial),
        "may_link": own_services(request.user).exists(),
        "is_over": item.ends_at <= clock.now(),
        "timeline": lines(events.about(item)[:50]),
    }
    return render(request, "maintenance/notice.html", context, status=status)
