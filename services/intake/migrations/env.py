"""Intake's migrations: `alembic -n intake upgrade head`."""

from kit import migrate
from services.intake import tables

migrate.run_env(tables.Base.metadata)
