/* index_bench: what the index costs and gives, on any corpus of JSON lines.
 *
 *     index_bench build CORPUS.jsonl DIR            seconds, bytes, memory
 *     index_bench ask DIR QUESTIONS.jsonl [--top K] [--repeat N] [--exhaustive] [--on YYYYMMDD]
 *                 [--ids CORPUS.jsonl --run OUT.trec]
 *
 * CORPUS lines are {"id", "title", "headings", "text"}; a line is a passage and a document.
 * Questions are {"id", "query"}; a term's weight is its count in the question. `ask` prints the
 * median, the 99th percentile and the mean of the milliseconds of a search and the
 * postings that scoring everything would touch. The
 * generation of DIR is always the last one it was built with. One thread.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "index/index.h"
#include "text/text.h"

static struct zd_error err;

static void die(const char *what)
{
    fprintf(stderr, "index_bench: %s: %s\n", what, err.what);
    exit(1);
}

static void must(enum zd_status st)
{
    if (st != ZD_OK)
        die(zd_status_word(st));
}

/* ---- lines ---- */

struct lines {
    FILE *file;
    char *line;
    size_t cap;
};

static struct lines lines_open(const char *path)
{
    struct lines l = {.file = fopen(path, "rb")};

    if (!l.file) {
        perror(path);
        exit(1);
    }
    return l;
}

/* The next line as a JSON value (the caller ends it), or NULL at the end. */
static json_t *lines_next(struct lines *l)
{
    ssize_t n = getline(&l->line, &l->cap, l->file);
    json_t *value = NULL;
    char *nan;

    if (n <= 0)
        return NULL;
    /* some question sets have answers that Python wrote as NaN, which is no JSON */
    nan = memmem(l->line, (size_t)n, ": NaN", 5);
    if (nan)
        memcpy(nan, ":null", 5);
    must(zd_json_parse((struct zd_str){l->line, (size_t)n}, &value, &err));
    return value;
}

static void lines_close(struct lines *l)
{
    free(l->line);
    fclose(l->file);
}

/* ---- passages ---- */

struct terms {
    uint64_t *p;
    size_t n, cap;
};

static bool add_token(void *context, const struct zd_token *token)
{
    struct terms *t = context;

    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 4096;
        t->p = realloc(t->p, t->cap * sizeof *t->p);
        if (!t->p)
            exit(1);
    }
    t->p[t->n++] = token->term;
    return true;
}

static void terms_of(struct zd_str text, struct zd_buf *folded, struct terms *t)
{
    zd_buf_clear(folded);
    zd_text_fold(text, folded);
    t->n = 0;
    zd_tokens(zd_buf_view(folded), add_token, t);
}

struct reader {
    struct zd_buf folded, joined;
    struct terms terms[ZD_FIELD_COUNT];
    struct zd_buf seen_title; /* of the last passage: neighbours share theirs */
};

static void passage_of(struct reader *r, const json_t *document, struct zd_index_passage *ret)
{
    const json_t *headings = json_object_get(document, "headings");
    struct zd_str title = zd_json_str(document, "title");
    size_t i;
    json_t *heading;

    if (!zd_str_eq(title, zd_buf_view(&r->seen_title))) {
        terms_of(title, &r->folded, &r->terms[ZD_FIELD_TITLE]);
        zd_buf_clear(&r->seen_title);
        zd_buf_str(&r->seen_title, title);
    }
    zd_buf_clear(&r->joined);
    json_array_foreach(headings, i, heading)
    {
        zd_buf_add(&r->joined, json_string_value(heading), json_string_length(heading));
        zd_buf_byte(&r->joined, '\n');
    }
    terms_of(zd_buf_view(&r->joined), &r->folded, &r->terms[ZD_FIELD_HEADINGS]);
    terms_of(zd_json_str(document, "text"), &r->folded, &r->terms[ZD_FIELD_BODY]);
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        ret->terms[f] = r->terms[f].p;
        ret->n_terms[f] = r->terms[f].n;
    }
}

static struct reader reader_make(void)
{
    return (struct reader){
        .folded.max = 64 * ZD_MiB, .joined.max = 64 * ZD_MiB, .seen_title.max = 64 * ZD_MiB};
}

/* ---- the generation of a folder, as the database would keep it ---- */

static uint64_t generation_read(const char *dir)
{
    char path[4096];
    unsigned long long g = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/current", dir);
    f = fopen(path, "r");
    if (!f || fscanf(f, "%llu", &g) != 1)
        g = 0;
    if (f)
        fclose(f);
    return g;
}

static void generation_write(const char *dir, uint64_t g)
{
    char path[4096];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/current", dir);
    f = fopen(path, "w");
    if (!f || fprintf(f, "%" PRIu64 "\n", g) < 0 || fclose(f) != 0)
        exit(1);
}

static double seconds_since(uint64_t from)
{
    return (double)(zd_clock_mono_us() - from) / 1e6;
}

static double peak_megabytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

/* ---- build ---- */

static int build(const char *corpus, const char *dir)
{
    struct zd_index_writer *writer = NULL;
    struct zd_index *index = NULL;
    struct zd_index_figures figures;
    struct reader r = reader_make();
    struct lines lines = lines_open(corpus);
    uint64_t start = zd_clock_mono_us(), generation = 0, indexing = 0, from;
    int64_t id = 0;
    json_t *document;

    must(zd_index_writer_open(dir, 0, &writer, &err));
    while ((document = lines_next(&lines)) != NULL) {
        struct zd_index_passage p = {.id = id + 1, .attributes.group = (uint32_t)(id + 1)};

        id++;
        passage_of(&r, document, &p);
        from = zd_clock_mono_us();
        must(zd_index_writer_add(writer, &p, &err));
        indexing += zd_clock_mono_us() - from;
        json_decref(document);
    }
    from = zd_clock_mono_us();
    must(zd_index_writer_merge(writer, UINT64_MAX, &err));
    must(zd_index_writer_prepare(writer, &generation, &err));
    indexing += zd_clock_mono_us() - from;
    generation_write(dir, generation);
    zd_index_writer_close(writer, true);
    must(zd_index_open(dir, generation, &index, &err));
    zd_index_figures(index, &figures);
    printf("{\"passages\": %" PRIu64 ", \"terms\": %" PRIu64 ", \"postings\": %" PRIu64
           ", \"segments\": %" PRIu64 ", \"build_s\": %.2f, \"of_it_index_s\": %.2f, "
           "\"index_mb\": %.1f, \"bytes_a_posting\": %.3f, \"peak_mb\": %.0f}\n",
           figures.n_passages, figures.n_terms, figures.n_postings, figures.n_segments,
           seconds_since(start), (double)indexing / 1e6, (double)figures.n_bytes / 1e6,
           (double)figures.n_bytes / (double)figures.n_postings, peak_megabytes());
    zd_index_close(index);
    lines_close(&lines);
    return 0;
}

/* ---- questions ---- */

struct question {
    char *id;
    uint64_t *terms;
    float *weights;
    size_t n_terms;
};

struct questions {
    struct question *p;
    size_t n, cap;
};

/* Distinct terms with their counts. */
static struct question question_of(const json_t *line, struct zd_buf *folded, struct terms *t)
{
    struct question q = {.id = strdup(json_string_value(json_object_get(line, "id")))};

    terms_of(zd_json_str(line, "query"), folded, t);
    q.terms = calloc(t->n + 1, sizeof *q.terms);
    q.weights = calloc(t->n + 1, sizeof *q.weights);
    for (size_t i = 0; i < t->n; i++) {
        size_t k = 0;

        while (k < q.n_terms && q.terms[k] != t->p[i])
            k++;
        q.n_terms += k == q.n_terms;
        q.terms[k] = t->p[i];
        q.weights[k] += 1.0F;
    }
    return q;
}

static struct questions questions_read(const char *path)
{
    struct lines lines = lines_open(path);
    struct zd_buf folded = {.max = 64 * ZD_MiB};
    struct terms terms = {0};
    struct questions all = {0};
    json_t *line;

    while ((line = lines_next(&lines)) != NULL) {
        if (all.n == all.cap) {
            all.cap = all.cap ? 2 * all.cap : 1024;
            all.p = realloc(all.p, all.cap * sizeof *all.p);
        }
        all.p[all.n++] = question_of(line, &folded, &terms);
        json_decref(line);
    }
    lines_close(&lines);
    return all;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

struct asking {
    const char *ids, *run;
    size_t top;
    int repeat;
    int32_t on;
    bool exhaustive;
};

static struct zd_index_query query_of(const struct question *q, const struct asking *a)
{
    return (struct zd_index_query){.terms = q->terms,
                                   .weights = q->weights,
                                   .n_terms = q->n_terms,
                                   .field_weights = {1.0F, 1.0F, 1.0F},
                                   .field_b = {0.0F, 0.0F, 0.75F},
                                   .k1 = 1.2F,
                                   .top = a->top,
                                   .filter.on = a->on,
                                   .exhaustive = a->exhaustive};
}

/* The corpus's own ids by passage id, for a TREC run. */
static char **ids_read(const char *path, size_t n)
{
    struct lines lines = lines_open(path);
    char **ids = calloc(n + 1, sizeof *ids);
    json_t *line;

    for (size_t i = 1; i <= n && (line = lines_next(&lines)) != NULL; i++) {
        ids[i] = strdup(json_string_value(json_object_get(line, "id")));
        json_decref(line);
    }
    lines_close(&lines);
    return ids;
}

static void write_run(const struct zd_index *index, const struct questions *qs,
                      const struct asking *a)
{
    struct zd_index_figures figures;
    static struct zd_index_hit hits[ZD_TOP_MAX];
    FILE *f = fopen(a->run, "w");
    char **ids;

    zd_index_figures(index, &figures);
    ids = ids_read(a->ids, (size_t)figures.n_passages);
    for (size_t i = 0; f && i < qs->n; i++) {
        struct zd_index_query query = query_of(&qs->p[i], a);
        size_t n = 0;

        must(zd_index_search(index, &query, hits, &n, &err));
        for (size_t k = 0; k < n; k++)
            fprintf(f, "%s Q0 %s %zu %.6f index\n", qs->p[i].id, ids[hits[k].id], k + 1,
                    (double)hits[k].score);
    }
    if (!f || fclose(f) != 0)
        exit(1);
}

static double thread_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Milliseconds of each question, sorted, on the wall and of this thread's processor time (which
 * says the same on a busy machine); the fastest of `repeat` rounds each. */
static void time_questions(const struct zd_index *index, const struct questions *qs,
                           const struct asking *a, double *wall, double *cpu)
{
    static struct zd_index_hit hits[ZD_TOP_MAX];
    size_t n = 0;

    for (int round = 0; round < a->repeat; round++)
        for (size_t i = 0; i < qs->n; i++) {
            struct zd_index_query query = query_of(&qs->p[i], a);
            uint64_t from = zd_clock_mono_us();
            double cpu_from = thread_ms(), took_cpu, took;

            must(zd_index_search(index, &query, hits, &n, &err));
            took_cpu = thread_ms() - cpu_from;
            took = (double)(zd_clock_mono_us() - from) / 1e3;
            if (round == 0 || took < wall[i])
                wall[i] = took;
            if (round == 0 || took_cpu < cpu[i])
                cpu[i] = took_cpu;
        }
    qsort(wall, qs->n, sizeof *wall, compare_doubles);
    qsort(cpu, qs->n, sizeof *cpu, compare_doubles);
}

static int ask(const char *dir, const char *path, const struct asking *a)
{
    struct questions qs = questions_read(path);
    struct zd_index *index = NULL;
    uint64_t start = zd_clock_mono_us();
    double open_ms, sum = 0.0, postings = 0.0, terms = 0.0;
    double *ms = calloc(qs.n + 1, sizeof *ms), *cpu = calloc(qs.n + 1, sizeof *cpu);

    must(zd_index_open(dir, generation_read(dir), &index, &err));
    open_ms = seconds_since(start) * 1e3;
    time_questions(index, &qs, a, ms, cpu);
    for (size_t i = 0; i < qs.n; i++) {
        sum += ms[i];
        terms += (double)qs.p[i].n_terms;
        for (size_t t = 0; t < qs.p[i].n_terms; t++)
            postings += zd_index_document_frequency(index, qs.p[i].terms[t]);
    }
    printf("{\"questions\": %zu, \"top\": %zu, \"exhaustive\": %s, \"open_ms\": %.1f, "
           "\"ms_median\": %.3f, \"ms_p90\": %.3f, \"ms_p99\": %.3f, \"ms_mean\": %.3f, "
           "\"cpu_ms_median\": %.3f, \"cpu_ms_p99\": %.3f, "
           "\"terms_mean\": %.1f, \"postings_mean\": %.0f, \"peak_mb\": %.0f}\n",
           qs.n, a->top, a->exhaustive ? "true" : "false", open_ms, ms[qs.n / 2],
           ms[qs.n * 90 / 100], ms[qs.n * 99 / 100], sum / (double)qs.n, cpu[qs.n / 2],
           cpu[qs.n * 99 / 100], terms / (double)qs.n, postings / (double)qs.n, peak_megabytes());
    if (a->run)
        write_run(index, &qs, a);
    zd_index_close(index);
    return 0;
}

int main(int argc, char **argv)
{
    struct asking a = {.top = 100, .repeat = 3};

    zd_json_init();
    if (argc == 4 && strcmp(argv[1], "build") == 0)
        return build(argv[2], argv[3]);
    if (argc < 4 || strcmp(argv[1], "ask") != 0) {
        fprintf(stderr, "usage: index_bench build CORPUS DIR | ask DIR QUESTIONS [options]\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--exhaustive") == 0) {
            a.exhaustive = true;
            continue;
        }
        i++;
        if (strcmp(argv[i - 1], "--top") == 0)
            a.top = strtoul(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--repeat") == 0)
            a.repeat = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--on") == 0)
            a.on = (int32_t)strtol(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--ids") == 0)
            a.ids = value;
        else if (strcmp(argv[i - 1], "--run") == 0)
            a.run = value;
    }
    return ask(argv[2], argv[3], &a);
}
