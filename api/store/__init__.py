"""The database: tables, migrations and the two ways in (`Store.read`, `Store.write`)."""
