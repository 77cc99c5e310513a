"""The Celery application. A message is only a hint: the database is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if app.conf.broker_url.startswith("filesystem://"):
    for _name, _value in app.conf.broker_transport_options.items():
        if "folder" in _name:
            os.makedirs(_value, exist_ok=True)  # noqa: PTH103 (values are plain strings)
