/* open: the one place where SQLite files are opened, and always the same way.
 *
 *     WAL, synchronous FULL     what COMMIT acknowledged survives a power cut; NORMAL does not
 *     foreign keys on           a row cannot point at nothing
 *     defensive, no trusted     a crafted file cannot run functions from its schema or be
 *       schema, cell checks     changed behind the tables; sizes in pages are checked
 *     mmap_size 0               a bad disk gives an error, never SIGBUS
 *     no double-quoted strings, no attached files
 *
 * The steps: make the file with mode 0600 (writers), open, harden, check who it belongs to
 * (application_id), migrate (writers) in one transaction a step, refuse what is newer, and sync the
 * folder (writers): SQLite syncs it once for its log, and ignores when that fails.
 * Rejected: SQLITE_OPEN_READONLY for readers: a WAL reader needs to write its lock file;
 * query_only refuses changes as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/durable.h"
#include "store/store_private.h"

#define BUSY_MS 10000
#define WAL_MAX_BYTES 67108864

/* SQLite's allocator interface over base: it wants to know sizes, so one stands before each. */
#define SIZE_ROOM 16

static void *sql_alloc(int n)
{
    unsigned char *p = n > 0 ? zd_realloc(NULL, (size_t)n + SIZE_ROOM) : NULL;

    if (!p)
        return NULL;
    memcpy(p, &n, sizeof n);
    return p + SIZE_ROOM;
}

static void sql_free(void *p)
{
    if (p)
        zd_free((unsigned char *)p - SIZE_ROOM);
}

static int sql_size(void *p)
{
    int n = 0;

    if (p)
        memcpy(&n, (unsigned char *)p - SIZE_ROOM, sizeof n);
    return n;
}

static void *sql_realloc(void *p, int n)
{
    unsigned char *q = zd_realloc((unsigned char *)p - SIZE_ROOM, (size_t)n + SIZE_ROOM);

    if (!q)
        return NULL;
    memcpy(q, &n, sizeof n);
    return q + SIZE_ROOM;
}

static int sql_roundup(int n)
{
    return (n + 7) & ~7;
}

static int sql_init(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void sql_shutdown(void *context)
{
    (void)context;
}

enum zd_status zd_store_init(struct zd_error *err)
{
    static const sqlite3_mem_methods methods = {
        sql_alloc, sql_free, sql_realloc, sql_size, sql_roundup, sql_init, sql_shutdown, NULL,
    };

    /* without statistics, threads that read do not meet at a lock for every allocation */
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
        return ZD_FAIL(err, ZD_INVALID, 0, "SQLite is in use already; its memory stays its own");
    return ZD_OK;
}

/* Runs every statement of a constant text. */
static enum zd_status run_script(sqlite3 *db, const char *sql, const char *doing,
                                 struct zd_error *err)
{
    int code = SQLITE_OK;

    while (*sql && code == SQLITE_OK) {
        sqlite3_stmt *statement = NULL;

        code = sqlite3_prepare_v2(db, sql, -1, &statement, &sql);
        if (code != SQLITE_OK || !statement)
            break;
        do
            code = sqlite3_step(statement);
        while (code == SQLITE_ROW);
        if (code == SQLITE_DONE)
            code = SQLITE_OK;
        (void)sqlite3_finalize(statement); /* repeats the code of the step */
    }
    return code == SQLITE_OK ? ZD_OK : zd_store__fail(db, code, doing, err);
}

/* The one number that a constant query gives. */
static enum zd_status read_number(sqlite3 *db, const char *sql, int64_t *ret_value,
                                  struct zd_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code != SQLITE_ROW) {
        enum zd_status st = zd_store__fail(db, code, "read the header", err);

        (void)sqlite3_finalize(statement);
        return st;
    }
    *ret_value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return ZD_OK;
}

static int harden(sqlite3 *db)
{
    static const struct {
        int option, value;
    } config[] = {
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < ZD_COUNT(config) && code == SQLITE_OK; i++)
        code = sqlite3_db_config(db, config[i].option, config[i].value, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(db, BUSY_MS);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    return code;
}

static const char read_settings[] = "PRAGMA mmap_size = 0;"
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA synchronous = FULL;"
                                    "PRAGMA temp_store = MEMORY;"
                                    "PRAGMA cache_size = -4096;"
                                    "PRAGMA query_only = ON;";

static const char write_settings[] = "PRAGMA mmap_size = 0;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cache_size = -16384;"
                                     "PRAGMA journal_size_limit = 67108864;";
_Static_assert(WAL_MAX_BYTES == 67108864, "the text above says the same");

/* All migrations from `version` on in one transaction: a process that dies leaves the old schema or
 * the newest one, never one between, and a new file is empty or whole. */
static enum zd_status migrate(sqlite3 *db, const struct zd_schema *schema, int64_t version,
                              struct zd_error *err)
{
    enum zd_status st = run_script(db, "BEGIN IMMEDIATE", "begin a migration", err);

    if (st != ZD_OK)
        return st;
    for (int64_t i = version; st == ZD_OK && i < schema->n_migrations; i++)
        st = run_script(db, schema->migrations[i], "migrate", err);
    if (st == ZD_OK)
        st = run_script(db, "COMMIT", "commit a migration", err);
    if (st != ZD_OK)
        (void)run_script(db, "ROLLBACK", "undo a migration", NULL);
    return st;
}

static enum zd_status check_owner(sqlite3 *db, const struct zd_schema *schema, int64_t *ret_version,
                                  struct zd_error *err)
{
    int64_t application = 0, version = 0, n_tables = 0;
    enum zd_status st = read_number(db, "PRAGMA application_id", &application, err);

    if (st == ZD_OK)
        st = read_number(db, "PRAGMA user_version", &version, err);
    if (st == ZD_OK)
        st = read_number(db, "SELECT count(*) FROM sqlite_schema", &n_tables, err);
    if (st != ZD_OK)
        return st;
    if (application != schema->application_id && (application || version || n_tables))
        return ZD_FAIL(err, ZD_INVALID, 0, "%s belongs to another program", schema->name);
    if (version > schema->n_migrations)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "%s has schema %lld, made by a newer zhidian; this one knows %d: update the "
                       "program",
                       schema->name, (long long)version, (int)schema->n_migrations);
    *ret_version = version;
    return ZD_OK;
}

static enum zd_status bring_up(sqlite3 *db, enum zd_store_mode mode, const struct zd_schema *schema,
                               struct zd_error *err)
{
    int64_t version = 0;
    enum zd_status st = check_owner(db, schema, &version, err);

    if (st != ZD_OK || version >= schema->n_migrations)
        return st;
    if (mode == ZD_STORE_READ && version == 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s is still empty", schema->name);
    if (mode == ZD_STORE_READ)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "%s has the older schema %lld: add a document once to bring it up to date",
                       schema->name, (long long)version);
    st = migrate(db, schema, version, err);
    return st == ZD_OK ? check_owner(db, schema, &version, err) : st;
}

/* Where there is none, makes an empty file that only its owner may read; SQLite keeps the mode for its
 * companions. A file that is there is never opened here: to close it again would end the locks that
 * this process's other connections hold on it (POSIX), and another process would then take itself for
 * the last one and remove the log that they still read and write. */
static enum zd_status make_file(const char *path, struct zd_error *err)
{
    struct stat info;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0 && errno == EEXIST) {
        if (lstat(path, &info) == 0 && S_ISREG(info.st_mode))
            return ZD_OK;
        return ZD_FAIL(err, ZD_IO, 0, "%s is no ordinary file", path);
    }
    if (fd < 0 || close(fd) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot make %s: %s", path, strerror(errno));
    return ZD_OK;
}

static enum zd_status open_file(const char *path, enum zd_store_mode mode, sqlite3 **ret_db,
                                struct zd_error *err)
{
    sqlite3 *db = NULL;
    enum zd_status st = ZD_OK;
    int code;

    if (mode == ZD_STORE_WRITE)
        st = make_file(path, err);
    else if (access(path, F_OK) != 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no database at %s", path);
    if (st != ZD_OK)
        return st;
    code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = harden(db);
    if (code != SQLITE_OK) {
        st = zd_store__fail(db, code, path, err);
        (void)sqlite3_close_v2(db);
        return st;
    }
    *ret_db = db;
    return ZD_OK;
}

enum zd_status zd_store__open(const char *path, enum zd_store_mode mode,
                              const struct zd_schema *schema, struct zd_store **ret_store,
                              struct zd_error *err)
{
    struct zd_store *store = zd_alloc(sizeof *store);
    enum zd_status st;

    if (!store)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the database");
    store->mode = mode;
    st = open_file(path, mode, &store->db, err);
    if (st == ZD_OK)
        st = run_script(store->db, mode == ZD_STORE_WRITE ? write_settings : read_settings,
                        "set up the connection", err);
    if (st == ZD_OK)
        st = bring_up(store->db, mode, schema, err);
    if (st == ZD_OK && mode == ZD_STORE_WRITE)
        st = zd_durable_sync_names(path, err);
    if (st != ZD_OK) {
        zd_store_close(store);
        return st;
    }
    *ret_store = store;
    return ZD_OK;
}

enum zd_status zd_store_open(const char *path, enum zd_store_mode mode, struct zd_store **ret_store,
                             struct zd_error *err)
{
    return zd_store__open(path, mode, &zd_store__documents_schema, ret_store, err);
}

enum zd_status zd_store_open_gateway(const char *path, enum zd_store_mode mode,
                                     struct zd_store **ret_store, struct zd_error *err)
{
    return zd_store__open(path, mode, &zd_store__gateway_schema, ret_store, err);
}

enum zd_status zd_store__open_in(const char *office_dir, enum zd_store_mode mode,
                                 const struct zd_schema *schema, struct zd_store **ret_store,
                                 struct zd_error *err)
{
    struct zd_buf path = {.max = 4096};
    enum zd_status st;

    zd_buf_printf(&path, "%s/%s", office_dir, schema->name);
    st = zd_buf_check(&path, "the path of the office", err);
    if (st == ZD_OK)
        st = zd_store__open(zd_buf_cstr(&path), mode, schema, ret_store, err);
    zd_buf_done(&path);
    return st;
}

enum zd_status zd_store_changes(struct zd_store *store, uint64_t *ret_number, struct zd_error *err)
{
    int64_t number = 0;
    enum zd_status st = read_number(store->db, "PRAGMA data_version", &number, err);

    if (st == ZD_OK)
        *ret_number = (uint64_t)number;
    return st;
}

void zd_store_close(struct zd_store *store)
{
    if (!store)
        return;
    zd_store_abort(store);
    for (size_t i = 0; i < ZD_COUNT(store->slots); i++)
        (void)sqlite3_finalize(store->slots[i].statement);
    (void)sqlite3_close_v2(store->db);
    zd_free(store);
}
