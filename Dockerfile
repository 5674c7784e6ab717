# syntax=docker/dockerfile:1
# The service in a container: `docker build -t todoapp .`, then
# `docker run -p 127.0.0.1:8000:8000 -v todoapp:/data todoapp`.
# The first start prints the administrator's password and an API key, once.
#
# It answers to localhost at any port. To be reached by another name it must be told that name, by
# TODOAPP_PUBLIC_URL=https://todo.example.com or TODOAPP_TRUSTED_HOSTS=todo.example.com; any other
# Host gets the answer 400.

FROM python:3.13-slim-trixie AS build
# All of the locked set comes as wheels, so there is nothing to compile with.
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary=:all: -r requirements.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for backups of a PostgreSQL that is no newer: 17 in trixie.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
# A fixed number, so that the owner of a mounted folder can be set to it: chown 10001 FOLDER
RUN groupadd --system --gid 10001 todoapp \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
       --shell /usr/sbin/nologin todoapp \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
WORKDIR /srv/todoapp
COPY --from=build /opt/venv /opt/venv
# The code belongs to root: whoever breaks into the service cannot change it.
COPY wsgi.py gunicorn.conf.py ./
COPY docker/entrypoint.sh docker/
COPY migrations migrations/
COPY templates templates/
COPY static static/
COPY todoapp todoapp/
# Byte code now, since the service may not write it later.
RUN python -m compileall -q todoapp migrations wsgi.py

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TODOAPP_BIND=0.0.0.0:8000 \
    TODOAPP_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Gunicorn finishes what is in flight, for at most 30 seconds: `docker stop --time 35`.
STOPSIGNAL SIGTERM
# The probes answer whatever name they are called by. A server at another port needs a check of its
# own, or none: --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["/bin/sh", "/srv/todoapp/docker/entrypoint.sh"]
CMD ["serve"]
