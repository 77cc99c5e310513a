from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        import_module("portal.celery")  # shared tasks bind to it
        import_module("portal.gauges")
        autodiscover_modules("handlers", "panels", "sweeps", "tasks", "found")
