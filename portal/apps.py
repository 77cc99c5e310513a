from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.module_loading import autodiscover_modules

from portal import clock, moments

moments.guard_fields()  # here, since no form is declared before


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        connection_created.connect(clock.follow_the_database)
        import_module("portal.celery")  # shared tasks bind to it
        import_module("portal.gauges")
        autodiscover_modules("handlers", "panels", "sweeps", "tasks", "found", "searchable")
