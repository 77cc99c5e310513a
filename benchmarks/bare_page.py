"""The control of `status_page.py`: bare Django that answers with nothing, or with one file."""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

settings.configure(SECRET_KEY="bare", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)
django.setup()


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("OK")


def copy(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(Path(os.environ["STATUS_COPY"]).open("rb"))


urlpatterns = [path("nothing", nothing), path("copy", copy)]
application = get_wsgi_application()
