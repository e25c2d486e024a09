"""Schema versions: Alembic's scripts, run on our own engine, with a copy of the file made before each."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.store import engine as engine_module

# Alembic takes a third of a second to import, and nearly every start needs nothing of it.
if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).parent / "migrations"
HEAD = "0006"  # the newest script's revision; a test holds the two together
KEEP_COPIES = 3


def current(engine: sa.Engine) -> str | None:
    """The schema version in the file; None for a new one."""
    with engine.connect() as conn:
        if not sa.inspect(conn).has_table("alembic_version"):
            return None
        row = conn.execute(sa.text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row[0])


def scripts() -> ScriptDirectory:
    """The migration scripts that this program brings."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(SCRIPTS))


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Bring the schema to this program's version: a copy first, then one transaction for each step.

    Raises ``StoreError`` for a file that a newer program wrote: that one is left untouched.
    """
    at = current(engine)
    if at == HEAD:
        return
    directory = scripts()
    if at is not None and at not in {script.revision for script in directory.walk_revisions()}:
        raise engine_module.StoreError(
            "This data folder was last used by a newer p2ptext. Nothing was changed. "
            "Use that version, or choose another folder with --data."
        )
    if at is not None:
        _copy(engine, path, at)
    _run(engine, directory)


def _run(engine: sa.Engine, directory: ScriptDirectory) -> None:
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    def steps(revision: object, context: MigrationContext) -> object:
        return directory._upgrade_revs("head", revision)  # type: ignore[arg-type]

    environment = EnvironmentContext(_config(), directory, fn=steps)
    immediate = engine.connect().execution_options(p2p_begin="BEGIN IMMEDIATE")
    with immediate as conn, conn.begin():
        environment.configure(connection=conn, target_metadata=None, render_as_batch=True)
        with Operations.context(environment.get_context()):
            environment.run_migrations()
        conn.exec_driver_sql(f"PRAGMA application_id={engine_module.APPLICATION_ID}")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def _copy(engine: sa.Engine, path: Path, version: str) -> None:
    folder = path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-{version}.db"
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    # Below SQLAlchemy, whose own transaction VACUUM would refuse to run in.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    target.chmod(0o600)
    for old in sorted(folder.glob("before-*.db"), key=lambda p: p.stat().st_mtime)[:-KEEP_COPIES]:
        old.unlink()
