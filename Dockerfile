# One image for every process of docflow; docker-compose.yml says which one a container runs.
FROM python:3.13-slim AS packages
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=docflow.settings \
    DOCFLOW_DATA=/data \
    MALLOC_ARENA_MAX=2
RUN useradd --system --uid 10001 --home-dir /data docflow \
    && install -d -o docflow -g docflow -m 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Building pages needs settings but neither a database nor a broker.
RUN SECRET_KEY="$(head -c 48 /dev/urandom | base64)" DATABASE_URL=postgresql://build@127.0.0.1/build REDIS_URL=redis://127.0.0.1/0 \
    python manage.py build_static && python -m compileall -q accounts docflow documents notifications support
USER docflow
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "docflow.asgi:application", "--host=0.0.0.0", "--port=8000", "--lifespan=off", "--no-access-log", \
     "--no-proxy-headers", "--no-server-header", "--timeout-graceful-shutdown=3", "--log-level=warning"]
