/* memory.c: see memory.h. */
#include "semantic/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 16u
#define ANSWER_BYTES 16u
#define PI 3.14159265F

struct zd_memory_answer zd_memory_answer_at(const struct zd_memory *m, size_t i)
{
    struct zd_cursor c =
        zd_cursor_of((struct zd_bytes){m->answers + i * ANSWER_BYTES, ANSWER_BYTES});
    struct zd_memory_answer answer = {.text = zd_cursor_u64(&c)};

    answer.question = zd_cursor_u32(&c);
    return answer;
}

static bool are_in_order(const struct zd_memory *m)
{
    uint64_t before = 0;

    for (size_t i = 0; i < m->n_answers; i++) {
        const struct zd_memory_answer a = zd_memory_answer_at(m, i);

        if (a.text < before || a.question >= m->n_questions)
            return false;
        before = a.text;
    }
    return true;
}

enum zd_status zd_memory_open(struct zd_bytes section, struct zd_memory *ret_memory,
                              struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(section);
    struct zd_memory m = {0};
    uint64_t sketches;

    *ret_memory = m;
    if (section.n == 0)
        return ZD_OK;
    m.n_questions = zd_cursor_u32(&c);
    m.sketch_bytes = zd_cursor_u32(&c);
    m.n_answers = zd_cursor_u32(&c);
    sketches = (uint64_t)m.n_questions * m.sketch_bytes;
    if (section.n < HEAD_BYTES || m.sketch_bytes == 0 || m.sketch_bytes > ZD_MEMORY_SKETCH_MAX ||
        section.n - HEAD_BYTES != sketches + (uint64_t)m.n_answers * ANSWER_BYTES)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the model's memory of questions does not fit");
    m.sketches = section.p + HEAD_BYTES;
    m.answers = m.sketches + sketches;
    if (!are_in_order(&m))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the model's memory of questions is out of order");
    *ret_memory = m;
    return ZD_OK;
}

void zd_memory_sketch(const int8_t *vector, uint32_t n_dims, uint8_t *ret_sketch)
{
    memset(ret_sketch, 0, n_dims / 8);
    for (uint32_t k = 0; k < n_dims; k++)
        if (vector[k] >= 0)
            ret_sketch[k / 8] |= (uint8_t)(1u << (k % 8));
}

uint64_t zd_memory_text(const uint8_t *sha256)
{
    struct zd_cursor c = zd_cursor_of((struct zd_bytes){sha256, 8});

    return zd_cursor_u64(&c);
}

/* The first answer of a text that is not below this one. */
static uint32_t lower_bound(const struct zd_memory *m, uint64_t text)
{
    uint32_t from = 0, to = m->n_answers;

    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;

        if (zd_memory_answer_at(m, middle).text < text)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct zd_memory_run zd_memory_of_text(const struct zd_memory *m, uint64_t text)
{
    struct zd_memory_run run = {.first = lower_bound(m, text)};

    while (run.first + run.n < m->n_answers &&
           zd_memory_answer_at(m, run.first + run.n).text == text)
        run.n++;
    return run;
}

static uint32_t differing_bits(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    uint32_t bits = 0;

    for (uint32_t k = 0; k < n; k++)
        bits += (uint32_t)__builtin_popcount(a[k] ^ b[k]);
    return bits;
}

struct zd_memory_match zd_memory_match(const struct zd_memory *m, struct zd_memory_run run,
                                       const uint8_t *sketch, bool but_same)
{
    struct zd_memory_match match = {0};

    for (uint32_t i = run.first; i < run.first + run.n; i++) {
        const uint8_t *known =
            m->sketches + (size_t)zd_memory_answer_at(m, i).question * m->sketch_bytes;
        const uint32_t bits = differing_bits(sketch, known, m->sketch_bytes);

        if (but_same && 2 * bits <= m->sketch_bytes) /* 1 sign in 16 */
            continue;
        match.n++;
        match.same = match.same || bits == 0;
        match.alike = fmaxf(match.alike, cosf(PI * (float)bits / (float)(8 * m->sketch_bytes)));
    }
    return match;
}

static int order_answers(const void *a, const void *b)
{
    const struct zd_memory_answer *x = a, *y = b;

    if (x->text != y->text)
        return x->text > y->text ? 1 : -1;
    return (x->question > y->question) - (x->question < y->question);
}

enum zd_status zd_memory_write(const struct zd_memory_source *source, struct zd_buf *out,
                               struct zd_error *err)
{
    struct zd_memory_answer *sorted = zd_alloc((source->n_answers + 1u) * sizeof *sorted);

    if (!sorted)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the model");
    if (source->n_answers > 0)
        memcpy(sorted, source->answers, source->n_answers * sizeof *sorted);
    qsort(sorted, source->n_answers, sizeof *sorted, order_answers);
    zd_buf_u32(out, source->n_questions);
    zd_buf_u32(out, source->sketch_bytes);
    zd_buf_u32(out, source->n_answers);
    zd_buf_u32(out, 0);
    zd_buf_add(out, source->sketches, (size_t)source->n_questions * source->sketch_bytes);
    for (size_t i = 0; i < source->n_answers; i++) {
        zd_buf_u64(out, sorted[i].text);
        zd_buf_u32(out, sorted[i].question);
        zd_buf_u32(out, 0);
    }
    zd_free(sorted);
    return ZD_OK;
}
