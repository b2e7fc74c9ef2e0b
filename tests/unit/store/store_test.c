#include "store/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/passage.h"
#include "store/store_private.h"
#include "store_support.h"

static int64_t pragma(struct zd_store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value;

    assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void run_raw(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *says = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &says) != SQLITE_OK)
        fail_msg("%s: %s", sql, says);
    sqlite3_close(db);
}

static void test_every_connection_is_hardened(void **state)
{
    static const struct {
        const char *sql;
        int64_t write, read;
    } rows[] = {
        {"PRAGMA synchronous", 2, 2},
        {"PRAGMA foreign_keys", 1, 1},
        {"PRAGMA trusted_schema", 0, 0},
        {"PRAGMA cell_size_check", 1, 1},
        {"PRAGMA mmap_size", 0, 0},
        {"PRAGMA query_only", 0, 1},
        {"PRAGMA busy_timeout", 10000, 10000},
        {"SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal'", 1, 1},
    };
    static const int options[] = {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY};
    struct fixture *f = *state;
    struct zd_store *reader = NULL;

    assert_int_equal(zd_store_open(f->path, ZD_STORE_READ, &reader, NULL), ZD_OK);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        print_message("  %s\n", rows[i].sql);
        assert_int_equal(pragma(f->store, rows[i].sql), rows[i].write);
        assert_int_equal(pragma(reader, rows[i].sql), rows[i].read);
    }
    for (size_t i = 0; i < ZD_COUNT(options); i++) {
        int on = 0;

        assert_int_equal(sqlite3_db_config(reader->db, options[i], -1, &on), SQLITE_OK);
        assert_int_equal(on, 1);
    }
    assert_int_equal(sqlite3_limit(reader->db, SQLITE_LIMIT_ATTACHED, -1), 0);
    zd_store_close(reader);
}

/* Whether another process sees the lock by which a connection in WAL mode says that it is there:
 * without it the other one would remove the log under this one when it closes. */
static bool others_see_a_connection(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = 0x40000000 + 2, /* SHARED_FIRST of SQLite's file locks */
                         .l_len = 510};
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        int fd = open(path, O_RDWR | O_CLOEXEC);

        _exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ? 2 : lock.l_type == F_UNLCK ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static void test_a_second_connection_leaves_the_locks_of_the_first(void **state)
{
    static const enum zd_store_mode modes[] = {ZD_STORE_READ, ZD_STORE_WRITE};
    struct fixture *f = *state;

    assert_true(others_see_a_connection(f->path));
    for (size_t i = 0; i < ZD_COUNT(modes); i++) {
        struct zd_store *second = NULL;

        assert_int_equal(zd_store_open(f->path, modes[i], &second, NULL), ZD_OK);
        assert_true(others_see_a_connection(f->path));
        zd_store_close(second);
        assert_true(others_see_a_connection(f->path));
    }
}

static void test_refuses_what_is_not_its_own(void **state)
{
    static const struct {
        const char *sql;
        enum zd_status status;
        const char *says;
    } rows[] = {
        {"PRAGMA user_version = 99; PRAGMA application_id = 0x5a444442", ZD_INVALID, "newer"},
        {"PRAGMA application_id = 7", ZD_INVALID, "another program"},
        {"CREATE TABLE mail(x)", ZD_INVALID, "another program"},
    };
    struct fixture *f = *state;
    char path[96];

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        (void)snprintf(path, sizeof path, "%s/other", f->folder);
        unlink(path);
        run_raw(path, rows[i].sql);
        for (int mode = ZD_STORE_READ; mode <= ZD_STORE_WRITE; mode++) {
            struct zd_store *store = NULL;
            struct zd_error err = {0};

            assert_int_equal(zd_store_open(path, (enum zd_store_mode)mode, &store, &err),
                             rows[i].status);
            assert_non_null(strstr(err.what, rows[i].says));
            assert_null(store);
        }
    }
}

static void test_says_missing_empty_and_damaged_apart(void **state)
{
    struct fixture *f = *state;
    struct zd_store *store = NULL;
    char path[96];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/other", f->folder);
    assert_int_equal(zd_store_open(path, ZD_STORE_READ, &store, NULL), ZD_NOT_FOUND);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(zd_store_open(path, ZD_STORE_READ, &store, NULL), ZD_NOT_FOUND);
    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 8192; i++)
        fputc('x', file);
    (void)fclose(file);
    assert_int_equal(zd_store_open(path, ZD_STORE_READ, &store, NULL), ZD_CORRUPT);
    assert_int_equal(zd_store_open(path, ZD_STORE_WRITE, &store, NULL), ZD_CORRUPT);
    assert_null(store);
}

static void test_a_reader_changes_nothing_and_keeps_its_state(void **state)
{
    struct fixture *f = *state;
    struct zd_store *reader = NULL;
    struct zd_document d = {.id = ZD_STR("r"), .access = 1};
    struct zd_document_list list = {0};
    int64_t key = 0;
    uint64_t generation = 99;

    assert_int_equal(zd_store_open(f->path, ZD_STORE_READ, &reader, NULL), ZD_OK);
    assert_int_equal(zd_document_add(reader, zd_subject_owner(), &d, &key, NULL), ZD_DENIED);
    assert_int_equal(zd_store_begin(reader, NULL), ZD_OK);
    assert_int_equal(zd_store_generation(reader, &generation, NULL), ZD_OK);
    assert_int_equal(generation, 0);
    assert_int_equal(zd_store_begin(f->store, NULL), ZD_OK);
    add_document(f, "x", 1);
    assert_int_equal(zd_store_set_generation(f->store, 7, NULL), ZD_OK);
    assert_int_equal(zd_store_commit(f->store, NULL), ZD_OK);
    assert_int_equal(zd_store_generation(reader, &generation, NULL), ZD_OK);
    assert_int_equal(generation, 0); /* still the state from its first read */
    assert_int_equal(zd_document_page(reader, zd_subject_owner(), 0, 10, f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 0);
    zd_store_abort(reader);
    assert_int_equal(zd_store_generation(reader, &generation, NULL), ZD_OK);
    assert_int_equal(generation, 7);
    zd_store_close(reader);
}

static void test_a_mark_undoes_one_document_only(void **state)
{
    struct fixture *f = *state;
    struct zd_document_list list = {0};

    assert_int_equal(zd_store_begin(f->store, NULL), ZD_OK);
    assert_int_equal(zd_store_mark(f->store, NULL), ZD_OK);
    add_document(f, "kept", 1);
    assert_int_equal(zd_store_mark_keep(f->store, NULL), ZD_OK);
    assert_int_equal(zd_store_mark(f->store, NULL), ZD_OK);
    add_document(f, "undone", 1);
    assert_int_equal(zd_store_mark_undo(f->store, NULL), ZD_OK);
    assert_int_equal(zd_store_commit(f->store, NULL), ZD_OK);
    assert_int_equal(zd_document_page(f->store, zd_subject_owner(), 0, 10, f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 1);
    assert_true(zd_str_eq(list.p[0].id, ZD_STR("kept")));
}

static void test_settings_are_the_owners(void **state)
{
    struct fixture *f = *state;
    struct zd_str value = {0};

    assert_int_equal(
        zd_setting_set(f->store, zd_subject_owner(), ZD_STR("contact"), ZD_STR("12345"), NULL),
        ZD_OK);
    assert_int_equal(
        zd_setting_set(f->store, zd_subject_owner(), ZD_STR("contact"), ZD_STR("12329"), NULL),
        ZD_OK);
    assert_int_equal(
        zd_setting_get(f->store, zd_subject_owner(), ZD_STR("contact"), f->arena, &value, NULL),
        ZD_OK);
    assert_true(zd_str_eq(value, ZD_STR("12329")));
    assert_int_equal(
        zd_setting_get(f->store, zd_subject_owner(), ZD_STR("none"), f->arena, &value, NULL),
        ZD_OK);
    assert_null(value.p);
    assert_int_equal(
        zd_setting_get(f->store, zd_subject_visitor(), ZD_STR("contact"), f->arena, &value, NULL),
        ZD_DENIED);
}

/* Each row is damage of a kind that SQLite itself does not see. */
static void test_check_finds_planted_damage(void **state)
{
    static const struct {
        const char *sql, *says;
    } rows[] = {
        {"UPDATE passage SET end = 1000", "outside its text"},
        {"DELETE FROM passage", "lost passages"},
        {"UPDATE text_part SET body = x'61'", "lost text"},
        {"UPDATE text_part SET body = zeroblob(length(body))", "has changed"},
        {"DELETE FROM text_part", "lost text"},
        {"INSERT INTO text_part(key, body) VALUES(99 * 65536, x'61')", "without its version"},
        {"INSERT INTO replacement(version, title_key, number_key, repeals_only)"
         " VALUES(99, 'x', '', 0)",
         "not there"},
        {"INSERT INTO document(id, id_given, title, title_key, issuer_key, region, access, created)"
         " VALUES('h', 0, '', '', '', 0, 1, 0)",
         "without a version"},
    };
    struct fixture *f = *state;
    int64_t document = add_document(f, "d", 1);
    struct zd_version v = {.document = document, .n_passages = 1};
    struct zd_error err = {0};
    const struct zd_str text = ZD_STR("十个字节的文本");
    char sql[256];

    assert_int_equal(zd_sha256(zd_str_bytes(text), v.text_hash, NULL), ZD_OK);
    assert_int_equal(zd_version_add(f->store, zd_subject_owner(), &v, text, NULL), ZD_OK);
    assert_int_equal(zd_passage_add(f->store, zd_subject_owner(),
                                    &(struct zd_stored_passage){.version = v.key, .end = 9}, NULL),
                     ZD_OK);
    assert_int_equal(zd_store_check(f->store, &err), ZD_OK);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        sqlite3_stmt *statement = NULL;

        print_message("  %s\n", rows[i].sql);
        assert_int_equal(zd_store_begin(f->store, NULL), ZD_OK);
        (void)snprintf(sql, sizeof sql, "PRAGMA defer_foreign_keys = ON");
        assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
        assert_int_equal(sqlite3_prepare_v2(f->store->db, rows[i].sql, -1, &statement, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
        assert_int_equal(zd_store_check(f->store, &err), ZD_CORRUPT);
        assert_non_null(strstr(err.what, rows[i].says));
        zd_store_abort(f->store);
    }
    assert_int_equal(zd_store_check(f->store, &err), ZD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_connection_is_hardened, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_second_connection_leaves_the_locks_of_the_first,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_refuses_what_is_not_its_own, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_says_missing_empty_and_damaged_apart, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_reader_changes_nothing_and_keeps_its_state,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_mark_undoes_one_document_only, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_settings_are_the_owners, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_check_finds_planted_damage, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
