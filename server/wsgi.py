"""The one module-level app, for gunicorn and `flask --app server.wsgi`."""

from server.app import create_app

app = create_app()
