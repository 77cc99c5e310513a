"""The apps of this house, lowest first, without those that packages bring."""

from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings


def floors() -> list[AppConfig]:
    """Our app configurations in the order of INSTALLED_APPS, which is floor order."""
    return [
        config
        for config in apps.get_app_configs()
        if Path(config.path).parent == Path(settings.BASE_DIR)
    ]
