/* bench_vectors.c: see bench_vectors.h. */
#include "desk/bench_vectors.h"

#include <stdlib.h>

#include "base/caps.h"
#include "base/date.h"
#include "index/vectors.h"
#include "semantic/model.h"

#define ASKED_MAX 200u
#define ROUNDS 3
#define ENCODED 16 /* times a question is made a vector: once is too quick to time */
#define TOP 100u

struct zd_bench_vector_run {
    const struct zd_index *index;
    const struct zd_encoder *encoder;
    struct zd_encoder_work work;
    struct zd_index_vectors shape;
    struct zd_index_hit exact[TOP], near[TOP];
    double exact_ms[ASKED_MAX], signs_ms[ASKED_MAX], encode_us[ASKED_MAX];
    double encode_us_all;
    uint64_t n_tokens;
    uint32_t n;
    uint64_t n_wanted, n_found;
};

enum zd_status zd_bench_vectors_begin(const struct zd_index *index, const struct zd_model *model,
                                      struct zd_bench_vector_run **ret_run, struct zd_error *err)
{
    const struct zd_encoder *encoder = zd_model_encoder(model);
    struct zd_bench_vector_run *run;
    struct zd_index_vectors shape;

    *ret_run = NULL;
    zd_index_vectors_info(index, &shape);
    if (!encoder || shape.n_vectors == 0 || shape.n_dims != zd_encoder_dims(encoder) ||
        shape.model != zd_encoder_fingerprint(encoder))
        return ZD_OK;
    run = zd_alloc(sizeof *run);
    if (!run)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the vectors");
    run->index = index;
    run->encoder = encoder;
    run->shape = shape;
    *ret_run = run;
    return ZD_OK;
}

/* The best time of one kind of search so far, in milliseconds. */
static enum zd_status timed(const struct zd_bench_vector_run *run,
                            const struct zd_index_vector_query *query, struct zd_index_hit *hits,
                            size_t *ret_n, double *best_ms, struct zd_error *err)
{
    const uint64_t begun = zd_clock_mono_us();
    const enum zd_status st = zd_index_search_vectors(run->index, query, hits, ret_n, err);
    const double ms = (double)(zd_clock_mono_us() - begun) / 1e3;

    *best_ms = ms < *best_ms ? ms : *best_ms;
    return st;
}

static size_t shared(const struct zd_index_hit *a, size_t n, const struct zd_index_hit *b, size_t m)
{
    size_t both = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            both += a[i].id == b[k].id;
    return both;
}

static enum zd_status encode(struct zd_bench_vector_run *run, const struct zd_token_list *tokens,
                             int8_t *ret_vector, struct zd_error *err)
{
    zd_term *terms = zd_alloc((tokens->n + 1) * sizeof *terms);
    uint64_t begun;
    enum zd_status st = ZD_OK;

    if (!terms)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a question");
    for (size_t i = 0; i < tokens->n; i++)
        terms[i] = tokens->p[i].term;
    begun = zd_clock_mono_us();
    for (int i = 0; i < ENCODED && st == ZD_OK; i++)
        st = zd_encoder_encode(run->encoder, &run->work,
                               &(struct zd_encoder_terms){terms, tokens->n}, 1, ret_vector, err);
    run->encode_us[run->n] = (double)(zd_clock_mono_us() - begun) / ENCODED;
    run->encode_us_all += run->encode_us[run->n];
    run->n_tokens += tokens->n;
    zd_free(terms);
    return st;
}

enum zd_status zd_bench_vectors_ask(struct zd_bench_vector_run *run,
                                    const struct zd_token_list *tokens, struct zd_error *err)
{
    int8_t vector[ZD_INDEX_DIMS_MAX];
    struct zd_index_vector_query query = {
        .vector = vector, .n_dims = run->shape.n_dims, .model = run->shape.model, .top = TOP};
    double exact_ms = 1e9, signs_ms = 1e9;
    size_t n_exact = 0, n_near = 0;
    enum zd_status st;

    if (run->n == ASKED_MAX)
        return ZD_OK;
    st = encode(run, tokens, vector, err);
    for (int round = 0; round < ROUNDS && st == ZD_OK; round++) {
        query.exact = true;
        st = timed(run, &query, run->exact, &n_exact, &exact_ms, err);
        query.exact = false;
        if (st == ZD_OK)
            st = timed(run, &query, run->near, &n_near, &signs_ms, err);
    }
    if (st != ZD_OK)
        return st;
    run->n_wanted += n_exact;
    run->n_found += shared(run->exact, n_exact, run->near, n_near);
    run->exact_ms[run->n] = exact_ms;
    run->signs_ms[run->n++] = signs_ms;
    return ZD_OK;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

void zd_bench_vectors_end(struct zd_bench_vector_run *run, struct zd_bench_vectors *ret_figures)
{
    struct zd_bench_vectors f = {0};

    if (run && run->n > 0) {
        qsort(run->exact_ms, run->n, sizeof *run->exact_ms, by_size);
        qsort(run->signs_ms, run->n, sizeof *run->signs_ms, by_size);
        f.n_vectors = run->shape.n_vectors;
        f.n_dims = run->shape.n_dims;
        f.n_questions = run->n;
        qsort(run->encode_us, run->n, sizeof *run->encode_us, by_size);
        f.encode_us = run->encode_us[run->n / 2];
        f.tokens_m_s =
            (double)run->n_tokens / (run->encode_us_all > 0.0 ? run->encode_us_all : 1.0);
        f.exact_ms = run->exact_ms[run->n / 2];
        f.signs_ms = run->signs_ms[run->n / 2];
        f.exact_gb_s = (double)f.n_vectors * f.n_dims / 1e6 / (f.exact_ms > 0 ? f.exact_ms : 1e-3);
        f.recall = (double)run->n_found / (double)(run->n_wanted ? run->n_wanted : 1);
    }
    if (run)
        zd_encoder_work_done(&run->work);
    zd_free(run);
    *ret_figures = f;
}
