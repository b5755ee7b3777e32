"""django-post-office as its installation page sets it up, and nothing else: the peer that sending is measured against.

POST_OFFICE says nothing but what PEER_CELERY asks for: batches of 100, 5 threads, log level 2.
"""

from docflow import database
from docflow.env import env_bool, env_int, env_str

SECRET_KEY = "of no use: nothing here is signed"  # noqa: S105 - no secret
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {"default": database.parse(env_str("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", env_int("PEER_SMTP", 25)
DEFAULT_FROM_EMAIL = "docflow <docflow@example.com>"
POST_OFFICE = {"CELERY_ENABLED": True} if env_bool("PEER_CELERY") else {}
CELERY_BROKER_URL = env_str("REDIS_URL", "")
CELERY_TASK_IGNORE_RESULT = True
LOGGING_CONFIG = None
