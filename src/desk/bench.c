/* bench.c: see bench.h.
 *
 *   1. a sample of passages with their texts, spread over the documents
 *   2. decoding: every long posting list, best of three
 *   3. latency: questions cut from the sample, each asked twice, the second time counts; some of
 *      them as vectors
 *   4. building: the sample into a new index in the folder handed in
 *   5. read bandwidth: a 256 MB buffer summed, best of five; last, because the peak of memory is
 *      taken before it
 */
#include "desk/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/durable.h"
#include "base/utf8.h"
#include "desk/bench_vectors.h"
#include "desk/desk.h"
#include "index/measure.h"
#include "ingest/postings.h"
#include "store/document.h"
#include "store/passage.h"
#include "store/version.h"
#include "text/text.h"

#define SAMPLE_PASSAGES 30000u
#define SAMPLE_ARENA_BYTES (160 * ZD_MiB)
#define SAMPLE_PAGE 16u
#define SAMPLE_MIN 50u
#define READ_BYTES (256 * ZD_MiB)
#define READ_TIMES 5
#define DECODE_TIMES 3
#define DECODE_MIN_PASSAGES 128u /* lists of whole blocks */
#define QUESTIONS 200u           /* of each length */
#define VECTOR_QUESTIONS 50u
#define QUESTION_TRIES 20u
#define QUESTION_ARENA_BYTES (64 * ZD_MiB)
#define INDEX_TOP 100u
#define SEARCH_TOP 10u
#define STAGES 5u

static const struct {
    uint32_t n_min, n_max;
} lengths[ZD_BENCH_LENGTHS] = {{3, 5}, {10, 19}, {20, 39}, {40, 80}};

struct sampled {
    struct zd_str title;
    struct zd_stored_passage passage;
};

struct bench {
    const struct zd_bench_options *options;
    struct zd_arena *arena; /* the sample's */
    struct sampled *sample; /* [n] */
    size_t n, n_bytes;
    uint64_t random;
    struct zd_bench_figures figures;
};

static enum zd_status stage(struct bench *b, unsigned number, struct zd_error *err)
{
    if (b->options->cancel && atomic_load(b->options->cancel))
        return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
    if (b->options->on_stage)
        b->options->on_stage(b->options->context, number, STAGES);
    return ZD_OK;
}

/* The same sequence every time (splitmix64), so that two runs ask the same. */
static size_t draw(struct bench *b, size_t below)
{
    uint64_t z = b->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ z >> 31) % below);
}

/* ---- the sample ---- */

static enum zd_status sample_version(struct bench *b, struct zd_store *store,
                                     const struct zd_version *version, struct zd_error *err)
{
    struct zd_stored_passage_list list = {0};
    enum zd_status st = zd_passage_of_version(store, zd_subject_owner(), version->key, 0,
                                              SAMPLE_PASSAGES - b->n, true, b->arena, &list, err);

    for (size_t i = 0; st == ZD_OK && i < list.n && b->n < SAMPLE_PASSAGES; i++) {
        b->sample[b->n++] = (struct sampled){version->title, list.p[i]};
        b->n_bytes += list.p[i].text.n;
    }
    return st;
}

/* One page of documents behind `after`. */
static enum zd_status sample_page(struct bench *b, struct zd_store *store, int64_t after,
                                  struct zd_error *err)
{
    struct zd_document_list documents = {0};
    enum zd_status st =
        zd_document_page(store, zd_subject_owner(), after, SAMPLE_PAGE, b->arena, &documents, err);

    for (size_t i = 0; st == ZD_OK && i < documents.n && b->n < SAMPLE_PASSAGES; i++) {
        struct zd_version_list versions = {0};

        st = zd_version_of_document(store, zd_subject_owner(), documents.p[i].key, b->arena,
                                    &versions, err);
        if (st == ZD_OK && versions.n > 0)
            st = sample_version(b, store, &versions.p[versions.n - 1], err);
    }
    return st;
}

/* Pages at even distances, so that a large office gives passages of all its parts. A full arena
 * ends the sample early. */
static enum zd_status take_sample(struct bench *b, struct zd_store *store, struct zd_error *err)
{
    struct zd_store_figures f = {0};
    enum zd_status st = zd_store_figures(store, zd_subject_owner(), &f, err);
    uint64_t wanted, step;

    if (st != ZD_OK)
        return st;
    wanted = f.n_passages ? f.n_documents * SAMPLE_PASSAGES / f.n_passages : 0;
    wanted = wanted < f.n_documents ? wanted : f.n_documents;
    step = wanted / SAMPLE_PAGE ? f.n_documents / (wanted / SAMPLE_PAGE + 1) : SAMPLE_PAGE;
    if (step < SAMPLE_PAGE)
        step = SAMPLE_PAGE;
    for (uint64_t after = 0; after < f.n_documents && b->n < SAMPLE_PASSAGES; after += step) {
        st = sample_page(b, store, (int64_t)after, err);
        if (st == ZD_NOMEM && b->n >= SAMPLE_MIN && zd_arena_overflowed(b->arena))
            return ZD_OK;
        if (st != ZD_OK)
            return st;
    }
    if (b->n < SAMPLE_MIN)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "an office of fewer than %u passages cannot be measured, add texts first",
                       SAMPLE_MIN);
    return ZD_OK;
}

/* ---- memory ---- */

static uint64_t sum_of(const uint64_t *p, size_t n)
{
    uint64_t sums[8] = {0};

    for (size_t i = 0; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += p[i + k];
    for (size_t k = 1; k < 8; k++)
        sums[0] += sums[k];
    return sums[0];
}

static enum zd_status measure_read(struct bench *b, struct zd_error *err)
{
    const size_t n = READ_BYTES / sizeof(uint64_t);
    uint64_t *p = zd_alloc(READ_BYTES);
    volatile uint64_t seen = 0;
    uint64_t best = UINT64_MAX;

    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the bandwidth");
    for (size_t i = 0; i < n; i++)
        p[i] = i; /* real pages, not the one page of zeros */
    for (int t = 0; t < READ_TIMES; t++) {
        const uint64_t begun = zd_clock_mono_us();
        uint64_t took;

        seen = seen + sum_of(p, n);
        took = zd_clock_mono_us() - begun;
        best = took < best ? took : best;
    }
    zd_free(p);
    b->figures.read_gb_s = (double)READ_BYTES / 1e3 / (double)(best ? best : 1);
    return ZD_OK;
}

/* ---- decoding ---- */

static enum zd_status measure_decode(struct bench *b, const struct zd_index *index,
                                     struct zd_error *err)
{
    struct zd_bench_figures *f = &b->figures;
    struct zd_index_figures shape;

    zd_index_figures(index, &shape);
    f->n_passages = shape.n_passages;
    f->n_postings = shape.n_postings;
    f->n_index_bytes = shape.n_bytes;
    f->n_segments = shape.n_segments;
    for (int t = 0; t < DECODE_TIMES; t++) {
        struct zd_index_measure m = {0};
        enum zd_status st = zd_index_measure(index, DECODE_MIN_PASSAGES, &m, err);
        double us = (double)(m.us ? m.us : 1);

        if (st != ZD_OK)
            return st;
        if ((double)m.n_postings / us > f->postings_m_s) {
            f->postings_m_s = (double)m.n_postings / us;
            f->decode_gb_s = (double)m.n_bytes / 1e3 / us;
        }
    }
    return ZD_OK;
}

/* ---- questions ---- */

struct asking {
    struct bench *bench;
    struct zd_office *office;
    const struct zd_index *index;
    struct zd_arena *arena; /* of one question */
    struct zd_desk *desk;
    double *index_ms, *search_ms; /* [QUESTIONS] */
};

/* A run of a passage's text with a wanted number of tokens, cut from the token offsets of its
 * folded form; empty where the passage is too short. In the question arena. */
static enum zd_status cut_question(struct asking *a, uint32_t n_min, uint32_t n_max,
                                   struct zd_str *ret_question, struct zd_error *err)
{
    const struct sampled *s = &a->bench->sample[draw(a->bench, a->bench->n)];
    const size_t wanted = n_min + draw(a->bench, n_max - n_min + 1);
    struct zd_token_list tokens = {0};
    struct zd_str folded = {0};
    enum zd_status st = zd_tokens_of(s->passage.text, a->arena, &folded, &tokens, err);
    size_t first, last;

    *ret_question = (struct zd_str){0};
    if (st != ZD_OK || tokens.n < wanted)
        return st;
    first = draw(a->bench, tokens.n - wanted + 1);
    last = first + wanted - 1;
    if (last > first && tokens.p[last].kind == ZD_TOKEN_PAIR && last + 1 < tokens.n)
        last++; /* a pair counts with its second character */
    *ret_question = zd_str_cut(folded, tokens.p[first].start, tokens.p[last].end);
    if (ret_question->n > ZD_QUESTION_MAX_BYTES)
        *ret_question = (struct zd_str){0};
    return st;
}

static int by_term(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Fold, tokens, distinct terms weighted by their counts, the best passages. */
static enum zd_status ask_index(struct asking *a, struct zd_str question, double *ret_terms,
                                struct zd_error *err)
{
    struct zd_index_hit *hits = zd_arena_array(a->arena, INDEX_TOP, sizeof *hits);
    struct zd_token_list tokens = {0};
    struct zd_str folded;
    uint64_t *terms;
    float *weights;
    struct zd_index_query query = {
        .field_weights = {1.5f, 1, 1}, .field_b = {0, 0, 0.6f}, .k1 = 0.9f, .top = INDEX_TOP};
    size_t n_hits = 0;
    enum zd_status st = zd_tokens_of(question, a->arena, &folded, &tokens, err);

    if (st != ZD_OK)
        return st;
    terms = zd_arena_array(a->arena, tokens.n + 1, sizeof *terms);
    weights = zd_arena_array(a->arena, tokens.n + 1, sizeof *weights);
    if (!hits || !terms || !weights)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a question");
    for (size_t i = 0; i < tokens.n; i++)
        terms[i] = tokens.p[i].term;
    if (tokens.n > 0)
        qsort(terms, tokens.n, sizeof *terms, by_term);
    for (size_t i = 0; i < tokens.n; i++) {
        if (query.n_terms == 0 || terms[query.n_terms - 1] != terms[i])
            terms[query.n_terms++] = terms[i];
        weights[query.n_terms - 1] += 1;
    }
    query.terms = terms;
    query.weights = weights;
    *ret_terms = (double)query.n_terms;
    return zd_index_search(a->index, &query, hits, &n_hits, err);
}

static enum zd_status ask_desk(struct asking *a, struct zd_str question, struct zd_error *err)
{
    const struct zd_ask ask = {.question = question};
    struct zd_search found = {0};

    return zd_desk_search(a->desk, zd_subject_owner(), &ask, SEARCH_TOP, a->arena, &found, err);
}

/* One question, both ways, twice each; the second time counts. */
static enum zd_status time_question(struct asking *a, struct zd_str question, uint32_t number,
                                    double *ret_terms, struct zd_error *err)
{
    enum zd_status st = ZD_OK;
    uint64_t begun = 0;

    for (int t = 0; t < 2 && st == ZD_OK; t++) {
        begun = zd_clock_mono_us();
        st = ask_index(a, question, ret_terms, err);
    }
    a->index_ms[number] = (double)(zd_clock_mono_us() - begun) / 1e3;
    for (int t = 0; t < 2 && st == ZD_OK; t++) {
        begun = zd_clock_mono_us();
        st = ask_desk(a, question, err);
    }
    a->search_ms[number] = (double)(zd_clock_mono_us() - begun) / 1e3;
    return st;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static struct zd_bench_times times_of(double *ms, uint32_t n)
{
    if (n == 0)
        return (struct zd_bench_times){0};
    qsort(ms, n, sizeof *ms, by_size);
    return (struct zd_bench_times){ms[n / 2], ms[n * 99 / 100]};
}

static enum zd_status measure_length(struct asking *a, struct zd_bench_latency *l,
                                     struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (uint32_t tries = 0;
         st == ZD_OK && l->n_questions < QUESTIONS && tries < QUESTIONS * QUESTION_TRIES; tries++) {
        struct zd_str question = {0};
        double n_terms = 0;

        zd_arena_reset(a->arena);
        st = cut_question(a, l->n_min, l->n_max, &question, err);
        if (st != ZD_OK || question.n == 0)
            continue;
        st = time_question(a, question, l->n_questions, &n_terms, err);
        l->n_terms += n_terms;
        l->n_questions++;
    }
    if (l->n_questions)
        l->n_terms /= l->n_questions;
    l->index = times_of(a->index_ms, l->n_questions);
    l->search = times_of(a->search_ms, l->n_questions);
    return st;
}

static enum zd_status measure_vectors(struct asking *a, const struct zd_model *model,
                                      struct zd_error *err)
{
    struct zd_bench_vector_run *run = NULL;
    enum zd_status st = zd_bench_vectors_begin(a->index, model, &run, err);

    for (uint32_t i = 0; st == ZD_OK && run && i < VECTOR_QUESTIONS; i++) {
        struct zd_str question = {0}, folded = {0};
        struct zd_token_list tokens = {0};

        zd_arena_reset(a->arena);
        st = cut_question(a, lengths[2].n_min, lengths[2].n_max, &question, err);
        if (st == ZD_OK && question.n > 0)
            st = zd_tokens_of(question, a->arena, &folded, &tokens, err);
        if (st == ZD_OK && tokens.n > 0)
            st = zd_bench_vectors_ask(run, &tokens, err);
    }
    zd_bench_vectors_end(run, &a->bench->figures.vectors);
    return st;
}

static enum zd_status measure_questions(struct bench *b, struct zd_office *office,
                                        const struct zd_view *view, struct zd_error *err)
{
    const struct zd_index *index = zd_view_index(view);
    struct asking a = {.bench = b,
                       .office = office,
                       .index = index,
                       .arena = zd_arena_new(QUESTION_ARENA_BYTES),
                       .index_ms = zd_alloc(QUESTIONS * sizeof(double)),
                       .search_ms = zd_alloc(QUESTIONS * sizeof(double))};
    enum zd_status st = ZD_OK;

    if (!a.arena || !a.index_ms || !a.search_ms)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the questions");
    if (st == ZD_OK)
        st = zd_desk_open(office, &a.desk, err);
    for (size_t i = 0; i < ZD_BENCH_LENGTHS && st == ZD_OK; i++) {
        b->figures.latency[i].n_min = lengths[i].n_min;
        b->figures.latency[i].n_max = lengths[i].n_max;
        st = measure_length(&a, &b->figures.latency[i], err);
    }
    if (st == ZD_OK)
        st = measure_vectors(&a, zd_view_model(view), err);
    zd_desk_close(a.desk);
    zd_arena_free(a.arena);
    zd_free(a.index_ms);
    zd_free(a.search_ms);
    return st;
}

/* ---- building ---- */

static enum zd_status build_sample(struct bench *b, struct zd_postings *postings,
                                   uint64_t *ret_terms_us, struct zd_error *err)
{
    struct zd_index_writer *writer = NULL;
    uint64_t generation = 0;
    enum zd_status st = zd_index_writer_open(b->options->folder, 0, &writer, err);

    for (size_t i = 0; i < b->n && st == ZD_OK; i++) {
        struct zd_index_passage passage = {
            .id = b->sample[i].passage.key,
            .attributes = {.access = ZD_ACCESS_ALL,
                           .group = (uint32_t)b->sample[i].passage.version}};
        const uint64_t begun = zd_clock_mono_us();

        st = zd_postings_of(postings, b->sample[i].title, &b->sample[i].passage, &passage, err);
        *ret_terms_us += zd_clock_mono_us() - begun;
        if (st == ZD_OK)
            st = zd_index_writer_add(writer, &passage, err);
    }
    if (st == ZD_OK)
        st = zd_index_writer_prepare(writer, &generation, err);
    zd_index_writer_close(writer, false); /* nobody names it: its files go */
    return st;
}

static enum zd_status measure_build(struct bench *b, struct zd_error *err)
{
    struct zd_postings *postings = zd_postings_new();
    const uint64_t begun = zd_clock_mono_us();
    uint64_t terms_us = 0;
    double us;
    enum zd_status st =
        postings ? build_sample(b, postings, &terms_us, err) : (enum zd_status)ZD_NOMEM;

    us = (double)(zd_clock_mono_us() - begun + 1);
    zd_postings_free(postings);
    if (st == ZD_NOMEM && !postings)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for an index");
    b->figures.n_built = b->n;
    b->figures.built_passages_s = (double)b->n * 1e6 / us;
    b->figures.built_mb_s = (double)b->n_bytes / us;
    b->figures.terms_share = (double)terms_us / us;
    return st;
}

static double peak_mb(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : 0;
}

static enum zd_status measure_all(struct bench *b, struct zd_office *office, struct zd_view *view,
                                  struct zd_error *err)
{
    const struct zd_index *index = zd_view_index(view);
    enum zd_status st = stage(b, 0, err);

    if (st == ZD_OK)
        st = take_sample(b, zd_view_store(view), err);
    if (st == ZD_OK && !index)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "the office has no index, run reindex");
    if (st == ZD_OK)
        st = stage(b, 1, err);
    if (st == ZD_OK)
        st = measure_decode(b, index, err);
    if (st == ZD_OK)
        st = stage(b, 2, err);
    if (st == ZD_OK)
        st = measure_questions(b, office, view, err);
    if (st == ZD_OK)
        st = stage(b, 3, err);
    if (st == ZD_OK)
        st = measure_build(b, err);
    b->figures.peak_mb = peak_mb();
    if (st == ZD_OK)
        st = stage(b, 4, err);
    if (st == ZD_OK)
        st = measure_read(b, err);
    if (st == ZD_OK)
        b->figures.decode_of_read = b->figures.decode_gb_s / b->figures.read_gb_s;
    if (st == ZD_OK)
        b->figures.vectors.exact_of_read = b->figures.vectors.exact_gb_s / b->figures.read_gb_s;
    return st;
}

enum zd_status zd_bench_run(struct zd_office *office, const struct zd_bench_options *options,
                            struct zd_bench_figures *ret_figures, struct zd_error *err)
{
    struct bench b = {.options = options, .arena = zd_arena_new(SAMPLE_ARENA_BYTES), .random = 1};
    struct zd_view *view = NULL;
    enum zd_status st = ZD_OK;

    b.sample = zd_alloc(SAMPLE_PASSAGES * sizeof *b.sample);
    if (!b.arena || !b.sample)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a sample");
    if (st == ZD_OK)
        st = zd_view_open(office, &view, err);
    if (st == ZD_OK)
        st = zd_view_begin(view, err);
    if (st == ZD_OK)
        st = measure_all(&b, office, view, err);
    if (view)
        zd_view_end(view);
    zd_view_close(view);
    zd_arena_free(b.arena);
    zd_free(b.sample);
    if (st == ZD_OK)
        *ret_figures = b.figures;
    return st;
}
