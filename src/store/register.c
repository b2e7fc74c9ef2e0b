/* register: queries over the tables model and desk. */
#include "store/register.h"

#include "base/date.h"
#include "store/store_private.h"

static const char *const class_words[ZD_N_DATA_CLASSES] = {"public", "internal", "personal",
                                                           "sensitive"};
static const char *const task_words[ZD_N_TASKS] = {"chat", "embedding"};

const char *zd_data_class_word(enum zd_data_class data_class)
{
    return (size_t)data_class < ZD_COUNT(class_words) ? class_words[data_class] : "?";
}

enum zd_data_class zd_data_class_of(struct zd_str word)
{
    size_t i = 0;

    while (i < ZD_COUNT(class_words) && !zd_str_eq(word, zd_str_c(class_words[i])))
        i++;
    return (enum zd_data_class)i;
}

const char *zd_task_word(enum zd_task task)
{
    return (size_t)task < ZD_COUNT(task_words) ? task_words[task] : "?";
}

enum zd_task zd_task_of(struct zd_str word)
{
    size_t i = 0;

    while (i < ZD_COUNT(task_words) && !zd_str_eq(word, zd_str_c(task_words[i])))
        i++;
    return (enum zd_task)i;
}

/* The one number of a query over one text. */
static enum zd_status number_by(struct zd_store *store, const char *sql, struct zd_str by,
                                int64_t *ret_n, struct zd_error *err)
{
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, by);
    return zd_query__number(&q, ret_n, err);
}

/* A model that words the answers of a public desk must stay filed with every backend. */
static enum zd_status check_filing(struct zd_store *store, const struct zd_model *model,
                                   struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM desk WHERE is_public AND model = ?";
    int64_t n = 0;
    enum zd_status st;

    if (model->filing.n > 0)
        return ZD_OK;
    st = number_by(store, sql, model->name, &n, err);
    if (st == ZD_OK && n > 0)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "this model words the answers of a public desk and needs a filing number");
    return st;
}

enum zd_status zd_model_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_model *model, struct zd_error *err)
{
    static const char find[] = "SELECT key FROM backend WHERE name = ?";
    static const char count[] = "SELECT count(*) FROM model WHERE name <> ?";
    static const char sql[] =
        "INSERT INTO model(name, backend, upstream, task, filing, contract, classes, price_in,"
        " price_out, context_tokens, output_tokens, rank, weight, created)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(name, backend) DO UPDATE SET"
        " upstream = excluded.upstream, task = excluded.task, filing = excluded.filing,"
        " contract = excluded.contract, classes = excluded.classes, price_in = excluded.price_in,"
        " price_out = excluded.price_out, context_tokens = excluded.context_tokens,"
        " output_tokens = excluded.output_tokens, rank = excluded.rank, weight = excluded.weight";
    struct zd_query q = {0};
    int64_t backend = 0, n = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = number_by(store, find, model->backend, &backend, err);
    if (st == ZD_OK && backend == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no backend of this name");
    if (st == ZD_OK)
        st = number_by(store, count, model->name, &n, err);
    if (st == ZD_OK && n >= ZD_MODEL_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "an office has at most %d models", ZD_MODEL_MAX);
    if (st == ZD_OK)
        st = check_filing(store, model, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, model->name);
    zd_query__int(&q, backend);
    zd_query__str(&q, model->upstream);
    zd_query__int(&q, model->task);
    zd_query__str(&q, model->filing);
    zd_query__str(&q, model->contract);
    zd_query__int(&q, model->classes);
    zd_query__int(&q, (int64_t)model->price_in);
    zd_query__int(&q, (int64_t)model->price_out);
    zd_query__int(&q, model->context_tokens);
    zd_query__int(&q, model->output_tokens);
    zd_query__int(&q, model->rank);
    zd_query__int(&q, model->weight);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

enum zd_status zd_model_remove(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_str name, struct zd_str backend, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM model WHERE name = ?1 AND (?2 = '' OR backend ="
                              " (SELECT key FROM backend WHERE name = ?2)) RETURNING key";
    struct zd_query q = {0};
    bool row = false, found = false;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    zd_query__str(&q, backend);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row)
        found = true;
    zd_query__done(&q);
    if (st == ZD_OK && !found)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no such model");
    return st;
}

static void model_read(struct zd_query *q, struct zd_arena *arena, struct zd_model *m)
{
    m->key = zd_query__get_int(q);
    m->backend_key = zd_query__get_int(q);
    m->backend = zd_query__get_str(q, arena);
    m->name = zd_query__get_str(q, arena);
    m->upstream = zd_query__get_str(q, arena);
    m->task = (enum zd_task)zd_query__get_int(q);
    m->filing = zd_query__get_str(q, arena);
    m->contract = zd_query__get_str(q, arena);
    m->classes = (uint32_t)zd_query__get_int(q);
    m->price_in = (uint64_t)zd_query__get_int(q);
    m->price_out = (uint64_t)zd_query__get_int(q);
    m->context_tokens = (uint32_t)zd_query__get_int(q);
    m->output_tokens = (uint32_t)zd_query__get_int(q);
    m->rank = (uint32_t)zd_query__get_int(q);
    m->weight = (uint32_t)zd_query__get_int(q);
}

enum zd_status zd_model_list(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_arena *arena, struct zd_model_list *ret_list,
                             struct zd_error *err)
{
    static const char sql[] =
        "SELECT m.key, b.key, b.name, m.name, upstream, task, filing, contract, classes, price_in,"
        " price_out, context_tokens, output_tokens, rank, weight"
        " FROM model m JOIN backend b ON b.key = m.backend ORDER BY m.name, rank, m.key";
    const size_t most = (size_t)ZD_MODEL_MAX * 2;
    struct zd_model_list list = {.p = zd_arena_array(arena, most, sizeof *list.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !list.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the models");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && list.n < most)
        model_read(&q, arena, &list.p[list.n++]);
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the models");
    if (st == ZD_OK)
        *ret_list = list;
    return st;
}

enum zd_status zd_desk_put(struct zd_store *store, const struct zd_subject *subject,
                           const struct zd_desk_row *desk, struct zd_error *err)
{
    static const char models[] = "SELECT count(*) FROM model WHERE name = ? AND task = 0";
    static const char unfiled[] = "SELECT count(*) FROM model WHERE name = ? AND filing = ''";
    static const char count[] = "SELECT count(*) FROM desk WHERE name <> ?";
    static const char sql[] =
        "INSERT INTO desk(name, is_public, cheapest, model) VALUES(?, ?, ?, ?)"
        " ON CONFLICT(name) DO UPDATE SET is_public = excluded.is_public,"
        " cheapest = excluded.cheapest, model = excluded.model";
    struct zd_query q = {0};
    int64_t n_models = 1, n_unfiled = 0, n = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = number_by(store, count, desk->name, &n, err);
    if (st == ZD_OK && n >= ZD_DESK_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "an office has at most %d desks", ZD_DESK_MAX);
    if (st == ZD_OK && desk->model.n > 0)
        st = number_by(store, models, desk->model, &n_models, err);
    if (st == ZD_OK && desk->model.n > 0)
        st = number_by(store, unfiled, desk->model, &n_unfiled, err);
    if (st == ZD_OK && n_models == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no model of this name for chat");
    if (st == ZD_OK && desk->is_public && n_unfiled > 0)
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "a model without a filing number cannot serve a public desk");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, desk->name);
    zd_query__int(&q, desk->is_public);
    zd_query__int(&q, desk->cheapest);
    zd_query__str(&q, desk->model);
    return zd_query__run(&q, err);
}

enum zd_status zd_desk_rows(struct zd_store *store, const struct zd_subject *subject,
                            struct zd_arena *arena, struct zd_desk_rows *ret_rows,
                            struct zd_error *err)
{
    static const char sql[] = "SELECT name, is_public, cheapest, model FROM desk ORDER BY name";
    struct zd_desk_rows rows = {.p = zd_arena_array(arena, ZD_DESK_MAX, sizeof *rows.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !rows.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the desks");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && rows.n < ZD_DESK_MAX) {
        struct zd_desk_row *d = &rows.p[rows.n++];

        d->name = zd_query__get_str(&q, arena);
        d->is_public = zd_query__get_int(&q) != 0;
        d->cheapest = zd_query__get_int(&q) != 0;
        d->model = zd_query__get_str(&q, arena);
    }
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the desks");
    if (st == ZD_OK)
        *ret_rows = rows;
    return st;
}
