"""The one database layer: engine, tables, migrations, and events after commit."""
