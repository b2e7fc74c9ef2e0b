/* encoder.c: see encoder.h. */
#include "semantic/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "semantic/kernel.h"
#include "semantic/vocabulary.h"

#define VERSION 1u
#define HEAD_BYTES 24u
#define HASHED_FROM 24u /* the fingerprint is of what follows */
#define ALIGN 64u
#define MAX_TERMS (1u << 22)
#define MAX_TOKENS (1u << 24)
#define PREFETCH_AHEAD 4

struct zd_encoder {
    struct zd_vocabulary vocabulary; /* number = row */
    uint32_t n_dims, n_terms;
    uint64_t fingerprint;
    const float *scales; /* [n_terms] borrowed from the section */
    const int8_t *rows;  /* [n_terms][n_dims] */
};

static size_t aligned(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* One distance in 7-bit groups. */
static uint64_t read_distance(struct zd_cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = zd_cursor_u8(c);

        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    c->bad = true;
    return 0;
}

static void write_distance(struct zd_buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        zd_buf_byte(out, (uint8_t)(value | 0x80));
    zd_buf_byte(out, (uint8_t)value);
}

static enum zd_status read_terms(struct zd_encoder *e, struct zd_cursor *c, struct zd_error *err)
{
    zd_term term = 0;

    for (uint32_t i = 0; i < e->n_terms; i++) {
        const uint64_t distance = read_distance(c);
        uint32_t number;

        if (c->bad || (distance == 0 && i > 0) || term + distance < term)
            return ZD_FAIL(err, ZD_CORRUPT, HEAD_BYTES, "the model's terms are damaged");
        term += distance;
        if (!zd_vocabulary_take(&e->vocabulary, term, &number))
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    }
    return ZD_OK;
}

static enum zd_status read_section(struct zd_encoder *e, struct zd_bytes s, struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(s);
    const uint32_t version = zd_cursor_u32(&c);
    uint32_t zero;
    size_t at;
    enum zd_status st;

    e->n_dims = zd_cursor_u32(&c);
    e->n_terms = zd_cursor_u32(&c);
    zero = zd_cursor_u32(&c);
    e->fingerprint = zd_cursor_u64(&c);
    if (c.bad || version != VERSION)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "token vectors of another version");
    if (e->n_dims == 0 || e->n_dims > ZD_ENCODER_MAX_DIMS || e->n_dims % 32 != 0 ||
        e->n_terms > MAX_TERMS || zero != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 4, "the model's sizes make no sense");
    st = read_terms(e, &c, err);
    if (st != ZD_OK)
        return st;
    at = aligned(s.n - (size_t)(c.end - c.p));
    if (at > s.n || s.n - at < e->n_terms * sizeof(float))
        return ZD_FAIL(err, ZD_CORRUPT, s.n, "the model ends early");
    e->scales = (const float *)(const void *)(s.p + at);
    at = aligned(at + e->n_terms * sizeof(float));
    if (at > s.n || s.n - at != (size_t)e->n_terms * e->n_dims)
        return ZD_FAIL(err, ZD_CORRUPT, s.n, "the model has another length than its table says");
    e->rows = (const int8_t *)(s.p + at);
    for (size_t i = 0; i < e->n_terms; i++)
        if (!isfinite(e->scales[i]))
            return ZD_FAIL(err, ZD_CORRUPT, i, "a scale of the model is no number");
    return ZD_OK;
}

enum zd_status zd_encoder_open(struct zd_bytes section, struct zd_encoder **ret_encoder,
                               struct zd_error *err)
{
    struct zd_encoder *e;
    enum zd_status st;

    if (((uintptr_t)section.p & (sizeof(float) - 1)) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the model does not lie on a boundary of words");
    e = zd_alloc(sizeof *e);
    if (!e)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    st = read_section(e, section, err);
    if (st != ZD_OK) {
        zd_encoder_close(e);
        return st;
    }
    *ret_encoder = e;
    return ZD_OK;
}

void zd_encoder_close(struct zd_encoder *e)
{
    if (!e)
        return;
    zd_vocabulary_done(&e->vocabulary);
    zd_free(e);
}

uint32_t zd_encoder_dims(const struct zd_encoder *e)
{
    return e->n_dims;
}

uint64_t zd_encoder_fingerprint(const struct zd_encoder *e)
{
    return e->fingerprint;
}

size_t zd_encoder_terms(const struct zd_encoder *e)
{
    return e->n_terms;
}

zd_term zd_encoder_term(const struct zd_encoder *e, size_t i)
{
    return e->vocabulary.terms[i];
}

void zd_encoder_row(const struct zd_encoder *e, size_t i, float *ret_row)
{
    for (size_t k = 0; k < e->n_dims; k++)
        ret_row[k] = e->scales[i] * (float)e->rows[i * e->n_dims + k];
}

void zd_encoder_work_done(struct zd_encoder_work *work)
{
    zd_free(work->rows);
    *work = (struct zd_encoder_work){0};
}

static int order_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The rows of all tokens, ascending. */
static enum zd_status find_rows(const struct zd_encoder *e, struct zd_encoder_work *work,
                                const struct zd_encoder_terms *parts, size_t n_parts, size_t *ret_n,
                                struct zd_error *err)
{
    size_t n = 0, total = 0;

    for (size_t i = 0; i < n_parts; i++)
        total += parts[i].n;
    if (total > MAX_TOKENS)
        return ZD_FAIL(err, ZD_LIMIT, 0, "a text of more tokens than can be encoded");
    if (!zd_grow(&work->rows, &work->cap, total + 1, sizeof *work->rows, MAX_TOKENS + 1))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a vector");
    for (size_t i = 0; i < n_parts; i++)
        for (size_t j = 0; j < parts[i].n; j++) {
            const uint32_t row = zd_vocabulary_find(&e->vocabulary, parts[i].p[j]);

            if (row != UINT32_MAX)
                work->rows[n++] = row;
        }
    qsort(work->rows, n, sizeof *work->rows, order_rows);
    *ret_n = n;
    return ZD_OK;
}

static void quantise(const float *sum, size_t n_dims, int8_t *out)
{
    const float length = sqrtf(zd_semantic__dot(sum, sum, n_dims));
    const float factor =
        length > 0.0F ? (float)ZD_ENCODER_UNIT * sqrtf((float)n_dims) / length : 0.0F;

    for (size_t k = 0; k < n_dims; k++) {
        const float v = sum[k] * factor;

        out[k] = (int8_t)lrintf(v < -127.0F ? -127.0F : v > 127.0F ? 127.0F : v);
    }
}

enum zd_status zd_encoder_encode(const struct zd_encoder *e, struct zd_encoder_work *work,
                                 const struct zd_encoder_terms *parts, size_t n_parts,
                                 int8_t *ret_vector, struct zd_error *err)
{
    const size_t d = e->n_dims;
    float sum[ZD_ENCODER_MAX_DIMS] = {0};
    size_t n = 0;
    enum zd_status st = find_rows(e, work, parts, n_parts, &n, err);

    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < n;) {
        const size_t row = work->rows[i];
        size_t end = i;

        while (end < n && work->rows[end] == row)
            end++;
        if (i + PREFETCH_AHEAD < n)
            __builtin_prefetch(e->rows + work->rows[i + PREFETCH_AHEAD] * d);
        zd_semantic__add_i8(sum, sqrtf((float)(end - i)) * e->scales[row], e->rows + row * d, d);
        i = end;
    }
    quantise(sum, d, ret_vector);
    return ZD_OK;
}

struct term_list {
    zd_term *p;
    size_t n, cap;
};

static bool take_term(void *context, const struct zd_token *token)
{
    struct term_list *list = context;

    if (list->n == list->cap)
        return false;
    list->p[list->n++] = token->term;
    return true;
}

enum zd_status zd_encoder_encode_text(const struct zd_encoder *e, struct zd_str folded,
                                      struct zd_arena *arena, int8_t *ret_vector,
                                      struct zd_error *err)
{
    struct term_list terms = {.cap = 2 * folded.n + 1};
    struct zd_encoder_work work = {0};
    enum zd_status st;

    terms.p = zd_arena_array(arena, terms.cap, sizeof *terms.p);
    if (!terms.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a vector");
    zd_tokens(folded, take_term, &terms);
    st = zd_encoder_encode(e, &work, &(struct zd_encoder_terms){terms.p, terms.n}, 1, ret_vector,
                           err);
    zd_encoder_work_done(&work);
    return st;
}

float zd_encoder_cosine(const struct zd_encoder *e, int32_t dot)
{
    return (float)dot / (float)(ZD_ENCODER_UNIT * ZD_ENCODER_UNIT * e->n_dims);
}

/* ---- writing ---- */

struct placed_term {
    zd_term term;
    uint32_t row; /* in the source */
};

static int order_terms(const void *a, const void *b)
{
    const struct placed_term *x = a, *y = b;

    return (x->term > y->term) - (x->term < y->term);
}

static void pad(struct zd_buf *out, size_t from)
{
    while (!out->bad && (out->n - from) % ALIGN != 0)
        zd_buf_byte(out, 0);
}

/* The scale of a row: its largest component takes 127. */
static float scale_of(const struct zd_encoder_source *s, size_t row, float *ret_step)
{
    float max = 0.0F;

    for (size_t k = 0; k < s->n_dims; k++)
        max = fmaxf(max, fabsf(s->e[row * s->n_dims + k]));
    *ret_step = max / 127.0F;
    return expf(s->w[row]) * *ret_step;
}

static void write_rows(const struct zd_encoder_source *s, const struct placed_term *order,
                       struct zd_buf *out, size_t from)
{
    float step;

    for (size_t i = 0; i < s->n_terms; i++) {
        const float scale = scale_of(s, order[i].row, &step);

        zd_buf_add(out, &scale, sizeof scale);
    }
    pad(out, from);
    for (size_t i = 0; i < s->n_terms; i++) {
        int8_t row[ZD_ENCODER_MAX_DIMS];

        (void)scale_of(s, order[i].row, &step);
        for (size_t k = 0; k < s->n_dims; k++)
            row[k] = (int8_t)(step > 0.0F ? lrintf(s->e[order[i].row * s->n_dims + k] / step) : 0);
        zd_buf_add(out, row, s->n_dims);
    }
}

enum zd_status zd_encoder_write(const struct zd_encoder_source *s, struct zd_buf *out,
                                struct zd_error *err)
{
    const size_t from = out->n;
    struct placed_term *order = zd_alloc(((size_t)s->n_terms + 1) * sizeof *order);
    zd_term before = 0;

    if (!order)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    for (uint32_t i = 0; i < s->n_terms; i++)
        order[i] = (struct placed_term){s->terms[i], i};
    qsort(order, s->n_terms, sizeof *order, order_terms);
    zd_buf_u32(out, VERSION);
    zd_buf_u32(out, s->n_dims);
    zd_buf_u32(out, s->n_terms);
    zd_buf_u32(out, 0);
    zd_buf_u64(out, 0);
    for (uint32_t i = 0; i < s->n_terms; i++) {
        write_distance(out, order[i].term - before);
        before = order[i].term;
    }
    pad(out, from);
    write_rows(s, order, out, from);
    zd_free(order);
    if (!out->bad) {
        const uint64_t fingerprint = zd_hash64(
            (struct zd_bytes){out->p + from + HASHED_FROM, out->n - from - HASHED_FROM}, s->n_dims);

        memcpy(out->p + from + HASHED_FROM - sizeof fingerprint, &fingerprint, sizeof fingerprint);
    }
    return ZD_OK;
}
