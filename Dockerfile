# One image, four commands: pad web, pad worker, pad scheduler, or pad run for all of them.
FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 1000 pad && install -d -o pad /var/lib/pad
WORKDIR /srv/pad
COPY requirements.lock ./
RUN pip install --no-cache-dir --requirement requirements.lock
COPY setup.cfg pyproject.toml README.md wsgi.py ./
COPY app ./app
COPY jobs ./jobs
COPY assets ./assets
RUN pip install --no-cache-dir --no-deps --editable .

USER pad
ENV PAD_HOME=/var/lib/pad PAD_HOST=0.0.0.0 PAD_LOG_FORMAT=json PYTHONUNBUFFERED=1
VOLUME /var/lib/pad
EXPOSE 8050
CMD ["pad", "run"]
