"""The product's settings, but for what a test run must not ask of the machine."""

import os
import tempfile
from pathlib import Path

_scratch = Path(tempfile.gettempdir()) / f"evenkeel-tests-{os.getuid()}"
_scratch.mkdir(mode=0o700, exist_ok=True)
os.environ["DATA_DIR"] = str(_scratch)
os.environ["EVENKEEL_SECRET_KEY"] = "only for tests"
os.environ["EVENKEEL_AUDIT_KEY"] = "only for tests, too"
os.environ["EVENKEEL_SITE_URL"] = "http://localhost:8000"
os.environ.setdefault("EVENKEEL_BROKER_URL", "memory://")

from portal.settings import *

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
REMEMBER_BRIEFLY = False  # a test asks again at once
FOLLOW_DATABASE_CLOCK = False  # tests set their own
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file: a database in memory knows no WAL, and tests with threads need real locks.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / f"test-{os.getpid()}.sqlite3")}
    # What a power cut leaves behind is no question for a test.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
