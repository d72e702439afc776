"""Routing's migrations: `alembic -n routing upgrade head`."""

from kit import migrate
from services.routing import tables

migrate.run_env(tables.Base.metadata)
