"""One machine's PostgreSQL and Valkey, and the supervisor behind `manage.py up`. Nothing here needs Django."""
