# One image for every process; the command says which. Nothing is compiled: the lock names wheels.
# Pinned by tag. To pin by digest, build with --build-arg PYTHON=python:3.11.15-slim-bookworm@sha256:…
ARG PYTHON=python:3.11.15-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --only-binary :all: --require-hashes --requirement requirements.lock \
    && /opt/venv/bin/pip uninstall --yes pip setuptools
COPY alembic.ini ./
COPY contracts contracts
COPY kit kit
COPY services services
COPY gateway gateway
COPY pendapa pendapa
COPY regions regions
# The gateway serves it at /problems.
COPY docs/problems.md docs/problems.md
# The file system is read-only when it runs: what is not compiled now would be compiled at every start. (pip did its own.)
RUN /opt/venv/bin/python -m compileall -q /app

FROM ${PYTHON}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
RUN pip uninstall --yes pip setuptools wheel \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin pendapa \
    && install --directory --owner 10001 --group 10001 /files
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "gateway.app"]
