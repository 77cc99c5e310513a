"""The words for contributing factors that the portal ships with: {category: {word: use}}."""

from django.utils.translation import gettext_noop as _

from incidents.models import FactorCategory

WORDS: dict[FactorCategory, dict[str, str]] = {
    FactorCategory.CHANGE: {
        _("Untested change"): _("What was changed had not been tried under these conditions."),
        _("Change at a bad time"): _("At peak, in a freeze, or while nobody watched."),
        _("No way back"): _("It could not be rolled back, or not quickly."),
        _("Configuration error"): _("A wrong, missing or outdated setting."),
    },
    FactorCategory.CAPACITY: {
        _("Capacity too small"): _("A limit that the load of the day exceeded."),
        _("Unexpected load"): _("More traffic or data than anybody had foreseen."),
        _("Resource leak"): _("Memory, connections or disk that were not given back."),
    },
    FactorCategory.DESIGN: {
        _("Software defect"): _("Code that did what nobody wanted."),
        _("Single point of failure"): _("One part whose loss took the service with it."),
        _("Missing limit or time-out"): _("Something waited, retried or grew without an end."),
    },
    FactorCategory.DEPENDENCY: {
        _("Failure of a supplier"): _("An outside service that was down or slow."),
        _("Failure of an own service"): _("Something of ours that this service needs."),
        _("Expired certificate or secret"): _("What had an end that nobody watched."),
    },
    FactorCategory.DETECTION: {
        _("No alert"): _("Customers, or luck, told before the monitoring did."),
        _("Late or noisy alert"): _("It came too late, or was lost among others."),
    },
    FactorCategory.RESPONSE: {
        _("Slow to find somebody"): _("The right person was paged late, or not at all."),
        _("Unclear who leads"): _("Work was done twice, or by nobody."),
        _("Communication late"): _("Customers or stakeholders heard too late."),
    },
    FactorCategory.PROCESS: {
        _("Nobody was told"): _("Another team's plans were not known here."),
        _("Review or approval skipped"): _("A step that would have caught it was left out."),
    },
    FactorCategory.KNOWLEDGE: {
        _("No runbook"): _("What to do was not written down."),
        _("Runbook wrong"): _("What was written down did not fit any more."),
        _("Only one person knew"): _("Knowledge that nobody else had."),
    },
}
