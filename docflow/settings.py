"""One settings file; what differs between installations comes from the environment (docflow.env)."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from docflow import database
from docflow.env import env_bool, env_int, env_list, env_secret, env_str

ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("DOCFLOW_DATA", str(ROOT / "data"))).resolve()
FILES_DIR = DATA_DIR / "files"
JOURNAL_DIR = DATA_DIR / "journal"
KEYS_FILE = Path(env_str("DOCFLOW_KEYS", str(DATA_DIR / "keys.json")))

DEBUG = env_bool("DOCFLOW_DEBUG")
DEMO = env_bool("DOCFLOW_DEMO")
SECRET_KEY = env_secret("SECRET_KEY")
BASE_URL = env_str("DOCFLOW_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
BASE_HOST = urlsplit(BASE_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = [BASE_HOST, *env_list("DOCFLOW_ALLOWED_HOSTS")]
TRUSTED_PROXIES = env_int("DOCFLOW_TRUSTED_PROXIES", 0)

# The demo's people sign in without a second factor; it is refused anywhere but on loopback.
SECOND_FACTOR_REQUIRED = not DEMO

INSTALLED_APPS = [
    "docflow",
    "accounts",
    "documents",
    "notifications",
    "support",
    "accounts.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
]

MIDDLEWARE = [
    "docflow.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "docflow.middleware.Methods",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "docflow.middleware.Uploads",
    "docflow.csrf.TokenCheck",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.sessions.SessionLimits",
    "docflow.middleware.Person",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "docflow.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "docflow.urls"
WSGI_APPLICATION = "docflow.wsgi.application"
ASGI_APPLICATION = "docflow.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "docflow.context.shell",
            ],
        },
    },
]

DATABASE_URL = env_str("DATABASE_URL")
DATABASE_OWNER_URL = env_str("DATABASE_OWNER_URL", DATABASE_URL)
DATABASES = {
    "default": {
        **database.parse(DATABASE_URL),
        "CONN_MAX_AGE": env_int("DATABASE_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_str("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- people -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "accounts.backends.EmailBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = (
    [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    if env_bool("DOCFLOW_CHEAP_PASSWORDS")
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.GuessableValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
OTP_TOTP_ISSUER = "docflow"
CODE_SENDER = "notifications.codes.send"
TELEGRAM_NAME = "notifications.connect.bot_name"

AXES_FAILURE_LIMIT = env_int("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.backends.locked_out"
AXES_USERNAME_CALLABLE = "accounts.backends.axes_username"
AXES_CLIENT_IP_CALLABLE = "docflow.common.http.limit_key"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "email", "password"]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the journal has it; axes would keep addresses of links with their secrets
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
SILENCED_SYSTEM_CHECKS = [
    "axes.W003",  # its backend stands first, its check looks for another name
    "security.W003",  # docflow.csrf.TokenCheck is the CSRF middleware; the check knows one name only
    "security.W021",  # whether a whole domain joins the browsers' preload list is its owner's decision
]

# --- cookies and transport --------------------------------------------------------------------------------
_PREFIX = "__Host-" if HTTPS else ""
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_NAME = f"{_PREFIX}session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = f"{_PREFIX}csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "docflow.errors.csrf"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}language"
THEME_COOKIE_NAME = f"{_PREFIX}theme"
DEVICE_COOKIE_NAME = f"{_PREFIX}device"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = HTTPS and TRUSTED_PROXIES > 0  # without a trusted proxy nobody can tell us that it was https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63072000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

# --- words and time ---------------------------------------------------------------------------------------
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["docflow.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env_str("DOCFLOW_TIME_ZONE", "UTC")

# --- static files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "build" / "collected"
STATICFILES_DIRS = [ROOT / "static", ROOT / "build" / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- uploads ----------------------------------------------------------------------------------------------
MAX_UPLOAD = env_int("DOCFLOW_MAX_UPLOAD", 200 * 1024 * 1024)  # bytes, per file, whatever the type allows
FILE_UPLOAD_HANDLERS = ["documents.receiving.SealingUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
PARSERS_WITHOUT_NAMESPACES = env_bool("DOCFLOW_PARSERS_WITHOUT_NAMESPACES")

# --- API --------------------------------------------------------------------------------------------------
API_PACE = env_int("DOCFLOW_API_PACE", 3000)  # requests of one key within ten seconds; 0: no limit
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.Pace"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.Json"],
    "DEFAULT_SCHEMA_CLASS": "docflow.schema.Described",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
    "EXCEPTION_HANDLER": "docflow.api.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "docflow",
    "DESCRIPTION": "Documents, their way to ready, and who was told.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "docflow.schema.closed"],
}

# --- policy waits of the notification engine, in seconds (design: short in tests) -------------------------
ENGINE: dict[str, int] = {
    "lease": env_int("ENGINE_LEASE", 90),
    "call_deadline": env_int("ENGINE_CALL_DEADLINE", 30),
    "sweep_after": env_int("ENGINE_SWEEP_AFTER", 5),
    "sweep_every": env_int("ENGINE_SWEEP_EVERY", 5),
    "receipt_wait": env_int("ENGINE_RECEIPT_WAIT", 300),  # without one the provider is asked
    "silence": env_int("ENGINE_SILENCE", 72 * 3600),
    "connections": env_int("ENGINE_CONNECTIONS", 8),  # sender threads per lane, channel and process
    "unknown_wait": env_int("ENGINE_UNKNOWN_WAIT", 0),  # 0: what each channel knows of its provider
    "breaker_pause": env_int("ENGINE_BREAKER_PAUSE", 30),  # the first; doubles up to ten minutes
}
ENGINE_SCHEDULE = [float(wait) for wait in env_list("ENGINE_SCHEDULE", "5,30,120,600,1800,3600,7200")]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "docflow.logs.formatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": env_str("DOCFLOW_LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "twilio": {"level": "WARNING"},
    },
}
