/* checkpoint.c: see checkpoint.h. */
#include "semantic/checkpoint.h"

#include <string.h>

#include "base/buf.h"
#include "base/durable.h"
#include "base/mapping.h"

#define MAGIC UINT32_C(0x5354445a) /* ZDTS */
#define VERSION 1u
#define HEAD_BYTES 96u
#define OPTIONS_MAX_BYTES 256
#define MAX_BYTES ((size_t)8 << 30)

/* ---- binding ---- */

static void add_float(struct zd_buf *out, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    zd_buf_u32(out, bits);
}

/* What of the options changes the steps: not the threads, nor who watches. */
static void add_options(struct zd_buf *out, const struct zd_stage_options *o)
{
    zd_buf_u32(out, o->n_steps);
    zd_buf_u32(out, o->stop_at);
    zd_buf_u32(out, o->batch);
    for (int i = 0; i < ZD_PAIR_KINDS; i++)
        add_float(out, o->shares[i]);
    add_float(out, o->temperature);
    add_float(out, o->rate);
    add_float(out, o->drop);
    zd_buf_u32(out, o->n_hard);
    zd_buf_u32(out, o->mine_every);
    zd_buf_u32(out, o->left_out);
    zd_buf_u32(out, o->look_every);
    zd_buf_u32(out, o->patience);
    zd_buf_u64(out, o->seed);
}

struct part {
    const void *p;
    size_t n, each;
};

enum zd_status zd_checkpoint_bind(const struct zd_parameters *p, const struct zd_corpus_view *c,
                                  const struct zd_stage_options *options,
                                  uint8_t ret_binding[ZD_SHA256_BYTES], struct zd_error *err)
{
    const size_t n_tokens =
        c->n_texts ? c->texts[c->n_texts - 1].from + (size_t)c->texts[c->n_texts - 1].n : 0;
    const size_t n_relevant = c->n_questions ? c->questions[c->n_questions - 1].first_relevant +
                                                   (size_t)c->questions[c->n_questions - 1].n
                                             : 0;
    const struct part parts[] = {
        {c->tokens, n_tokens, sizeof *c->tokens},
        {c->texts, c->n_texts, sizeof *c->texts},
        {c->passages, c->n_passages, sizeof *c->passages},
        {c->pairs, c->n_pairs, sizeof *c->pairs},
        {c->questions, c->n_questions, sizeof *c->questions},
        {c->relevant, n_relevant, sizeof *c->relevant},
        {c->terms, c->n_rows, sizeof *c->terms},
        {c->idf, c->n_rows, sizeof *c->idf},
        {p->e, (size_t)p->n_rows * p->n_dims, sizeof *p->e},
        {p->w, p->n_rows, sizeof *p->w},
    };
    struct zd_buf all = {.max = OPTIONS_MAX_BYTES + (ZD_COUNT(parts) + 1) * ZD_SHA256_BYTES};
    uint8_t hash[ZD_SHA256_BYTES];
    enum zd_status st = ZD_OK;

    zd_buf_u32(&all, VERSION);
    zd_buf_u32(&all, p->n_rows);
    zd_buf_u32(&all, p->n_dims);
    add_options(&all, options);
    for (size_t i = 0; st == ZD_OK && i < ZD_COUNT(parts); i++) {
        st = zd_sha256((struct zd_bytes){parts[i].p, parts[i].n * parts[i].each}, hash, err);
        if (st == ZD_OK)
            zd_buf_add(&all, hash, sizeof hash);
    }
    if (st == ZD_OK)
        st = zd_buf_check(&all, "the checkpoint's hash", err);
    if (st == ZD_OK)
        st = zd_sha256(zd_str_bytes(zd_buf_view(&all)), ret_binding, err);
    zd_buf_done(&all);
    return st;
}

/* ---- writing ---- */

static void add_head(struct zd_buf *out, const uint8_t binding[ZD_SHA256_BYTES],
                     const struct zd_training_state *s, const struct zd_parameters *p)
{
    zd_buf_u32(out, MAGIC);
    zd_buf_u32(out, VERSION);
    zd_buf_add(out, binding, ZD_SHA256_BYTES);
    zd_buf_u32(out, s->step);
    zd_buf_u32(out, s->is_finished);
    zd_buf_u64(out, s->random);
    add_float(out, s->loss);
    zd_buf_u32(out, s->n_losses);
    zd_buf_u32(out, s->n_looks);
    zd_buf_u32(out, s->best_step > 0 && !s->is_finished); /* has_best */
    zd_buf_u32(out, s->best_step);
    add_float(out, s->best);
    zd_buf_u32(out, p->n_rows);
    zd_buf_u32(out, p->n_dims);
    zd_buf_u32(out, s->is_finished ? 0 : s->n_hard);
    zd_buf_u32(out, 0);
}

/* A file that is written, and the sum of its bytes. */
struct out {
    struct zd_durable_file *file;
    uint32_t crc;
};

static void add(struct out *out, const void *p, size_t n)
{
    const struct zd_bytes bytes = {p, n};

    out->crc = zd_crc32c(out->crc, bytes);
    zd_durable_add(out->file, bytes);
}

static void add_arrays(struct out *out, const struct zd_training_state *s,
                       const struct zd_parameters *p)
{
    const size_t n_weights = p->n_rows * sizeof(float), n_vectors = n_weights * p->n_dims;

    add(out, p->e, n_vectors);
    add(out, p->w, n_weights);
    if (s->is_finished)
        return;
    add(out, p->h, n_vectors);
    add(out, p->v, n_weights);
    if (s->best_step > 0) {
        add(out, s->best_e, n_vectors);
        add(out, s->best_w, n_weights);
    }
    if (s->n_hard > 0)
        add(out, s->hard, s->n_hard * sizeof *s->hard);
}

enum zd_status zd_checkpoint_write(const char *path, const uint8_t binding[ZD_SHA256_BYTES],
                                   const struct zd_training_state *state,
                                   const struct zd_parameters *p, struct zd_error *err)
{
    struct zd_buf head = {.max = HEAD_BYTES}, tail = {.max = sizeof(uint32_t)};
    struct out out = {0};
    enum zd_status st;

    add_head(&head, binding, state, p);
    st = zd_buf_check(&head, "the head of a checkpoint", err);
    if (st == ZD_OK)
        st = zd_durable_begin(path, &out.file, err);
    if (st == ZD_OK) {
        add(&out, head.p, head.n);
        add_arrays(&out, state, p);
        zd_buf_u32(&tail, out.crc);
        st = zd_buf_check(&tail, "the end of a checkpoint", err);
        if (st == ZD_OK) {
            zd_durable_add(out.file, zd_str_bytes(zd_buf_view(&tail)));
            st = zd_durable_commit(out.file, err);
        } else {
            zd_durable_abort(out.file);
        }
    }
    zd_buf_done(&head);
    zd_buf_done(&tail);
    return st;
}

/* ---- reading ---- */

static float cursor_float(struct zd_cursor *c)
{
    const uint32_t bits = zd_cursor_u32(c);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The head; what of it does not fit the stage is damage. */
static enum zd_status read_head(struct zd_cursor *c, const uint8_t binding[ZD_SHA256_BYTES],
                                const struct zd_training_state *place,
                                const struct zd_parameters *p, struct zd_training_state *ret,
                                bool *ret_has_best, struct zd_error *err)
{
    const uint32_t magic = zd_cursor_u32(c), version = zd_cursor_u32(c);
    const struct zd_bytes bound = zd_cursor_bytes(c, ZD_SHA256_BYTES);
    uint32_t n_rows, n_dims;

    if (c->bad || magic != MAGIC || version != VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "no checkpoint of version %u", VERSION);
    if (memcmp(bound.p, binding, ZD_SHA256_BYTES) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 8, "a checkpoint of other texts, options or seed");
    *ret = *place;
    ret->step = zd_cursor_u32(c);
    ret->is_finished = zd_cursor_u32(c) != 0;
    ret->random = zd_cursor_u64(c);
    ret->loss = cursor_float(c);
    ret->n_losses = zd_cursor_u32(c);
    ret->n_looks = zd_cursor_u32(c);
    *ret_has_best = zd_cursor_u32(c) != 0;
    ret->best_step = zd_cursor_u32(c);
    ret->best = cursor_float(c);
    n_rows = zd_cursor_u32(c);
    n_dims = zd_cursor_u32(c);
    ret->n_hard = zd_cursor_u32(c);
    (void)zd_cursor_u32(c);
    if (c->bad || n_rows != p->n_rows || n_dims != p->n_dims ||
        (!ret->is_finished && ret->n_hard != place->n_hard) || (*ret_has_best && !place->best_e))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a checkpoint of another size");
    return ZD_OK;
}

static void take(struct zd_cursor *c, void *to, size_t n)
{
    const struct zd_bytes bytes = zd_cursor_bytes(c, n);

    if (!c->bad && n > 0) /* a stage without hard negatives has no room for them */
        memcpy(to, bytes.p, n);
}

static size_t arrays_bytes(const struct zd_training_state *s, const struct zd_parameters *p,
                           bool has_best)
{
    const size_t table = ((size_t)p->n_dims + 1) * p->n_rows * sizeof(float);

    return s->is_finished ? table : table * (has_best ? 3 : 2) + s->n_hard * sizeof *s->hard;
}

static enum zd_status read_bytes(struct zd_bytes bytes, const uint8_t binding[ZD_SHA256_BYTES],
                                 struct zd_training_state *state, struct zd_parameters *p,
                                 struct zd_error *err)
{
    const size_t n_weights = p->n_rows * sizeof(float), n_vectors = n_weights * p->n_dims;
    struct zd_cursor c = zd_cursor_of(bytes), end;
    struct zd_training_state read;
    bool has_best = false;
    enum zd_status st = read_head(&c, binding, state, p, &read, &has_best, err);

    if (st != ZD_OK)
        return st;
    if (bytes.n != HEAD_BYTES + arrays_bytes(&read, p, has_best) + sizeof(uint32_t))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a checkpoint cut short");
    end = zd_cursor_of((struct zd_bytes){bytes.p + bytes.n - sizeof(uint32_t), sizeof(uint32_t)});
    if (zd_crc32c(0, (struct zd_bytes){bytes.p, bytes.n - sizeof(uint32_t)}) != zd_cursor_u32(&end))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "a checkpoint with damaged bytes");
    take(&c, p->e, n_vectors);
    take(&c, p->w, n_weights);
    if (!read.is_finished) {
        take(&c, p->h, n_vectors);
        take(&c, p->v, n_weights);
        if (has_best) {
            take(&c, read.best_e, n_vectors);
            take(&c, read.best_w, n_weights);
        }
        take(&c, read.hard, read.n_hard * sizeof *read.hard);
    }
    *state = read;
    return ZD_OK;
}

enum zd_status zd_checkpoint_read(const char *path, const uint8_t binding[ZD_SHA256_BYTES],
                                  struct zd_training_state *state, struct zd_parameters *p,
                                  struct zd_error *err)
{
    struct zd_mapping file = {0};
    enum zd_status st = zd_mapping_open(path, MAX_BYTES, &file, err);

    if (st == ZD_OK)
        st = read_bytes(zd_mapping_bytes(&file), binding, state, p, err);
    if (st == ZD_OK && zd_mapping_is_lost(&file))
        st = ZD_FAIL(err, ZD_IO, 0, "%s could not be read", path);
    zd_mapping_close(&file);
    return st;
}
