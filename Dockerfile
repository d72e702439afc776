# One image for every process; the command says which. Nothing is compiled: the lock names wheels.
# Pinned by tag. To pin by digest, build with --build-arg PYTHON=python:3.11.15-slim-bookworm@sha256:…
ARG PYTHON=python:3.11.15-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.lock ./
# The file system is read-only when it runs: what is not compiled now would be compiled at every start. By hash and
# unchecked, as times do not all come through a build: some builders round them, and what looks older is compiled again.
RUN /opt/venv/bin/pip install --no-compile --only-binary :all: --require-hashes --requirement requirements.lock \
    && /opt/venv/bin/pip uninstall --yes pip setuptools \
    && /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/venv/lib
COPY LICENSE alembic.ini ./
COPY contracts contracts
COPY kit kit
COPY services services
COPY gateway gateway
COPY pendapa pendapa
COPY regions regions
# The gateway serves it at /problems.
COPY docs/problems.md docs/problems.md
# Readable by the image's user, whatever the umask of who cloned it.
RUN /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /app \
    && chmod -R a+rX /app

FROM ${PYTHON}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
# Python's own library comes without its compiled form, and each health check is a start of Python.
RUN pip uninstall --yes pip setuptools wheel \
    && python -m compileall -q -f --invalidation-mode unchecked-hash /usr/local/lib/python3.11 \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin pendapa \
    && install --directory --owner 10001 --group 10001 /files
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "gateway.app"]
