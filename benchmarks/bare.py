"""
The control: bare Django with one INSERT for each request, and nothing else.

It uses the database settings of the product (embedded or `DATABASE_URL`) with a table of its
own, so that a ratio against it says what the product's own code costs.
"""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.env import database

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": database("DATABASE_URL", embedded=Path(os.environ["DATA_DIR"]) / "bare.db")
    },
    USE_TZ=True,
)
django.setup()


class Bare(models.Model):
    """One body, as it came."""

    body = models.BinaryField()

    class Meta:
        app_label = "bare"
        db_table = "benchmark_bare"

    def __str__(self) -> str:
        return str(self.pk)


def take(request: HttpRequest) -> HttpResponse:
    Bare._default_manager.create(body=request.body)
    return HttpResponse(status=202)


def prepare() -> None:
    """Make the table anew."""
    with connection.schema_editor() as editor:
        if Bare._meta.db_table in connection.introspection.table_names():
            editor.delete_model(Bare)
        editor.create_model(Bare)


urlpatterns = [path("take", take)]
application = get_wsgi_application()

if __name__ == "__main__":
    prepare()
