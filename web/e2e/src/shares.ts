// Who runs what, where both databases are tested side by side: what shows the same whatever the database is, and what Go's tests ask
// of both, is run on one of them, or the checks took too long.
export const onSQLite = ['attention', 'help-writing', 'home', 'opener']
export const onPostgres = ['ban-traces', 'help-chat', 'help-pages', 'privacy', 'visitors', 'visits']
