/* vectors: how fast and how well the nearest vectors are found.
 *
 *     vectors build CORPUS.jsonl DIR [--n N] [--made] [--dims D]
 *     vectors query DIR QUESTIONS.jsonl [--top K] [--n N]
 *
 * `build` gives each of the first N passages the vector of the model that the program brings along.
 * With --made it takes random indexing instead (Kanerva et al. 2000): every term has a random
 * direction of D signs, a passage is the sum of its terms' directions by their IDF (counted on the
 * first 50,000 passages), brought to one length and rounded to bytes. Such vectors are as near as
 * passages share rare terms; their neighbourhoods are flat, the hard case for a pass over signs.
 * `query` asks the questions' vectors (made the same way) exactly and by signs, in turns, and prints
 * medians, the share of this machine's read bandwidth that the exact scan reaches, how many of the
 * exact best the signs find. Between the two a buffer is read, so that all three meet the machine
 * in the same state; each time is the best of three, the figures are medians over the questions.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "index/vectors.h"
#include "passage_terms.h"
#include "semantic/model.h"

#define MADE 0x52616e6431ULL /* fingerprint of random indexing: any */
#define IDF_SLOTS ((size_t)1 << 20)
#define IDF_PASSAGES 50000u
#define RMS 32.0
#define READ_BYTES (256 * ZD_MiB)
#define ROUNDS 3

struct options {
    const char *input, *dir;
    uint64_t n;
    uint32_t dims;
    size_t top;
    bool made;
};

/* Document frequencies by a hash of the term: collisions only blur the weights. */
struct idf {
    uint32_t n, df[IDF_SLOTS];
};

static uint64_t mix(uint64_t z)
{
    z += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double idf_of(const struct idf *idf, uint64_t term)
{
    return log(1.0 + ((double)idf->n + 1.0) / ((double)idf->df[mix(term) % IDF_SLOTS] + 1.0));
}

static void add_direction(double *sum, uint32_t dims, uint64_t term, double weight)
{
    uint64_t bits = 0;

    for (uint32_t k = 0; k < dims; k++) {
        if (k % 64 == 0)
            bits = mix(term * 31 + k);
        sum[k] += bits >> (k % 64) & 1 ? weight : -weight;
    }
}

static void round_vector(const double *sum, uint32_t dims, int8_t *ret)
{
    double squares = 0, scale;

    for (uint32_t k = 0; k < dims; k++)
        squares += sum[k] * sum[k];
    scale = squares > 0 ? RMS / sqrt(squares / dims) : 0;
    for (uint32_t k = 0; k < dims; k++) {
        const double v = round(sum[k] * scale);

        ret[k] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : v);
    }
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* What makes the vectors: a model, or random indexing where `model` is NULL. */
struct maker {
    struct zd_model *model;
    struct zd_encoder_work work;
    struct idf idf;
    uint32_t dims;
};

static uint64_t fingerprint_of(const struct maker *m)
{
    return m->model ? zd_encoder_fingerprint(zd_model_encoder(m->model)) : MADE;
}

static enum zd_status maker_open(struct maker *m, bool made, uint32_t dims, struct zd_error *err)
{
    enum zd_status st = made ? ZD_OK : zd_model_base(&m->model, err);

    m->dims = dims;
    if (st == ZD_OK && !made && !zd_model_encoder(m->model))
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "the model has no encoder");
    if (st == ZD_OK && !made)
        m->dims = zd_encoder_dims(zd_model_encoder(m->model));
    return st;
}

static void maker_done(struct maker *m)
{
    zd_model_close(m->model);
    zd_encoder_work_done(&m->work);
}

/* The vector of the terms of a text; a model takes all parts, random indexing the last. */
static enum zd_status vector_of(struct maker *m, const struct zd_encoder_terms *parts, size_t n,
                                int8_t *ret, struct zd_error *err)
{
    double sum[ZD_INDEX_DIMS_MAX] = {0};

    if (m->model)
        return zd_encoder_encode(zd_model_encoder(m->model), &m->work, parts, n, ret, err);
    for (size_t i = 0; i < parts[n - 1].n; i++)
        add_direction(sum, m->dims, parts[n - 1].p[i], idf_of(&m->idf, parts[n - 1].p[i]));
    round_vector(sum, m->dims, ret);
    return ZD_OK;
}

/* ---- lines ---- */

/* Calls `take` with the terms of the first n lines: [ZD_FIELD_COUNT], the body last. */
typedef enum zd_status (*take_fn)(void *context, uint64_t number,
                                  const struct zd_encoder_terms *parts, struct zd_error *err);

static enum zd_status each_line(const char *path, uint64_t n_lines, take_fn take, void *context,
                                struct zd_error *err)
{
    FILE *file = fopen(path, "r");
    struct zd_bench_terms terms;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    uint64_t number = 0;
    enum zd_status st = ZD_OK;

    if (!file)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", path);
    zd_bench_terms_init(&terms);
    while (st == ZD_OK && number < n_lines && (n = getline(&line, &cap, file)) > 0) {
        struct zd_index_passage passage = {0};
        struct zd_encoder_terms parts[ZD_FIELD_COUNT];
        json_error_t ignored;
        json_t *object = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, &ignored);

        if (!object)
            continue;
        st = zd_bench_terms_of(&terms, object, &passage, err);
        json_decref(object);
        if (st != ZD_OK)
            break;
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            parts[f] = (struct zd_encoder_terms){passage.terms[f], passage.n_terms[f]};
        st = take(context, ++number, parts, err);
    }
    free(line);
    fclose(file);
    zd_bench_terms_done(&terms);
    return st;
}

static enum zd_status count_terms(void *context, uint64_t number,
                                  const struct zd_encoder_terms *parts, struct zd_error *err)
{
    struct idf *idf = context;
    const zd_term *terms = parts[ZD_FIELD_BODY].p;
    const size_t n = parts[ZD_FIELD_BODY].n;
    uint64_t *sorted = zd_alloc((n + 1) * sizeof *sorted);

    if (!sorted)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for counting");
    if (n > 0)
        memcpy(sorted, terms, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            idf->df[mix(sorted[i]) % IDF_SLOTS]++;
    idf->n = (uint32_t)number;
    zd_free(sorted);
    return ZD_OK;
}

/* ---- build ---- */

struct building {
    struct maker *maker;
    struct zd_index_writer *writer;
};

static enum zd_status add_vector(void *context, uint64_t number,
                                 const struct zd_encoder_terms *parts, struct zd_error *err)
{
    const struct building *b = context;
    enum zd_status st;
    const uint64_t only = 1;
    int8_t vector[ZD_INDEX_DIMS_MAX];
    struct zd_index_passage passage = {
        .id = (int64_t)number, .attributes.group = (uint32_t)number, .vector = vector};

    passage.terms[ZD_FIELD_BODY] = &only;
    passage.n_terms[ZD_FIELD_BODY] = 1;
    st = vector_of(b->maker, parts, ZD_FIELD_COUNT, vector, err);
    return st == ZD_OK ? zd_index_writer_add(b->writer, &passage, err) : st;
}

static bool keep_beside(const char *dir, const struct idf *idf, uint64_t generation)
{
    char path[4096];
    FILE *file;
    bool good;

    (void)snprintf(path, sizeof path, "%s/idf", dir);
    file = fopen(path, "wb");
    if (!file)
        return false;
    good = fwrite(&generation, sizeof generation, 1, file) == 1 &&
           fwrite(idf, sizeof *idf, 1, file) == 1;
    return fclose(file) == 0 && good;
}

static bool read_beside(const char *dir, struct idf *idf, uint64_t *ret_generation)
{
    char path[4096];
    FILE *file;
    bool good;

    (void)snprintf(path, sizeof path, "%s/idf", dir);
    file = fopen(path, "rb");
    if (!file)
        return false;
    good = fread(ret_generation, sizeof *ret_generation, 1, file) == 1 &&
           fread(idf, sizeof *idf, 1, file) == 1;
    fclose(file);
    return good;
}

static enum zd_status build(const struct options *o, struct maker *m, struct zd_error *err)
{
    struct building b = {.maker = m};
    uint64_t generation = 0;
    enum zd_status st = maker_open(m, o->made, o->dims, err);

    if (st == ZD_OK && o->made)
        st = each_line(o->input, IDF_PASSAGES, count_terms, &m->idf, err);
    if (st == ZD_OK)
        st = zd_index_writer_open(o->dir, 0, &b.writer, err);
    if (st == ZD_OK)
        st = zd_index_writer_set_vectors(b.writer, m->dims, fingerprint_of(m), err);
    if (st == ZD_OK)
        st = each_line(o->input, o->n, add_vector, &b, err);
    if (st == ZD_OK)
        st = zd_index_writer_prepare(b.writer, &generation, err);
    zd_index_writer_close(b.writer, st == ZD_OK);
    if (st == ZD_OK && !keep_beside(o->dir, &m->idf, generation))
        st = ZD_FAIL(err, ZD_IO, 0, "%s/idf cannot be written", o->dir);
    return st;
}

/* ---- query ---- */

struct asking {
    struct zd_index *index;
    struct zd_index_vectors shape;
    size_t n, top;
    double *exact_ms, *signs_ms, *read_ms; /* [n] */
    uint64_t *buffer;                      /* READ_BYTES */
    uint64_t n_wanted, n_found;
};

/* One pass of plain additions over a buffer, in milliseconds: what the machine reads at. */
static double read_ms(const uint64_t *p)
{
    const size_t n = READ_BYTES / sizeof *p;
    const uint64_t begun = zd_clock_mono_us();
    uint64_t sums[8] = {0};
    volatile uint64_t seen = 0;

    for (size_t i = 0; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += p[i + k];
    for (size_t k = 0; k < 8; k++)
        seen = seen + sums[k];
    return (double)(zd_clock_mono_us() - begun) / 1e3;
}

static double timed(const struct zd_index *index, const struct zd_index_vector_query *q,
                    struct zd_index_hit *hits, size_t *ret_n, enum zd_status *st,
                    struct zd_error *err)
{
    const uint64_t begun = zd_clock_mono_us();

    *st = zd_index_search_vectors(index, q, hits, ret_n, err);
    return (double)(zd_clock_mono_us() - begun) / 1e3;
}

static enum zd_status ask(struct asking *a, const int8_t *vector, struct zd_error *err)
{
    static struct zd_index_hit exact[ZD_TOP_MAX], near[ZD_TOP_MAX];
    struct zd_index_vector_query q = {
        .vector = vector, .n_dims = a->shape.n_dims, .model = a->shape.model, .top = a->top};
    double exact_ms = INFINITY, signs_ms = INFINITY, pass_ms = INFINITY;
    size_t n_exact = 0, n_near = 0;
    enum zd_status st = ZD_OK;

    for (int round = 0; round < ROUNDS && st == ZD_OK; round++) {
        q.exact = true;
        exact_ms = fmin(exact_ms, timed(a->index, &q, exact, &n_exact, &st, err));
        pass_ms = fmin(pass_ms, read_ms(a->buffer));
        q.exact = false;
        if (st == ZD_OK)
            signs_ms = fmin(signs_ms, timed(a->index, &q, near, &n_near, &st, err));
    }
    for (size_t i = 0; i < n_near; i++)
        for (size_t k = 0; k < n_exact; k++)
            a->n_found += near[i].id == exact[k].id;
    a->n_wanted += n_exact;
    a->exact_ms[a->n] = exact_ms;
    a->read_ms[a->n] = pass_ms;
    a->signs_ms[a->n++] = signs_ms;
    return st;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void print(struct asking *a)
{
    const double bytes = (double)a->shape.n_vectors * a->shape.n_dims;
    double exact, near, read;

    qsort(a->exact_ms, a->n, sizeof *a->exact_ms, by_size);
    qsort(a->signs_ms, a->n, sizeof *a->signs_ms, by_size);
    qsort(a->read_ms, a->n, sizeof *a->read_ms, by_size);
    read = (double)READ_BYTES / 1e6 / a->read_ms[a->n / 2];
    exact = a->exact_ms[a->n / 2];
    near = a->signs_ms[a->n / 2];
    printf("{\"vectors\": %" PRIu64 ", \"dims\": %u, \"top\": %zu, \"questions\": %zu, "
           "\"read_gb_s\": %.1f, \"exact_ms\": %.3f, \"exact_gb_s\": %.1f, \"of_read\": %.2f, "
           "\"signs_ms\": %.3f, \"faster\": %.1f, \"recall\": %.4f}\n",
           a->shape.n_vectors, a->shape.n_dims, a->top, a->n, read, exact, bytes / 1e6 / exact,
           bytes / 1e6 / exact / read, near, exact / near,
           (double)a->n_found / (double)a->n_wanted);
}

static enum zd_status query(const struct options *o, struct maker *m, struct zd_error *err)
{
    struct asking a = {.top = o->top,
                       .exact_ms = zd_alloc(o->n * sizeof(double)),
                       .signs_ms = zd_alloc(o->n * sizeof(double)),
                       .read_ms = zd_alloc(o->n * sizeof(double)),
                       .buffer = zd_alloc(READ_BYTES)};
    struct zd_bench_terms terms;
    FILE *file = fopen(o->input, "r");
    uint64_t generation = 0;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum zd_status st = ZD_OK;

    zd_bench_terms_init(&terms);
    if (!file || !a.exact_ms || !a.signs_ms || !a.read_ms || !a.buffer ||
        !read_beside(o->dir, &m->idf, &generation))
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s or %s cannot be read", o->input, o->dir);
    for (size_t i = 0; st == ZD_OK && i < READ_BYTES / sizeof *a.buffer; i++)
        a.buffer[i] = i; /* real pages, not the one page of zeros */
    if (st == ZD_OK)
        st = zd_index_open(o->dir, generation, &a.index, err);
    if (st == ZD_OK)
        zd_index_vectors_info(a.index, &a.shape);
    if (st == ZD_OK)
        st = maker_open(m, a.shape.model == MADE, a.shape.n_dims, err);
    if (st == ZD_OK && fingerprint_of(m) != a.shape.model)
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s was built with another model", o->dir);
    while (st == ZD_OK && a.n < o->n && (n = getline(&line, &cap, file)) > 0) {
        struct zd_bench_question question = {0};
        json_error_t ignored;
        json_t *object = json_loadb(line, (size_t)n, 0, &ignored);
        int8_t vector[ZD_INDEX_DIMS_MAX];

        if (!object)
            continue;
        st = zd_bench_question_of(&terms, zd_json_str(object, "query"), &question, err);
        json_decref(object);
        if (st != ZD_OK)
            break;
        st = vector_of(m, &(struct zd_encoder_terms){question.terms, question.n}, 1, vector, err);
        zd_bench_question_done(&question);
        if (st == ZD_OK)
            st = ask(&a, vector, err);
    }
    if (st == ZD_OK && a.n > 0)
        print(&a);
    free(line);
    if (file)
        fclose(file);
    zd_bench_terms_done(&terms);
    zd_index_close(a.index);
    zd_free(a.exact_ms);
    zd_free(a.signs_ms);
    zd_free(a.read_ms);
    zd_free(a.buffer);
    return st;
}

int main(int argc, char **argv)
{
    struct options o = {.n = 0, .dims = 256, .top = 100};
    struct zd_error err = {0};
    struct maker *maker = zd_alloc(sizeof *maker);
    const bool building = argc >= 4 && strcmp(argv[1], "build") == 0;
    enum zd_status st;

    if (!maker || argc < 4 || (!building && strcmp(argv[1], "query") != 0)) {
        fputs("usage: vectors build CORPUS.jsonl DIR [--n N] [--made] [--dims D]\n"
              "       vectors query DIR QUESTIONS.jsonl [--top K] [--n N]\n",
              stderr);
        return 2;
    }
    o.input = building ? argv[2] : argv[3];
    o.dir = building ? argv[3] : argv[2];
    o.n = building ? 1000000 : 200;
    for (int i = 4; i < argc; i++) {
        const uint64_t value = i + 1 < argc ? strtoull(argv[i + 1], NULL, 10) : 0;

        o.made |= strcmp(argv[i], "--made") == 0;
        if (strcmp(argv[i], "--n") == 0)
            o.n = value;
        else if (strcmp(argv[i], "--dims") == 0)
            o.dims = (uint32_t)value;
        else if (strcmp(argv[i], "--top") == 0)
            o.top = value <= ZD_TOP_MAX ? (size_t)value : ZD_TOP_MAX;
    }
    zd_json_init();
    st = building ? build(&o, maker, &err) : query(&o, maker, &err);
    maker_done(maker);
    zd_free(maker);
    if (st == ZD_OK)
        return 0;
    fprintf(stderr, "vectors: %s\n", err.what);
    return 1;
}
