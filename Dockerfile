FROM python:3.13-slim-trixie

# The same packages that bin/up installs on a machine.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-liberation2 \
      fonts-dejavu-core fonts-noto-core fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt

COPY . .
RUN if [ -d locale ]; then pybabel --quiet compile --directory locale --domain django; fi

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings BILAG_DATA_DIR=/var/lib/bilag
RUN useradd --system --user-group --no-create-home --shell /usr/sbin/nologin bilag \
 && install --directory --owner=bilag --group=bilag --mode=0750 /var/lib/bilag
USER bilag
VOLUME /var/lib/bilag
EXPOSE 8000

CMD ["granian", "--interface", "wsgi", "--no-ws", "--blocking-threads", "4", "--host", "0.0.0.0", "--port", "8000", "config.wsgi:application"]
