"""
One settings module; what differs between places comes from the environment.

Every variable is listed in docs/settings.md; a test compares that table with this file.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.env import database, env, kept_secret, mail, seal

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data")
DEBUG = env.bool("EVENKEEL_DEBUG", False)
SECRET_KEY = kept_secret("EVENKEEL_SECRET_KEY", DATA_DIR / "secret-key")
# Signs the audit chain; kept outside the database, so that a rewritten chain does not verify.
AUDIT_KEY = kept_secret("EVENKEEL_AUDIT_KEY", DATA_DIR / "audit-key")

SITE_URL = (env.str("EVENKEEL_SITE_URL", "") or "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("EVENKEEL_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")

# Lowest floor first: this order, the layer contract and the docs say the same.
INSTALLED_APPS = [
    "portal",
    "operations",
    "knowledge",
    "maintenance",
    "incidents",
    "portal.admin_site.AdminApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
    "template_partials",
]
# simple_history's request middleware is left out on purpose: see portal.models.Tracked.
MIDDLEWARE = [
    "portal.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.strict.StrictInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.TimeZoneMiddleware",
    "portal.middleware.SetUpMiddleware",
    "portal.gate.GateMiddleware",
    "portal.middleware.MemoMiddleware",
    "portal.middleware.DomainErrorMiddleware",
]
# What monitors send passes these only: portal.wsgi.
INTAKE_PATHS = (
    "/api/v1/alerts/alertmanager",
    "/api/v1/alerts/grafana",
    "/api/v1/alerts/generic",
    "/api/v1/alerts/email",
    "/v2/",
    "/ping/",
)
# What open pages ask every second goes the same short way.
LIVE_PATHS = ("/live/",)
REMEMBER_BRIEFLY = True
INTAKE_MIDDLEWARE = ["portal.middleware.RequestLogMiddleware"]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.frame.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database("DATABASE_URL", embedded=DATA_DIR / "evenkeel.sqlite3")}
# Of several machines, none goes by a clock of its own that is wrong.
FOLLOW_DATABASE_CLOCK = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # Nothing that must survive lives here; counters that several processes share do.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
}

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["portal.sign_in.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.static_files.MermaidFinder",
]
# Hashed names come from `collectstatic`; without it (tests, make dev) files are found in place.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "portal.static_files.StaticFiles"
        if (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()
MEDIA_ROOT = DATA_DIR / "media"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],  # diagrams, in a sandbox
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("EVENKEEL_BEHIND_PROXY", False) else None
)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
# Redirecting to HTTPS is the proxy's work; subdomains and the preload list are the operator's.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_AGE = 12 * 3600  # seconds; renewed by use
SESSION_SAVE_EVERY_REQUEST = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000  # bytes of a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.api.authentication.TokenAuthentication",
        "portal.api.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.permissions.SignedInWithinScope"],
    "DEFAULT_PARSER_CLASSES": ["portal.strict.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["portal.api.filtering.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.pagination.Keyset",
    "DEFAULT_SCHEMA_CLASS": "portal.api.schema.Schema",
    "EXCEPTION_HANDLER": "portal.api.errors.problem",
    "DEFAULT_VERSIONING_CLASS": None,
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Evenkeel",
    "DESCRIPTION": "Operate, respond, review, change, learn: the REST API of the portal.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    # Fields of the same name with other choices.
    "ENUM_NAME_OVERRIDES": {
        "ContactKind": "portal.models.ContactKind",
        "ChannelKind": "portal.models.ChannelKind",
        "SendState": "portal.models.SendState",
        "PracticeKind": "portal.models.PracticeKind",
        "SubscriberKind": "incidents.models.SubscriberKind",
        "DeadlineState": "incidents.models.DeadlineState",
        "SubscriberState": "incidents.models.SubscriberState",
        "TargetRule": "incidents.models.TargetRule",
        "FreezeKind": "maintenance.models.FreezeKind",
        "FreezeState": "maintenance.models.FreezeState",
        "SourceKind": "maintenance.models.SourceKind",
        "SourceCallState": "maintenance.models.CallState",
        "GateDecision": "maintenance.models.GateDecision",
        "RiskLevel": "maintenance.models.RiskLevel",
        "Authorisation": "maintenance.models.Authorisation",
        "ApprovalStepMode": "maintenance.models.StepMode",
        "ServiceTier": "portal.models.Tier",
        "RecurrenceFrequency": "maintenance.models.repeating.FREQUENCIES",
        "RecurringState": "maintenance.models.RecurringState",
        "ConflictWeight": "maintenance.models.conflicts.WEIGHTS",
        "Severity": "operations.models.Severity",
        "AlertState": "operations.models.AlertState",
        "ReceiptState": "operations.models.ReceiptState",
        "CheckState": "operations.models.CheckState",
        "HeartbeatState": "operations.models.HeartbeatState",
        "UpstreamState": "operations.models.UpstreamState",
        "PingKind": "operations.models.PingKind",
        "RhythmKind": "operations.models.RhythmKind",
        "ChecklistState": "operations.models.RunState",
        "IntegrationKind": "operations.models.IntegrationKind",
        "MonitorKind": "operations.api.integrations.MONITOR_KINDS",
        "OverrideKind": "operations.models.OverrideKind",
        "ExportKind": "operations.models.ExportKind",
        "CapacityKind": "operations.models.CapacityKind",
        "SwapState": "operations.models.SwapState",
        "HandoverState": "operations.models.HandoverState",
        "LeaveKind": "operations.models.LeaveKind",
        "SilenceKind": "operations.models.SilenceKind",
        "SilenceBehaviour": "operations.models.Behaviour",
        "SilenceAtEnd": "operations.models.AtEnd",
        "HoldKind": "operations.models.HoldKind",
        "ShiftFindingKind": "operations.models.FindingKind",
        "RejectionReason": "operations.models.RejectionReason",
        "ReviewState": "incidents.models.ReviewState",
        "ReviewVerdict": "incidents.models.Verdict",
        "FactorCategory": "incidents.models.FactorCategory",
        "ActionPriority": "knowledge.models.Priority",
        "ProofKind": "knowledge.models.ProofKind",
        "RoleEnum": "portal.models.TeamRole",
        "IncidentRoleName": "incidents.models.Role",
        "FiveQuestionsAnswer": "incidents.models.Answer",
        "DocumentKind": "knowledge.models.DocumentKind",
        "RevisionState": "knowledge.models.RevisionState",
        "RunbookRunState": "knowledge.models.RunbookRunState",
        "RunStepState": "knowledge.models.StepState",
        "ActionState": "knowledge.models.ActionState",
        "RetrospectiveState": "knowledge.models.RetrospectiveState",
        "RequestState": "maintenance.models.RequestState",
        "RequestStepState": "maintenance.models.StepState",
        "EvidenceOf": "maintenance.models.EvidenceOf",
        "RequestKind": "maintenance.models.RequestKind",
        "Weight": "maintenance.models.Weight",
        "StepRole": "maintenance.models.StepRole",
        "StepPhase": "maintenance.models.StepPhase",
        "EvidenceWanted": "maintenance.models.EvidenceWanted",
        "MaintenanceCategory": "maintenance.models.Category",
        "MaintenanceOutcome": "maintenance.models.Outcome",
        "ChangeEventKind": "maintenance.models.ChangeKind",
        "DeploymentResult": "maintenance.models.DeploymentResult",
        "IncidentState": "incidents.models.IncidentState",
        "IncidentSource": "incidents.models.Source",
        "HoleKind": "incidents.models.HoleKind",
        "TargetKind": "incidents.models.TargetKind",
        "ReachedKind": [("person", "person"), ("channel", "channel")],
        "TimelineEntryKind": "incidents.models.EntryKind",
        "WrittenEntryKind": "incidents.api.entries.WRITTEN_KINDS",
        "UpdatePhase": "incidents.models.Phase",
        "ComponentState": "incidents.models.ComponentState",
        "PublicImpact": "incidents.models.Impact",
        "PublicMaintenanceState": "incidents.models.MaintenanceState",
        "UpdateDraftState": "incidents.models.DraftState",
        "ComponentFollows": "incidents.models.Follows",
    },
}

BROKER_FOLDER = DATA_DIR / "broker"
CELERY_BROKER_URL = env.str("EVENKEEL_BROKER_URL", "") or "filesystem://localhost"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SOFT_TIME_LIMIT = 20  # seconds; both far below the visibility timeout
CELERY_TASK_TIME_LIMIT = 30
CELERY_WORKER_ETA_TASK_LIMIT = 100
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "portal.beat:Scheduler"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if CELERY_BROKER_URL.startswith("filesystem://"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "polling_interval": 0.2,  # seconds; a hint that waits a whole one hurries nothing
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,  # seconds
        "socket_timeout": env.int("EVENKEEL_BROKER_SOCKET_TIMEOUT", 2),
        "socket_keepalive": True,
        "health_check_interval": 10,
        "visibility_timeout": 300,
    }

globals().update(mail("EVENKEEL_EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EVENKEEL_EMAIL_FROM", "") or "evenkeel@localhost"
# An Apprise address in which {phone} stands for the number that an SMS goes to.
SMS_URL = env.str("EVENKEEL_SMS_URL", "")
# Host names, CIDRs or host:port that outgoing calls may reach although they are private.
OUTGOING_ALLOW: list[str] = env.list("EVENKEEL_OUTGOING_ALLOW", [])
# Pinged by the auditor while all that was due has happened; an outside dead-man's switch.
# Days that calls of monitors are kept; those that wait to be read stay.
CALLS_KEPT_DAYS = max(1, env.int("EVENKEEL_CALLS_KEPT_DAYS", 30))
HEARTBEAT_URL = env.str("EVENKEEL_HEARTBEAT_URL", "")
METRICS_TOKEN = env.str("EVENKEEL_METRICS_TOKEN", "")
NAME = env.str("EVENKEEL_NAME", "") or "Evenkeel"
# Where people read the status page, if that is not below SITE_URL; ends with a slash.
STATUS_URL = env.str("EVENKEEL_STATUS_URL", "")
# Where copies of it are written, so that it outlives the portal: a directory, a bucket, both.
STATUS_DIRECTORY = env.str("EVENKEEL_STATUS_DIRECTORY", "")
STATUS_S3_BUCKET = env.str("EVENKEEL_STATUS_S3_BUCKET", "")
STATUS_S3_ENDPOINT = env.str("EVENKEEL_STATUS_S3_ENDPOINT", "")
STATUS_S3_REGION = env.str("EVENKEEL_STATUS_S3_REGION", "us-east-1")
STATUS_S3_PREFIX = env.str("EVENKEEL_STATUS_S3_PREFIX", "")
STATUS_S3_KEY_ID = env.str("EVENKEEL_STATUS_S3_KEY_ID", "")
STATUS_S3_SECRET = env.str("EVENKEEL_STATUS_S3_SECRET", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.formatter", "as_json": env.bool("EVENKEEL_LOG_JSON", False)}
    },
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stream"], "level": env.str("EVENKEEL_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stream"], "propagate": False},
        "httpx": {"level": "WARNING"},
        "apprise": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

if DEBUG and env.bool("EVENKEEL_TOOLBAR", False):
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(1, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1"]

seal()
