# Twincast as a container: what the lock file names, by its hashes, and nothing that only a developer needs.
#   docker build -t twincast .
#   docker run --rm -v twincast:/data twincast keys create --name first
#   docker run -p 127.0.0.1:8000:8000 -v twincast:/data twincast

FROM python:3.12-slim AS build
WORKDIR /source
RUN python -m venv /opt/twincast
COPY requirements.lock ./
RUN /opt/twincast/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/twincast/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/twincast/bin/python -m compileall -q /opt/twincast/lib

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home twincast
COPY --from=build /opt/twincast /opt/twincast
ENV PATH=/opt/twincast/bin:$PATH PYTHONUNBUFFERED=1 OPENBLAS_NUM_THREADS=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
ENTRYPOINT ["twincast"]
CMD ["serve", "--host", "0.0.0.0"]
