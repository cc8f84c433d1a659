/** Pragmas of every connection that writes a SQLite database which must not lose what was acknowledged. */
export const durablePragmas: readonly string[] = [
  'synchronous = FULL',
  // Two mebibytes, half of SQLite's default: the commit that moves the log into the database takes half as long.
  'wal_autocheckpoint = 250',
  'secure_delete = ON',
  'temp_store = MEMORY',
  'trusted_schema = OFF',
]
