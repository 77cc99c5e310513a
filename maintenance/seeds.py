"""
The four maintenance processes of the reference, as data that the team may edit, and the
silences of windows that were announced before windows had any.
"""

from typing import NamedTuple

from maintenance.models import Category, ProcessTemplate
from maintenance.workflow import hold_alerts_of_announced
from portal import clock


class Process(NamedTuple):
    category: Category
    name: str
    trigger: str
    schedule: str
    steps: list[str]


PROCESSES = [
    Process(
        Category.CORRECTIVE,
        "Corrective maintenance (bug fixes)",
        "Production defect reported",
        "P0: < 1 hour, P1: < 4 hours, P2: < 24 hours, P3: next sprint",
        [
            "Create incident ticket",
            "Assess severity and prioritize",
            "Investigate and reproduce",
            "Fix in development environment",
            "Write/update tests",
            "Code review",
            "Deploy to staging",
            "Test in staging",
            "Deploy to production",
            "Verify fix",
            "Update documentation",
        ],
    ),
    Process(
        Category.ADAPTIVE,
        "Adaptive maintenance (environmental changes)",
        "Upgrade to new OS version\n"
        "Update dependencies (security patches)\n"
        "Migrate to new infrastructure\n"
        "API version updates",
        "",
        [
            "Assess impact and dependencies",
            "Plan migration strategy",
            "Update in development",
            "Test thoroughly",
            "Deploy to staging",
            "Validate",
            "Deploy to production (gradual rollout)",
            "Monitor closely",
        ],
    ),
    Process(
        Category.PERFECTIVE,
        "Perfective maintenance (enhancements)",
        "Performance improvements\nRefactoring\nUX enhancements\nFeature improvements",
        "",
        [
            "Phase 01: Stakeholder needs",
            "Phase 02: Requirements",
            "Phase 03: Architecture",
            "Phase 04: Design",
            "Phase 05: Implementation",
            "Phase 06: Integration",
            "Phase 07: Verification and validation",
            "Phase 08: Transition to production",
            "Phase 09: Operation and maintenance",
        ],
    ),
    Process(
        Category.PREVENTIVE,
        "Preventive maintenance (scheduled)",
        "Regular care, before anything fails",
        "Monthly maintenance window",
        [
            "Database maintenance (vacuum, reindex)",
            "Log rotation and cleanup",
            "Certificate renewals",
            "Security scans",
            "Dependency updates",
            "Performance tuning",
        ],
    ),
]


def seed() -> int:
    """Add the processes and silences that are missing; return how many there were."""
    known = set(ProcessTemplate.objects.values_list("category", flat=True))
    missing = [process for process in PROCESSES if process.category not in known]
    for process in missing:
        template = ProcessTemplate(
            **process._asdict(), order=list(Category).index(process.category)
        )
        template.changed_by = None
        template.save()
    return len(missing) + hold_alerts_of_announced(now=clock.now())
