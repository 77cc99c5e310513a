"""What follows for the status page when something happened, or a moment has come."""

from datetime import datetime

from incidents.workflow.copies import want_copies
from incidents.workflow.spans import follow_components

# After these the page may show something else. Alerts are not among them: they come in
# storms, and the sweep looks every few seconds.
TELLING = (
    *(
        f"incident.{what}"
        for what in (
            *("opened", "severity_changed", "mitigated", "resolved", "reopened", "closed"),
            *("merged", "unmerged", "update_posted", "components_declared", "impact_judged"),
        )
    ),
    *(f"window.{what}" for what in ("announced", "changed", "ended", "cancelled")),
    *(f"service.{what}" for what in ("created", "changed", "retired", "restored")),
    *(f"status_component.{what}" for what in ("created", "changed", "retired", "restored")),
    *(f"status_component.{what}" for what in ("overridden", "override_ended")),
    *(f"status_group.{what}" for what in ("created", "changed", "removed")),
    *(
        f"status.maintenance_{what}"
        for what in (
            *("announced", "changed", "started", "verifying", "completed", "cancelled"),
            *("posted", "clock_set"),
        )
    ),
    "status_page.changed",
)


def refresh(now: datetime) -> int:
    """Note what each component shows now; return how many show something else."""
    changed = follow_components(now)
    if changed:
        want_copies(now)
    return changed


def told_something(now: datetime) -> None:
    """Note what components show, and have the copies say what is new."""
    follow_components(now)
    want_copies(now)
