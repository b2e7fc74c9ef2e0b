/* lesson: queries over lessons.db, see lesson.h and docs/formats.md. */
#include "store/lesson.h"

#include "base/caps.h"
#include "base/date.h"
#include "store/store_private.h"

static const char lessons_1[] = "CREATE TABLE lesson("
                                " key INTEGER PRIMARY KEY AUTOINCREMENT,"
                                " kind INTEGER NOT NULL,"
                                " question TEXT NOT NULL CHECK(length(question) > 0),"
                                " region TEXT NOT NULL,"
                                " document TEXT NOT NULL,"
                                " answer TEXT NOT NULL,"
                                " who TEXT NOT NULL,"
                                " n_times INTEGER NOT NULL,"
                                " first INTEGER NOT NULL,"
                                " last INTEGER NOT NULL,"
                                " UNIQUE(question, region, kind, document));"
                                "CREATE INDEX lesson_kind ON lesson(kind, n_times, last);"
                                "PRAGMA application_id = 0x5a444c53;"
                                "PRAGMA user_version = 1;";

static const char *const lessons_migrations[] = {lessons_1};

static const struct zd_schema lessons_schema = {
    .name = "lessons.db",
    .application_id = 0x5a444c53, /* "ZDLS" */
    .migrations = lessons_migrations,
    .n_migrations = (int32_t)ZD_COUNT(lessons_migrations),
};

static const char *const kind_words[ZD_N_LESSON_KINDS] = {"approved", "corrected", "unanswered"};

const char *zd_lesson_kind_word(enum zd_lesson_kind kind)
{
    return kind < ZD_N_LESSON_KINDS ? kind_words[kind] : "";
}

enum zd_lesson_kind zd_lesson_kind_of(struct zd_str word)
{
    enum zd_lesson_kind kind = ZD_LESSON_APPROVED;

    while (kind < ZD_N_LESSON_KINDS && !zd_str_eq(word, zd_str_c(kind_words[kind])))
        kind++;
    return kind;
}

enum zd_status zd_lesson_db_open(const char *office_dir, enum zd_store_mode mode,
                                 struct zd_store **ret_store, struct zd_error *err)
{
    return zd_store__open_in(office_dir, mode, &lessons_schema, ret_store, err);
}

static enum zd_status check(const struct zd_lesson *lesson, struct zd_error *err)
{
    if (lesson->question.n == 0 || lesson->question.n > ZD_QUESTION_MAX_BYTES)
        return ZD_FAIL(err, ZD_INVALID, 0, "a lesson needs a question of at most %d bytes",
                       ZD_QUESTION_MAX_BYTES);
    if ((lesson->document.n == 0) != (lesson->kind == ZD_LESSON_UNANSWERED))
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "an answer names the document that gives it, an unanswered question none");
    if (lesson->answer.n > ZD_LESSON_ANSWER_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the words of an answer are longer than %d bytes",
                       ZD_LESSON_ANSWER_MAX_BYTES);
    return ZD_OK;
}

static enum zd_status count(struct zd_store *store, int64_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM lesson";
    struct zd_query q = {0};
    const enum zd_status st = zd_store__prepare(store, sql, &q, err);

    return st == ZD_OK ? zd_query__number(&q, ret_n, err) : st;
}

/* Makes room for one: the oldest question that was not answered goes. */
static enum zd_status make_room(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM lesson WHERE key = (SELECT key FROM lesson"
                              " WHERE kind = 2 ORDER BY n_times, last LIMIT 1)";
    int64_t n = 0;
    enum zd_status st = count(store, &n, err);

    if (st != ZD_OK || n < ZD_LESSON_MAX)
        return st;
    st = zd_store__exec(store, sql, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        return ZD_FAIL(err, ZD_LIMIT, 0, "%d answers are kept already: train, and remove some",
                       ZD_LESSON_MAX);
    return st;
}

static enum zd_status put_row(struct zd_store *store, const struct zd_lesson *lesson,
                              struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO lesson(kind, question, region, document, answer, who, n_times, first, last)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)"
        " ON CONFLICT(question, region, kind, document) DO UPDATE SET answer = excluded.answer,"
        " who = excluded.who, n_times = n_times + 1, last = excluded.last";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, lesson->kind);
    zd_query__str(&q, lesson->question);
    zd_query__str(&q, lesson->region);
    zd_query__str(&q, lesson->document);
    zd_query__str(&q, lesson->answer);
    zd_query__str(&q, lesson->who);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

/* A person has spoken: the question is no longer one that nothing answers. */
static enum zd_status drop_unanswered(struct zd_store *store, const struct zd_lesson *lesson,
                                      struct zd_error *err)
{
    static const char sql[] =
        "DELETE FROM lesson WHERE question = ? AND region = ? AND kind = 2 AND document = ''";
    struct zd_query q = {0};
    enum zd_status st;

    if (lesson->kind == ZD_LESSON_UNANSWERED)
        return ZD_OK;
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, lesson->question);
    zd_query__str(&q, lesson->region);
    return zd_query__run(&q, err);
}

enum zd_status zd_lesson_put(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_lesson *lesson, struct zd_error *err)
{
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = check(lesson, err);
    if (st == ZD_OK)
        st = zd_store_begin(store, err);
    if (st != ZD_OK)
        return st;
    st = make_room(store, err);
    if (st == ZD_OK)
        st = drop_unanswered(store, lesson, err);
    if (st == ZD_OK)
        st = put_row(store, lesson, err);
    if (st == ZD_OK)
        st = zd_store_commit(store, err);
    if (st != ZD_OK)
        zd_store_abort(store);
    return st;
}

enum zd_status zd_lesson_remove(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM lesson WHERE key = ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "no lesson has this number");
    return st;
}

static enum zd_status read_row(struct zd_query *q, struct zd_arena *arena, struct zd_lesson *lesson,
                               struct zd_error *err)
{
    lesson->key = zd_query__get_int(q);
    lesson->kind = (enum zd_lesson_kind)zd_query__get_int(q);
    lesson->question = zd_query__get_str(q, arena);
    lesson->region = zd_query__get_str(q, arena);
    lesson->document = zd_query__get_str(q, arena);
    lesson->answer = zd_query__get_str(q, arena);
    lesson->who = zd_query__get_str(q, arena);
    lesson->n_times = (uint32_t)zd_query__get_int(q);
    lesson->first_us = zd_query__get_int(q);
    lesson->last_us = zd_query__get_int(q);
    if (!lesson->question.p || !lesson->region.p || !lesson->document.p || !lesson->answer.p ||
        !lesson->who.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the lessons");
    return ZD_OK;
}

enum zd_status zd_lesson_page(struct zd_store *store, const struct zd_subject *subject,
                              enum zd_lesson_kind kind, size_t top, struct zd_arena *arena,
                              struct zd_lesson_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT key, kind, question, region, document, answer, who, n_times,"
                              " first, last FROM lesson WHERE kind = ?1 OR ?1 = 3"
                              " ORDER BY n_times DESC, last DESC, key LIMIT ?2";
    struct zd_lesson *p = NULL;
    struct zd_query q = {0};
    size_t n = 0;
    bool row = true;
    enum zd_status st = zd_store__is_owner(subject, err);

    top = top < ZD_LESSON_MAX ? top : ZD_LESSON_MAX;
    if (st == ZD_OK) {
        p = zd_arena_array(arena, top + 1, sizeof *p);
        if (!p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the lessons");
    }
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, kind);
    zd_query__int(&q, (int64_t)top);
    while (st == ZD_OK && row && n < top) {
        st = zd_query__row(&q, &row, err);
        if (st == ZD_OK && row)
            st = read_row(&q, arena, &p[n++], err);
    }
    zd_query__done(&q);
    if (st == ZD_OK)
        *ret_list = (struct zd_lesson_list){p, n};
    return st;
}
