from django.db import migrations
from django.utils import timezone

# The phases of the steps that the first release seeded; any other is asked for at closing.
PHASES = {
    "analyse": [
        "Create incident ticket",
        "Assess severity and prioritize",
        "Investigate and reproduce",
        "Assess impact and dependencies",
        "Plan migration strategy",
    ],
    "verify": ["Verify fix", "Monitor closely", "Phase 09: Operation and maintenance"],
}


def begin(apps, schema_editor):
    """Make version 1 of each process from the steps that it has."""
    ProcessTemplate = apps.get_model("maintenance", "ProcessTemplate")
    ProcessVersion = apps.get_model("maintenance", "ProcessVersion")
    for template in ProcessTemplate.objects.exclude(steps=[]):
        template.published = ProcessVersion.objects.create(
            template=template,
            number=1,
            state="published",
            steps=[_step(text) for text in template.steps],
            edits=1,
            published_at=timezone.now(),
        )
        template.save(update_fields=["published"])


def _step(text):
    phases = [phase for phase, texts in PHASES.items() if text in texts]
    return {
        "text": str(text),
        "role": "anyone",
        "phase": phases[0] if phases else "close",
        "mandatory": True,
        "evidence": "none",
        "help": "",
    }


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0006_process_versions")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
