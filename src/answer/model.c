/* model.c: the written form of what was learnt (see answer.h): "ZDAM", u32 version, then three models
 * of trees, each behind its u32 length. A model with another number of features is refused: it
 * was trained by another version of the program. */
#include "answer/answer_private.h"

#define MODEL_VERSION 1
#define MODEL_MAX_BYTES (4 * (size_t)1024 * 1024)

void zd_answer_model_free(struct zd_answer_model *model)
{
    if (!model)
        return;
    zd_trees_free(model->pieces);
    zd_trees_free(model->fit);
    zd_trees_free(model->holds);
    zd_free(model);
}

static void write_part(const struct zd_trees *trees, struct zd_buf *out)
{
    struct zd_buf part = {.max = MODEL_MAX_BYTES};

    zd_trees_write(trees, &part);
    if (part.bad)
        out->bad = true;
    zd_buf_u32(out, (uint32_t)part.n);
    zd_buf_add(out, part.p, part.n);
    zd_buf_done(&part);
}

void zd_answer__model_write(const struct zd_answer_model *model, struct zd_buf *out)
{
    zd_buf_add(out, "ZDAM", 4);
    zd_buf_u32(out, MODEL_VERSION);
    write_part(model->pieces, out);
    write_part(model->fit, out);
    write_part(model->holds, out);
}

static enum zd_status read_part(struct zd_cursor *c, size_t n_features, struct zd_trees **ret_trees,
                                struct zd_error *err)
{
    const uint32_t n = zd_cursor_u32(c);
    const struct zd_bytes bytes = zd_cursor_bytes(c, n);
    enum zd_status st;

    if (c->bad)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "this model of answers ends early");
    st = zd_trees_read(bytes, ret_trees, err);
    if (st == ZD_OK && zd_trees_n_features(*ret_trees) != n_features)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "this model of answers was trained by another version");
    return st;
}

enum zd_status zd_answer_model_read(struct zd_bytes bytes, struct zd_answer_model **ret_model,
                                    struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(bytes);
    struct zd_answer_model *model = NULL;
    enum zd_status st;

    if (!zd_str_starts((struct zd_str){(const char *)bytes.p, bytes.n}, ZD_STR("ZDAM")) ||
        (zd_cursor_u32(&c), zd_cursor_u32(&c)) != MODEL_VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "this is no model of answers of this version");
    model = zd_alloc(sizeof *model);
    if (!model)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a model of answers");
    st = read_part(&c, ZD_ANSWER__FEATURES, &model->pieces, err);
    if (st == ZD_OK)
        st = read_part(&c, ZD_ANSWER__RUN_FEATURES, &model->fit, err);
    if (st == ZD_OK)
        st = read_part(&c, ZD_ANSWER__RUN_FEATURES, &model->holds, err);
    if (st == ZD_OK && c.p != c.end)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "bytes behind a model of answers");
    if (st == ZD_OK)
        *ret_model = model;
    else
        zd_answer_model_free(model);
    return st;
}
