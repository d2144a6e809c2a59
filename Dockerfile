# One image, four commands: pad web, pad worker, pad scheduler, or pad run for all of them.
FROM python:3.12-slim-bookworm

# What prints reports as PDF, the same as in .ci/system-packages.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 pad && install -d -o pad -g pad -m 700 /var/lib/pad
WORKDIR /srv/pad
COPY requirements.lock ./
RUN pip install --no-cache-dir --requirement requirements.lock
COPY setup.cfg pyproject.toml README.md wsgi.py ./
COPY app ./app
COPY jobs ./jobs
COPY assets ./assets
# Compiled now: the user of the image may not write here, so every process would compile for itself.
RUN pip install --no-cache-dir --no-deps --editable . && python -m compileall -q app jobs wsgi.py

USER pad
ENV PAD_HOME=/var/lib/pad PAD_HOST=0.0.0.0 PAD_LOG_FORMAT=json PYTHONUNBUFFERED=1
VOLUME /var/lib/pad
EXPOSE 8050
CMD ["pad", "run"]
