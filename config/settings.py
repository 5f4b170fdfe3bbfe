"""Django's settings: one file, every knob from the environment, failing loudly."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.optional("BILAG_DATA_DIR", str(BASE_DIR / "var"))).resolve()

ENVIRONMENT = environment.optional("BILAG_ENVIRONMENT", "development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(f"BILAG_ENVIRONMENT must be development or production, not {ENVIRONMENT!r}.")
IS_PRODUCTION = ENVIRONMENT == "production"

SECRET_KEY = environment.required("SECRET_KEY")
# Newest first; each 32 random bytes, base64url. Older keys still open what they sealed.
ENCRYPTION_KEYS = [key for key in environment.required("BILAG_ENCRYPTION_KEYS").split(",") if key]
DEBUG = False
BASE_URL = environment.optional("BILAG_BASE_URL", f"http://127.0.0.1:{environment.optional('PORT', '8000')}")
ALLOWED_HOSTS = environment.optional("BILAG_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "foundation",
    "tenants",
    "customers",
    "payments",
    "invoicing",
    "billing_backlog",
    "reminders",
    "accounting_sync",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.UserLanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.SessionActivityMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.PrivateCacheMiddleware",
    "tenants.middleware.RefusalMiddleware",
    "tenants.api.wall.MachineCallMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "config.context_processors.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "foundation.templatetags.formatting",
                "foundation.templatetags.components",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# Three logins (the application, the migrating owner, the reading backup); one engine.
DATABASES = {
    "default": environment.database("DATABASE_URL", persistent_seconds=60),
    "owner": environment.database("DATABASE_OWNER_URL", persistent_seconds=0),
    "backup": environment.database("DATABASE_BACKUP_URL", persistent_seconds=0),
}
DATABASE_ROUTERS = ["tenants.database.routing.ReadingRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_CACHE_URL, CELERY_BROKER = environment.redis_locations(environment.required("REDIS_URL"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_CACHE_URL,
        "KEY_PREFIX": "bilag",
    }
}

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "tenants.forms.SignUpForm"
ACCOUNT_ADAPTER = "tenants.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if IS_PRODUCTION else "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_PRODUCTION else "http"
# Proxies before the application that add to X-Forwarded-For: limits count by the address of the first one's visitor.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.whole_number("BILAG_TRUSTED_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Bilag"
# Passkeys demand a secure origin; browsers make an exception for localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "session"
CSRF_COOKIE_SECURE = IS_PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if IS_PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", "Norsk bokmål"), ("da", "Dansk"), ("sv", "Svenska"), ("en", "English")]
DOCUMENT_LANGUAGES = LANGUAGES  # bookkeeping law allows these four (bokføringsloven § 12)
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Oslo"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": environment.optional(
            "BILAG_STATIC_STORAGE", "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 60_000  # a draft of 1,000 lines has some twenty fields in each

EMAIL_FILE_DIR = DATA_DIR / "mail"
EMAIL_HOST = environment.optional("EMAIL_HOST")
EMAIL_PORT = environment.whole_number("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.optional("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.optional("EMAIL_HOST_PASSWORD")
EMAIL_USE_SSL = environment.flag("EMAIL_USE_SSL", default=False)  # TLS from the first byte, usually port 465
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST) and not EMAIL_USE_SSL)
EMAIL_TIMEOUT = 20
# Without a mail server every message is caught as a file under the data folder.
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = str(EMAIL_FILE_DIR)
# The domain whose mail to bounces+…@ we read; returned mail then names its delivery. Empty: it goes to the sender.
MAIL_RETURN_DOMAIN = environment.optional("MAIL_RETURN_DOMAIN")
# Whether a company may name a mail server inside the network that this installation stands in.
MAIL_SERVERS_INSIDE = environment.flag("MAIL_SERVERS_INSIDE", default=not IS_PRODUCTION)
ACCESSIBILITY_CONTACT = environment.optional("BILAG_ACCESSIBILITY_CONTACT", "")  # an address that people read
DEFAULT_FROM_EMAIL = environment.optional("DEFAULT_FROM_EMAIL", "Bilag <no-reply@bilag.example>")

FILES_DIR = DATA_DIR / "files"
# Below it each organization has a folder of its own, into which finance files are laid for other systems to fetch.
HANDOVER_DIR = DATA_DIR / "handover"
# Whether a company may name a file server inside the network that this installation stands in.
FILE_SERVERS_INSIDE = environment.flag("FILE_SERVERS_INSIDE", default=not IS_PRODUCTION)
# Which installation this is, for those that share or copy a data folder; else the folder tells.
ENVIRONMENT_ID = environment.optional("BILAG_ENVIRONMENT_ID")
EHF_RULES_DIR = environment.optional("EHF_RULES_DIR")
# Who receives EHF is asked where a zone is named: participant.sml.prod.tech.peppol.org, or the test network's.
PEPPOL_SML_ZONE = environment.optional("PEPPOL_SML_ZONE")
PEPPOL_DNS_SERVER = environment.optional("PEPPOL_DNS_SERVER")  # address:port; without it the machine's own resolver

# Where payment providers are spoken to; another address is for a simulator.
STRIPE_ADDRESS = environment.optional("STRIPE_ADDRESS", "https://api.stripe.com")
VIPPS_ADDRESS = environment.optional("VIPPS_ADDRESS", "https://api.vipps.no")
VIPPS_TEST_ADDRESS = environment.optional("VIPPS_TEST_ADDRESS", "https://apitest.vipps.no")
# Accounting systems: our own client id and secret where the operator has registered the application, as JSON
# {"fiken": {"id": …, "secret": …}}; and hosts that a simulator stands for, as JSON {"api.fiken.no": "http://…"}.
LEDGER_CLIENTS = environment.table("LEDGER_CLIENTS")
LEDGER_HOSTS = environment.table("LEDGER_HOSTS")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_secrets": {"()": "foundation.log_secrets.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_secrets"]}},
    "root": {"handlers": ["console"], "level": environment.optional("BILAG_LOG_LEVEL", "INFO")},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # addresses of some systems bear keys
        "weasyprint": {"level": "ERROR"},
    },
}
