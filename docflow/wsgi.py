"""Django for threads: pages, API and call-backs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docflow.settings")

application = get_wsgi_application()
