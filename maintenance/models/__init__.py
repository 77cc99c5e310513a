"""What maintenance keeps; import it from here."""

from maintenance.models.deployments import (
    PRODUCTION,
    UNAUTHORISED,
    Deployment,
    DeploymentResult,
    MaintenanceWindow,
    MaintenanceWindowQuerySet,
)
from maintenance.models.requests import (
    AUTHORISED_STATES,
    OPEN,
    REQUEST_TRANSITIONS,
    Category,
    MaintenanceRequest,
    Outcome,
    ProcessTemplate,
    RequestState,
    RequestStep,
    StepState,
    Vote,
)

__all__ = [
    "AUTHORISED_STATES",
    "OPEN",
    "PRODUCTION",
    "REQUEST_TRANSITIONS",
    "UNAUTHORISED",
    "Category",
    "Deployment",
    "DeploymentResult",
    "MaintenanceRequest",
    "MaintenanceWindow",
    "MaintenanceWindowQuerySet",
    "Outcome",
    "ProcessTemplate",
    "RequestState",
    "RequestStep",
    "StepState",
    "Vote",
]
