/* answer: the answers given, in their own file. */
#include "store/answer.h"

#include "base/caps.h"
#include "base/date.h"
#include "store/store_private.h"

struct zd_answers {
    struct zd_store *store;
};

enum zd_status zd_answers_open(const char *path, struct zd_answers **ret_answers,
                               struct zd_error *err)
{
    struct zd_answers *answers = zd_alloc(sizeof *answers);
    enum zd_status st;

    if (!answers)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the answers");
    st = zd_store__open(path, ZD_STORE_WRITE, &zd_store__answers_schema, &answers->store, err);
    if (st != ZD_OK) {
        zd_free(answers);
        return st;
    }
    *ret_answers = answers;
    return ZD_OK;
}

void zd_answers_close(struct zd_answers *answers)
{
    if (!answers)
        return;
    zd_store_close(answers->store);
    zd_free(answers);
}

enum zd_status zd_answers_add(struct zd_answers *answers, const struct zd_subject *subject,
                              struct zd_str question, struct zd_str json,
                              char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO answer(id, access, created, question, body) VALUES(?, ?, ?, ?, ?)";
    char id[ZD_ID_TEXT_BYTES];
    struct zd_query q = {0};
    enum zd_status st = ZD_OK;

    if (question.n > ZD_QUESTION_MAX_BYTES || json.n > ZD_TEXT_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "an answer of %zu bytes", json.n);
    st = zd_id_new(id, err);
    if (st == ZD_OK)
        st = zd_store__prepare(answers->store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, zd_str_c(id));
    zd_query__int(&q, subject->access);
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__str(&q, question);
    zd_query__bytes(&q, zd_str_bytes(json));
    st = zd_query__run(&q, err);
    for (size_t i = 0; st == ZD_OK && i < sizeof id; i++)
        ret_id[i] = id[i];
    return st;
}

enum zd_status zd_answers_get(struct zd_answers *answers, const struct zd_subject *subject,
                              struct zd_str id, struct zd_arena *arena, struct zd_str *ret_json,
                              struct zd_error *err)
{
    /* what was answered from more than the asker may see now is not shown */
    static const char sql[] = "SELECT body FROM answer WHERE id = ? AND access & ~? = 0";
    struct zd_query q = {0};
    struct zd_str json = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(answers->store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such answer");
    if (st == ZD_OK) {
        json = zd_query__get_str(&q, arena);
        if (!json.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    }
    if (st == ZD_OK)
        *ret_json = json;
    zd_query__done(&q);
    return st;
}

enum zd_status zd_answers_forget(struct zd_answers *answers, const struct zd_subject *subject,
                                 int64_t before_us, uint64_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM answer WHERE created < ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(answers->store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(answers->store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, before_us);
    st = zd_query__run(&q, err);
    if (st == ZD_OK)
        *ret_n = (uint64_t)sqlite3_changes(answers->store->db);
    return st;
}
