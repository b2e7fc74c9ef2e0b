/* driver: the index inside this process, as bench/peers.py, growth.sh and living.py measure it.
 *
 *     driver build CORPUS.jsonl DIR [--batch N]
 *     driver query DIR QUESTIONS.jsonl [--top K] [--warm SECONDS] [--exhaustive] [--hits]
 *                  [--weigh] [--title W] [--headings W] [--k1 X] [--b X]
 *
 * `build` reads a JSON line a passage and writes generation after generation, one every N passages
 * (default: one for all); the id of a passage is its line, from 1, its group the run of lines with
 * one title. It prints one JSON line: seconds by stage, bytes, figures, peak memory.
 * `query` times each question from its text to its hits (fold, tokens, weights, search), by the
 * clock and by the processor time of its thread, after a warm-up; weights and length normalisation
 * are those that the program asks with unless given. It prints one JSON line a question with --hits, then one line of sums. With --weigh it
 * also times, apart, what a ranker asks about the hits (weigh.h).
 * The generation built last stands in DIR/generation, where the program has its database.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/caps.h"
#include "base/date.h"
#include "passage_terms.h"
#include "weigh.h"

struct options {
    const char *command, *input, *dir;
    uint64_t batch;
    size_t top;
    double warm, title, headings, k1, b;
    bool exhaustive, hits, weigh;
};

/* Seconds by stage of a build. */
struct stages {
    uint64_t json_us, terms_us, add_us, prepare_us, merge_us, all_us;
};

static uint64_t now_us(void)
{
    return zd_clock_mono_us();
}

static double seconds(uint64_t us)
{
    return (double)us / 1e6;
}

static long peak_kb(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Resident memory of this process now, in MB: its own, and mapped pages of the index. */
static void resident_mb(double *ret_own, double *ret_mapped)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];

    *ret_own = *ret_mapped = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "RssAnon:", 8) == 0)
            *ret_own = strtod(line + 8, NULL) / 1024;
        else if (strncmp(line, "RssFile:", 8) == 0)
            *ret_mapped = strtod(line + 8, NULL) / 1024;
    }
    if (file)
        fclose(file);
}

static bool write_generation(const char *dir, uint64_t generation)
{
    char path[4096];
    FILE *file;
    bool good;

    snprintf(path, sizeof path, "%s/generation", dir);
    file = fopen(path, "w");
    if (!file)
        return false;
    good = fprintf(file, "%" PRIu64 "\n", generation) > 0;
    return fclose(file) == 0 && good;
}

static uint64_t read_generation(const char *dir)
{
    char path[4096], line[64] = "";
    FILE *file;

    snprintf(path, sizeof path, "%s/generation", dir);
    file = fopen(path, "r");
    if (!file)
        return 0;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    return strtoull(line, NULL, 10);
}

/* ---- build ---- */

struct building {
    const struct options *o;
    struct zd_index_writer *writer;
    struct zd_bench_terms terms;
    struct stages stages;
    uint64_t n, n_bytes, generation;
    char title[ZD_TITLE_MAX_BYTES];
    uint32_t group;
};

static enum zd_status commit(struct building *b, struct zd_error *err)
{
    uint64_t begun = now_us();
    enum zd_status st = zd_index_writer_prepare(b->writer, &b->generation, err);

    if (st == ZD_OK && !write_generation(b->o->dir, b->generation))
        st = ZD_FAIL(err, ZD_IO, 0, "%s cannot be written", b->o->dir);
    zd_index_writer_close(b->writer, st == ZD_OK);
    b->writer = NULL;
    b->stages.prepare_us += now_us() - begun;
    return st;
}

static enum zd_status add_line(struct building *b, struct zd_str line, struct zd_error *err)
{
    struct zd_index_passage passage = {.id = (int64_t)b->n + 1};
    json_t *object = NULL;
    uint64_t begun = now_us(), parsed, cut;
    const char *title;
    enum zd_status st = zd_json_parse(line, &object, err);

    if (st != ZD_OK)
        return st;
    parsed = now_us();
    title = zd_json_str(object, "title").p ? zd_json_str(object, "title").p : "";
    if (b->n == 0 || strncmp(title, b->title, sizeof b->title - 1) != 0) {
        b->group++;
        snprintf(b->title, sizeof b->title, "%s", title);
    }
    passage.attributes.group = b->group;
    passage.attributes.access = 1;
    st = zd_bench_terms_of(&b->terms, object, &passage, err);
    cut = now_us();
    if (st == ZD_OK)
        st = zd_index_writer_add(b->writer, &passage, err);
    json_decref(object);
    b->stages.json_us += parsed - begun;
    b->stages.terms_us += cut - parsed;
    b->stages.add_us += now_us() - cut;
    b->n++;
    b->n_bytes += line.n;
    return st;
}

/* The large merges that a job does when nobody waits. */
static enum zd_status merge_all(struct building *b, struct zd_error *err)
{
    const uint64_t begun = now_us();
    enum zd_status st = zd_index_writer_open(b->o->dir, b->generation, &b->writer, err);

    if (st == ZD_OK)
        st = zd_index_writer_merge(b->writer, UINT64_MAX, err);
    if (st == ZD_OK)
        st = commit(b, err);
    b->stages.merge_us += now_us() - begun;
    return st;
}

static enum zd_status add_file(struct building *b, FILE *file, struct zd_error *err)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum zd_status st = zd_index_writer_open(b->o->dir, 0, &b->writer, err);

    while (st == ZD_OK && (n = getline(&line, &cap, file)) > 0) {
        if (line[n - 1] == '\n')
            n--;
        st = add_line(b, (struct zd_str){line, (size_t)n}, err);
        if (st == ZD_OK && b->o->batch && b->n % b->o->batch == 0) {
            st = commit(b, err);
            if (st == ZD_OK)
                st = zd_index_writer_open(b->o->dir, b->generation, &b->writer, err);
        }
    }
    free(line);
    return st == ZD_OK ? commit(b, err) : st;
}

/* Bytes of all files directly in dir. */
static uint64_t folder_bytes(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    uint64_t sum = 0;

    while (d && (entry = readdir(d)) != NULL) {
        char path[8192];
        struct stat info;

        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
            sum += (uint64_t)info.st_size;
    }
    if (d)
        closedir(d);
    return sum;
}

static enum zd_status build(const struct options *o, struct zd_error *err)
{
    struct building b = {.o = o};
    struct zd_index *index = NULL;
    struct zd_index_figures f = {0};
    const uint64_t begun = now_us();
    FILE *file = fopen(o->input, "r");
    enum zd_status st;

    if (!file)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", o->input);
    mkdir(o->dir, 0777);
    zd_bench_terms_init(&b.terms);
    st = add_file(&b, file, err);
    if (st == ZD_OK)
        st = merge_all(&b, err);
    b.stages.all_us = now_us() - begun;
    if (st == ZD_OK)
        st = zd_index_open(o->dir, b.generation, &index, err);
    if (st == ZD_OK) {
        zd_index_figures(index, &f);
        printf("{\"passages\": %" PRIu64
               ", \"build_s\": %.3f, \"json_s\": %.3f, \"terms_s\": %.3f, "
               "\"add_s\": %.3f, \"commit_s\": %.3f, \"merge_s\": %.3f, \"text_mb\": %.1f, "
               "\"index_mb\": %.2f, \"terms\": %" PRIu64 ", \"postings\": %" PRIu64
               ", \"segments\": %" PRIu64 ", \"peak_mb\": %.1f}\n",
               b.n, seconds(b.stages.all_us), seconds(b.stages.json_us), seconds(b.stages.terms_us),
               seconds(b.stages.add_us), seconds(b.stages.prepare_us), seconds(b.stages.merge_us),
               (double)b.n_bytes / 1e6, (double)folder_bytes(o->dir) / 1e6, f.n_terms, f.n_postings,
               f.n_segments, (double)peak_kb() / 1024);
    }
    zd_index_writer_close(b.writer, false);
    zd_index_close(index);
    zd_bench_terms_done(&b.terms);
    fclose(file);
    return st;
}

/* ---- query ---- */

/* Processor time of this thread. */
static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct asked {
    char *id, *text;
};

struct asking {
    const struct options *o;
    struct zd_index *index;
    struct zd_bench_terms terms;
    struct asked *p; /* [n] */
    size_t n, cap;
    double *ms, *cpu_ms;             /* [n] by the clock, of the processor */
    double *passages_us, *groups_us; /* [n] with --weigh */
    uint64_t n_terms;
};

static char *copy_str(struct zd_str s)
{
    char *copy = zd_alloc(s.n + 1);

    if (copy && s.n)
        memcpy(copy, s.p, s.n);
    return copy;
}

static enum zd_status read_questions(struct asking *a, struct zd_error *err)
{
    FILE *file = fopen(a->o->input, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum zd_status st = ZD_OK;

    if (!file)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", a->o->input);
    while (st == ZD_OK && (n = getline(&line, &cap, file)) > 0) {
        json_error_t ignored;
        json_t *object = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, &ignored);

        if (!object)
            continue; /* a line that is no JSON stays out here as for the peers */
        if (a->n == a->cap && !zd_grow(&a->p, &a->cap, a->n + 1, sizeof *a->p, SIZE_MAX / 64))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the questions");
        else
            a->p[a->n++] = (struct asked){copy_str(zd_json_str(object, "id")),
                                          copy_str(zd_json_str(object, "query"))};
        json_decref(object);
    }
    free(line);
    fclose(file);
    return st;
}

static enum zd_status ask(struct asking *a, size_t i, struct zd_index_hit *hits, size_t *ret_n,
                          struct zd_error *err)
{
    const struct options *o = a->o;
    struct zd_bench_question q = {0};
    struct zd_index_query query = {
        .field_weights = {(float)o->title, (float)o->headings, 1},
        .field_b = {0, 0, (float)o->b}, /* titles and headings are all short */
        .k1 = (float)o->k1,
        .top = o->top,
        .exhaustive = o->exhaustive,
    };
    const uint64_t begun = now_us();
    const double cpu_begun = cpu_ms();
    enum zd_status st = zd_bench_question_of(&a->terms, zd_str_c(a->p[i].text), &q, err);

    if (st == ZD_OK) {
        query.terms = q.terms;
        query.weights = q.weights;
        query.n_terms = q.n;
        st = zd_index_search(a->index, &query, hits, ret_n, err);
    }
    a->ms[i] = (double)(now_us() - begun) / 1e3;
    a->cpu_ms[i] = cpu_ms() - cpu_begun;
    a->n_terms += q.n;
    if (st == ZD_OK && o->weigh) {
        struct zd_bench_weighing w = {0};

        st = zd_bench_weigh(a->index, &query, hits, *ret_n, &w, err);
        a->passages_us[i] = w.passages_us;
        a->groups_us[i] = w.groups_us;
    }
    zd_bench_question_done(&q);
    return st;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void print_hits(const char *id, double ms, const struct zd_index_hit *hits, size_t n)
{
    printf("{\"id\": \"%s\", \"ms\": %.4f, \"hits\": [", id, ms);
    for (size_t i = 0; i < n; i++)
        printf("%s%" PRId64, i ? ", " : "", hits[i].id);
    puts("]}");
}

static void print_weighing(struct asking *a)
{
    double *const rows[] = {a->passages_us, a->groups_us};
    const char *const names[] = {"passages", "groups"};

    for (size_t k = 0; k < ZD_COUNT(rows); k++) {
        qsort(rows[k], a->n, sizeof *rows[k], by_size);
        printf("{\"weigh\": \"%s\", \"us_median\": %.0f, \"us_p99\": %.0f}\n", names[k],
               rows[k][a->n / 2], rows[k][a->n * 99 / 100]);
    }
}

static void print_sums(struct asking *a)
{
    double sum = 0, own, mapped;

    resident_mb(&own, &mapped);
    for (size_t i = 0; i < a->n; i++)
        sum += a->ms[i];
    qsort(a->ms, a->n, sizeof *a->ms, by_size);
    qsort(a->cpu_ms, a->n, sizeof *a->cpu_ms, by_size);
    printf("{\"questions\": %zu, \"terms\": %.1f, \"ms_median\": %.4f, \"ms_mean\": %.4f, "
           "\"ms_p90\": %.4f, \"ms_p99\": %.4f, \"ms_max\": %.4f, \"cpu_ms_median\": %.4f, "
           "\"cpu_ms_p99\": %.4f, \"own_mb\": %.1f, "
           "\"mapped_mb\": %.1f}\n",
           a->n, (double)a->n_terms / (double)a->n, a->ms[a->n / 2], sum / (double)a->n,
           a->ms[a->n * 90 / 100], a->ms[a->n * 99 / 100], a->ms[a->n - 1], a->cpu_ms[a->n / 2],
           a->cpu_ms[a->n * 99 / 100], own, mapped);
    if (a->o->weigh)
        print_weighing(a);
}

static enum zd_status query_all(struct asking *a, struct zd_error *err)
{
    struct zd_index_hit *hits = zd_alloc(a->o->top * sizeof *hits);
    const uint64_t warm_until = now_us() + (uint64_t)(a->o->warm * 1e6);
    size_t n = 0;
    enum zd_status st = hits ? ZD_OK : ZD_NOMEM;

    for (size_t i = 0; st == ZD_OK && i < a->n && now_us() < warm_until; i++)
        st = ask(a, i, hits, &n, err);
    a->n_terms = 0;
    for (size_t i = 0; st == ZD_OK && i < a->n; i++) {
        st = ask(a, i, hits, &n, err);
        if (st == ZD_OK && a->o->hits)
            print_hits(a->p[i].id, a->ms[i], hits, n);
    }
    zd_free(hits);
    return st;
}

static enum zd_status query(const struct options *o, struct zd_error *err)
{
    struct asking a = {.o = o};
    enum zd_status st;

    zd_bench_terms_init(&a.terms);
    st = zd_index_open(o->dir, read_generation(o->dir), &a.index, err);
    if (st == ZD_OK)
        st = read_questions(&a, err);
    a.ms = zd_alloc((a.n + 1) * sizeof *a.ms);
    a.cpu_ms = zd_alloc((a.n + 1) * sizeof *a.cpu_ms);
    a.passages_us = zd_alloc((a.n + 1) * sizeof *a.passages_us);
    a.groups_us = zd_alloc((a.n + 1) * sizeof *a.groups_us);
    if (st == ZD_OK && (!a.ms || !a.cpu_ms || !a.passages_us || !a.groups_us || a.n == 0))
        st = ZD_FAIL(err, ZD_INVALID, 0, "no questions in %s", o->input);
    if (st == ZD_OK)
        st = query_all(&a, err);
    if (st == ZD_OK)
        print_sums(&a);
    for (size_t i = 0; i < a.n; i++) {
        zd_free(a.p[i].id);
        zd_free(a.p[i].text);
    }
    zd_free(a.p);
    zd_free(a.ms);
    zd_free(a.cpu_ms);
    zd_free(a.passages_us);
    zd_free(a.groups_us);
    zd_bench_terms_done(&a.terms);
    zd_index_close(a.index);
    return st;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
    const struct {
        const char *name;
        double *value;
    } numbers[] = {{"--warm", &ret->warm},
                   {"--title", &ret->title},
                   {"--headings", &ret->headings},
                   {"--k1", &ret->k1},
                   {"--b", &ret->b}};

    if (argc < 4)
        return false;
    ret->command = argv[1];
    ret->input = strcmp(argv[1], "build") == 0 ? argv[2] : argv[3];
    ret->dir = strcmp(argv[1], "build") == 0 ? argv[3] : argv[2];
    for (int i = 4; i < argc; i++) {
        size_t k = 0;

        if (strcmp(argv[i], "--exhaustive") == 0)
            ret->exhaustive = true;
        else if (strcmp(argv[i], "--hits") == 0)
            ret->hits = true;
        else if (strcmp(argv[i], "--weigh") == 0)
            ret->weigh = true;
        else if (i + 1 == argc)
            return false;
        else if (strcmp(argv[i], "--batch") == 0)
            ret->batch = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--top") == 0)
            ret->top = (size_t)strtoull(argv[++i], NULL, 10);
        else {
            while (k < ZD_COUNT(numbers) && strcmp(argv[i], numbers[k].name) != 0)
                k++;
            if (k == ZD_COUNT(numbers))
                return false;
            *numbers[k].value = strtod(argv[++i], NULL);
        }
    }
    return ret->top >= 1 && ret->top <= ZD_TOP_MAX;
}

int main(int argc, char **argv)
{
    struct options o = {.top = 100, .warm = 3, .title = 1.5, .headings = 1, .k1 = 0.9, .b = 0.6};
    struct zd_error err = {0};

    if (!read_options(argc, argv, &o)) {
        fputs("usage: driver build CORPUS.jsonl DIR [--batch N]\n"
              "       driver query DIR QUESTIONS.jsonl [--top K] [--warm SECONDS] [--exhaustive]\n"
              "              [--hits] [--weigh] [--title W] [--headings W] [--k1 X] [--b X]\n",
              stderr);
        return 2;
    }
    zd_json_init();
    if ((strcmp(o.command, "build") == 0 ? build(&o, &err) : query(&o, &err)) == ZD_OK)
        return 0;
    fprintf(stderr, "driver: %s\n", err.what);
    return 1;
}
