"""The one row that says how the status page looks; made when it is first asked for."""

from incidents.models import StatusPageSettings


def page_settings() -> StatusPageSettings:
    """Return the settings as they are kept, or as they would be: nothing is written here."""
    return StatusPageSettings.objects.order_by("pk").first() or StatusPageSettings()
