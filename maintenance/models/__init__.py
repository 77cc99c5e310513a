"""What maintenance keeps; import it from here."""

from maintenance.models.deployments import Deployment, DeploymentResult, MaintenanceWindow
from maintenance.models.requests import (
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
    "OPEN",
    "REQUEST_TRANSITIONS",
    "Category",
    "Deployment",
    "DeploymentResult",
    "MaintenanceRequest",
    "MaintenanceWindow",
    "Outcome",
    "ProcessTemplate",
    "RequestState",
    "RequestStep",
    "StepState",
    "Vote",
]
