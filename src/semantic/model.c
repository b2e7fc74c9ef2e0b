/* model.c: see model.h. */
#include "semantic/model.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mapping.h"
#include "semantic/base_model.h"

#define PRIOR_BYTES 16u
#define PRIOR_HEAD_BYTES 8u

struct zd_model {
    atomic_uint n_more;        /* holders beside the first */
    struct zd_mapping mapping; /* none where the bytes are somebody else's */
    struct zd_model_file file;
    struct zd_encoder *encoder;
    struct zd_trees *ranker, *look, *topic, *sure;
    struct zd_memory memory;
    struct zd_bytes priors; /* the rows */
    size_t n_priors;
};

static enum zd_status read_priors(struct zd_model *m, struct zd_bytes section, struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(section);
    const uint32_t n = zd_cursor_u32(&c);

    if (section.n == 0)
        return ZD_OK;
    if (section.n < PRIOR_HEAD_BYTES || (section.n - PRIOR_HEAD_BYTES) / PRIOR_BYTES != n ||
        (section.n - PRIOR_HEAD_BYTES) % PRIOR_BYTES != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the model's table of titles does not fit");
    m->priors = (struct zd_bytes){section.p + PRIOR_HEAD_BYTES, section.n - PRIOR_HEAD_BYTES};
    m->n_priors = n;
    return ZD_OK;
}

static enum zd_status read_trees(struct zd_model *m, uint32_t tag, struct zd_trees **ret_trees,
                                 struct zd_error *err)
{
    const struct zd_bytes section = zd_model_file_section(&m->file, tag);

    return section.n > 0 ? zd_trees_read(section, ret_trees, err) : ZD_OK;
}

/* Sketches of another encoder's length say nothing. */
static enum zd_status read_memory(struct zd_model *m, struct zd_error *err)
{
    enum zd_status st =
        zd_memory_open(zd_model_file_section(&m->file, ZD_MODEL_TAG("MEMO")), &m->memory, err);

    if (st == ZD_OK && m->memory.n_questions > 0 &&
        (!m->encoder || zd_encoder_dims(m->encoder) != 8 * m->memory.sketch_bytes))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the model's memory of questions is of another encoder");
    return st;
}

static enum zd_status read_parts(struct zd_model *m, struct zd_error *err)
{
    const struct zd_bytes encoder = zd_model_file_section(&m->file, ZD_MODEL_TAG("ENCO"));
    enum zd_status st = ZD_OK;

    if (encoder.n > 0)
        st = zd_encoder_open(encoder, &m->encoder, err);
    if (st == ZD_OK)
        st = read_trees(m, ZD_MODEL_TAG("RANK"), &m->ranker, err);
    if (st == ZD_OK)
        st = read_trees(m, ZD_MODEL_TAG("LOOK"), &m->look, err);
    if (st == ZD_OK)
        st = read_trees(m, ZD_MODEL_TAG("TOPC"), &m->topic, err);
    if (st == ZD_OK)
        st = read_trees(m, ZD_MODEL_TAG("SURE"), &m->sure, err);
    if (st == ZD_OK)
        st = read_priors(m, zd_model_file_section(&m->file, ZD_MODEL_TAG("PRIO")), err);
    if (st == ZD_OK)
        st = read_memory(m, err);
    return st;
}

static enum zd_status open_bytes(struct zd_model *m, struct zd_bytes bytes, bool sealed,
                                 struct zd_model **ret_model, struct zd_error *err)
{
    enum zd_status st = zd_model_file_open(bytes, sealed, &m->file, err);

    if (st == ZD_OK)
        st = read_parts(m, err);
    if (st != ZD_OK) {
        zd_model_close(m);
        return st;
    }
    *ret_model = m;
    return ZD_OK;
}

enum zd_status zd_model_from_bytes(struct zd_bytes bytes, bool sealed, struct zd_model **ret_model,
                                   struct zd_error *err)
{
    struct zd_model *m = zd_alloc(sizeof *m);

    if (!m)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    return open_bytes(m, bytes, sealed, ret_model, err);
}

enum zd_status zd_model_base(struct zd_model **ret_model, struct zd_error *err)
{
    return zd_model_from_bytes(zd_base_model(), true, ret_model, err);
}

enum zd_status zd_model_open(const char *path, struct zd_model **ret_model, struct zd_error *err)
{
    struct zd_model *m = zd_alloc(sizeof *m);
    enum zd_status st;

    if (!m)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    st = zd_mapping_open(path, ZD_MODEL_MAX_BYTES, &m->mapping, err);
    if (st != ZD_OK) {
        zd_model_close(m);
        return st;
    }
    return open_bytes(m, zd_mapping_bytes(&m->mapping), false, ret_model, err);
}

struct zd_model *zd_model_ref(struct zd_model *m)
{
    atomic_fetch_add(&m->n_more, 1);
    return m;
}

void zd_model_close(struct zd_model *m)
{
    if (!m || atomic_fetch_sub(&m->n_more, 1) > 0)
        return;
    zd_trees_free(m->ranker);
    zd_trees_free(m->look);
    zd_trees_free(m->topic);
    zd_trees_free(m->sure);
    zd_encoder_close(m->encoder);
    zd_mapping_close(&m->mapping);
    zd_free(m);
}

const struct zd_encoder *zd_model_encoder(const struct zd_model *m)
{
    return m->encoder;
}

const struct zd_trees *zd_model_ranker(const struct zd_model *m)
{
    return m->ranker;
}

const struct zd_trees *zd_model_look(const struct zd_model *m)
{
    return m->look;
}

const struct zd_trees *zd_model_topic(const struct zd_model *m)
{
    return m->topic;
}

const struct zd_trees *zd_model_sure(const struct zd_model *m)
{
    return m->sure;
}

const struct zd_memory *zd_model_memory(const struct zd_model *m)
{
    return &m->memory;
}

struct zd_bytes zd_model_section(const struct zd_model *m, uint32_t tag)
{
    return zd_model_file_section(&m->file, tag);
}

size_t zd_model_n_answered(const struct zd_model *m)
{
    return m->n_priors;
}

struct zd_model_answered zd_model_answered(const struct zd_model *m, size_t i)
{
    struct zd_cursor c =
        zd_cursor_of((struct zd_bytes){m->priors.p + i * PRIOR_BYTES, PRIOR_BYTES});
    struct zd_model_answered answered = {.title = zd_cursor_u64(&c)};
    const uint32_t bits = zd_cursor_u32(&c);

    memcpy(&answered.n_questions, &bits, sizeof bits);
    if (!(answered.n_questions >= 0.0F && isfinite(answered.n_questions)))
        answered.n_questions = 0.0F;
    return answered;
}

float zd_model_prior(const struct zd_model *m, zd_term title)
{
    size_t from = 0, to = m->n_priors;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const struct zd_model_answered here = zd_model_answered(m, middle);

        if (here.title == title)
            return logf(1.0F + here.n_questions);
        if (here.title < title)
            from = middle + 1;
        else
            to = middle;
    }
    return 0.0F;
}

static int order_answered(const void *a, const void *b)
{
    const struct zd_model_answered *x = a, *y = b;

    return (x->title > y->title) - (x->title < y->title);
}

enum zd_status zd_model_write_priors(const struct zd_model_answered *answered, size_t n,
                                     struct zd_buf *out, struct zd_error *err)
{
    struct zd_model_answered *sorted = zd_alloc((n + 1) * sizeof *sorted);

    if (!sorted)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    if (n > 0)
        memcpy(sorted, answered, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, order_answered);
    zd_buf_u32(out, (uint32_t)n);
    zd_buf_u32(out, 0);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &sorted[i].n_questions, sizeof bits);
        zd_buf_u64(out, sorted[i].title);
        zd_buf_u32(out, bits);
        zd_buf_u32(out, 0);
    }
    zd_free(sorted);
    return ZD_OK;
}
