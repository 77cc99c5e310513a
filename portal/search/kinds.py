"""What the kinds of found things are called, and which mark they bear."""

from django.utils.translation import gettext as _


def label_of(kind: str) -> str:
    labels = {
        "service": _("Service"),
        "team": _("Team"),
        "person": _("Person"),
        "runbook": _("Runbook"),
        "procedure": _("Procedure"),
        "playbook": _("Playbook"),
        "how_to": _("How-to"),
        "decision": _("Decision"),
        "meeting": _("Meeting note"),
        "snippet": _("Snippet"),
        "template": _("Template"),
        "review": _("Review"),
        "draft": _("Draft"),
        "incident": _("Incident"),
        "alert": _("Alert"),
        "check": _("Check"),
        "heartbeat": _("Heartbeat"),
        "integration": _("Integration"),
        "action": _("Action item"),
        "retrospective": _("Retrospective"),
        "request": _("Change request"),
        "standard_change": _("Standard change"),
        "deployment": _("Deployment"),
        "window": _("Maintenance window"),
        "log": _("Operations log"),
    }
    return labels.get(kind, kind.replace("_", " ").capitalize())


def field_label(name: str) -> str:
    return {
        "title": _("title"),
        "names": _("other names"),
        "alerts": _("alert"),
        "tags": _("tags"),
        "headings": _("headings"),
        "body": _("text"),
        "code": _("commands"),
    }[name]
