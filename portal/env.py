"""
Typed readers for environment variables; the only module that reads the environment.

Each secret may also stand in a file that `<NAME>_FILE` points to. All values that cannot be
read are reported together, by name, and stop the start.
"""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

env = FileAwareEnv(eager=False, strip_whitespace=True)


def seal() -> None:
    """Raise `ImproperlyConfigured` that names every variable that could not be read."""
    try:
        env.seal()
    except EnvError as error:
        raise ImproperlyConfigured(str(error)) from error


def kept_secret(name: str, path: Path) -> str:
    """Return the secret from the environment, or from `path`, which is made when missing."""
    if given := env.str(name, None):
        return given
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:  # another process of the same start was faster
            pass
    return path.read_text().strip()


def database(name: str, *, embedded: Path) -> dict[str, Any]:
    """
    Return an entry for DATABASES: PostgreSQL from a URL, or else the `embedded` SQLite file.

    The URL has the shape `postgresql://user:password@host:port/name?sslmode=require`. What
    follows `?` goes to psycopg as it is. Raises `ImproperlyConfigured` for any other scheme.
    """
    url = urlsplit(env.str(name, "") or "")
    if not url.scheme:
        return _sqlite(embedded)
    if url.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{name} must begin with postgresql://, or be left out")
    return _postgresql(url)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 600,  # seconds; opening one costs as much as a write
        "OPTIONS": {
            # Take the write lock when a transaction begins: SQLite cannot upgrade a
            # read lock under contention, and select_for_update() does nothing here.
            "transaction_mode": "IMMEDIATE",
            # FULL: an accepted alert survives a power cut (RELIABILITY R1, R16).
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            "timeout": 20,  # seconds to wait for the write lock
        },
    }


def _postgresql(url: Any) -> dict[str, Any]:
    limits = "-c statement_timeout=30s -c lock_timeout=10s"
    limits += " -c idle_in_transaction_session_timeout=60s"
    # Compiling a search's condition took 770 ms where running it takes 20.
    limits += " -c jit=off"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.removeprefix("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": url.port or "",
        "CONN_MAX_AGE": 600,  # seconds; persistent connections measured faster than the pool
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 2,  # seconds
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 5000,  # milliseconds
            "options": limits,
            **dict(parse_qsl(url.query)),
        },
    }


def mail(name: str) -> dict[str, Any]:
    """
    Return Django's EMAIL_* settings from `smtp[s]://user:password@host:port`.

    `smtp+tls://` starts TLS on a plain connection; left out, messages are written to the log.
    """
    url = urlsplit(env.str(name, "") or "")
    if not url.scheme:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme not in {"smtp", "smtps", "smtp+tls"}:
        raise ImproperlyConfigured(f"{name} must begin with smtp://, smtps:// or smtp+tls://")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or 25,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,  # seconds
    }
