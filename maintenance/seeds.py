"""
The four maintenance processes of the reference, as data that the team may edit, and the
silences of windows that were announced before windows had any.
"""

from typing import NamedTuple

from maintenance.models import (
    Category,
    EvidenceWanted,
    ProcessStep,
    ProcessTemplate,
    StepPhase,
    StepRole,
    process_step,
)
from maintenance.workflow import hold_alerts_of_announced, publish_missing, set_up_process
from portal import clock

A, W, V, C = StepPhase.ANALYSE, StepPhase.WORK, StepPhase.VERIFY, StepPhase.CLOSE
WORDS = EvidenceWanted.TEXT

LIFE_CYCLE = [
    process_step("Phase 01: Stakeholder needs", A),
    process_step("Phase 02: Requirements", A),
    process_step("Phase 03: Architecture", W),
    process_step("Phase 04: Design", W),
    process_step("Phase 05: Implementation", W),
    process_step("Phase 06: Integration", W),
    process_step("Phase 07: Verification and validation", W, evidence=WORDS),
    process_step("Phase 08: Transition to production", W),
    process_step("Phase 09: Operation and maintenance", V),
]


class Process(NamedTuple):
    category: Category
    name: str
    trigger: str
    schedule: str
    steps: list[ProcessStep]


PROCESSES = [
    Process(
        Category.CORRECTIVE,
        "Corrective maintenance (bug fixes)",
        "Production defect reported",
        "P0: < 1 hour, P1: < 4 hours, P2: < 24 hours, P3: next sprint",
        [
            process_step("Create incident ticket", A),
            process_step("Assess severity and prioritize", A),
            process_step("Investigate and reproduce", A),
            process_step("Fix in development environment", W),
            process_step("Write/update tests", W),
            process_step("Code review", W, role=StepRole.REVIEWER),
            process_step("Deploy to staging", W),
            process_step("Test in staging", W, evidence=WORDS),
            process_step("Deploy to production", W),
            process_step("Verify fix", V, evidence=WORDS),
            process_step("Update documentation", C),
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
            process_step("Assess impact and dependencies", A),
            process_step("Plan migration strategy", A),
            process_step("Update in development", W),
            process_step("Test thoroughly", W, evidence=WORDS),
            process_step("Deploy to staging", W),
            process_step("Validate", W, evidence=WORDS),
            process_step("Deploy to production (gradual rollout)", W),
            process_step("Monitor closely", V, evidence=WORDS),
        ],
    ),
    Process(
        Category.PERFECTIVE,
        "Perfective maintenance (enhancements)",
        "Performance improvements\nRefactoring\nUX enhancements\nFeature improvements",
        "",
        LIFE_CYCLE,
    ),
    Process(
        Category.ADDITIVE,
        "Additive maintenance (new functions)",
        "New functions, large enough to be agreed on their own",
        "",
        LIFE_CYCLE,
    ),
    Process(
        Category.PREVENTIVE,
        "Preventive maintenance (scheduled)",
        "Regular care, before anything fails",
        "Monthly maintenance window",
        # Activities rather than steps: each request answers those that it is about.
        [
            process_step("Database maintenance (vacuum, reindex)", W, mandatory=False),
            process_step("Log rotation and cleanup", W, mandatory=False),
            process_step("Certificate renewals", W, mandatory=False),
            process_step("Security scans", W, mandatory=False),
            process_step("Dependency updates", W, mandatory=False),
            process_step("Performance tuning", W, mandatory=False),
        ],
    ),
]


def seed() -> int:
    """Add what is missing of processes, silences and calendar entries; return how many."""
    known = set(ProcessTemplate.objects.values_list("category", flat=True))
    missing = [process for process in PROCESSES if process.category not in known]
    for process in missing:
        order = list(Category).index(process.category)
        set_up_process(**process._asdict(), order=order, actor=None)
    return len(missing) + hold_alerts_of_announced(now=clock.now()) + publish_missing()
