# One image for every process; the command says which. `make image` builds the wheel first, and the image from it.
# Nothing is compiled: the lock names wheels.
# Pinned by tag. To pin by digest, build with --build-arg PYTHON=python:3.11.15-slim-bookworm@sha256:…
ARG PYTHON=python:3.11.15-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --no-compile --only-binary :all: --require-hashes --requirement requirements.lock
ARG VERSION
COPY dist/pendapa-${VERSION}-py3-none-any.whl ./
# The file system is read-only when it runs: what is not compiled now would be compiled at every start. By hash and
# unchecked, as times do not all come through a build: some builders round them, and what looks older is compiled again.
RUN /opt/venv/bin/pip install --no-compile --no-index --no-deps "pendapa-${VERSION}-py3-none-any.whl" \
    && /opt/venv/bin/pip uninstall --yes pip setuptools \
    && /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/venv/lib \
    && chmod -R a+rX /opt/venv

FROM ${PYTHON}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Python's own library comes without its compiled form, and each health check is a start of Python.
# The regions that the wheel has are at /app/regions; mount one of your own wherever you like.
RUN pip uninstall --yes pip setuptools wheel \
    && python -m compileall -q -f --invalidation-mode unchecked-hash /usr/local/lib/python3.11 \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin pendapa \
    && install --directory --owner 10001 --group 10001 /files \
    && install --directory /app \
    && ln -s /opt/venv/lib/python3.11/site-packages/regions /app/regions
WORKDIR /app
COPY LICENSE ./
COPY --from=build /opt/venv /opt/venv
ARG VERSION REVISION CREATED
COPY dist/pendapa-${VERSION}.cdx.json ./sbom.cdx.json
LABEL org.opencontainers.image.title="Pendapa" \
      org.opencontainers.image.description="Every resident's message, its answer in the open, and the proof" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "gateway.app"]
