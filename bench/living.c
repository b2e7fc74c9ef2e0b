/* living: questions while documents are being added, against the same questions in quiet.
 *
 *     living OFFICE FEED.jsonl QUESTIONS.jsonl [--rate 1000] [--seconds 10] [--commit-ms 500]
 *            [--pause-ms 0] [--files]
 *
 * One thread asks through a desk (understood, ranked, 10 best), with pause-ms after each question;
 * in the second half another adds the lines of FEED ("id", "title", "text") to the same office
 * through the one add flow, at `rate` documents a second, committing every commit-ms. What a commit
 * holds arrives as one file of JSON lines, which one worker of the reader reads; with --files each
 * document is an upload of its own and costs a worker of its own. Both halves ask the same
 * questions for the same time. A question whose view finds a new generation pays for opening it:
 * that is the time that counts. Prints one JSON line. The office is changed: hand in a copy.
 */
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "desk/desk.h"
#include "ingest/ingest.h"
#include "store/store.h"

#define SAMPLES_MAX ((size_t)1 << 22)
#define QUESTION_ARENA_BYTES (64 * ZD_MiB)

struct options {
    const char *office, *feed, *questions;
    double rate, seconds;
    uint64_t commit_us, pause_us;
    bool files;
};

struct lines {
    char **p; /* [n] owned */
    size_t n, cap;
};

struct feeding {
    const struct options *o;
    atomic_bool stop;
    uint64_t n_added, n_commits, us;
    double *commit_ms; /* [n_commits] */
    enum zd_status status;
    struct zd_error err;
};

static bool push_line(struct lines *lines, struct zd_str s)
{
    char *copy = zd_alloc(s.n + 1);

    if (!copy || (lines->n == lines->cap &&
                  !zd_grow(&lines->p, &lines->cap, lines->n + 1, sizeof *lines->p, SAMPLES_MAX))) {
        zd_free(copy);
        return false;
    }
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    lines->p[lines->n++] = copy;
    return true;
}

static enum zd_status read_questions(const char *path, struct lines *lines, struct zd_error *err)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    bool good = true;

    if (!file)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", path);
    while (good && (n = getline(&line, &cap, file)) > 0) {
        json_error_t ignored;
        json_t *object = json_loadb(line, (size_t)n, 0, &ignored);

        if (zd_json_str(object, "query").n > 0)
            good = push_line(lines, zd_json_str(object, "query"));
        json_decref(object);
    }
    free(line);
    fclose(file);
    if (!good)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the questions");
    return lines->n ? ZD_OK : ZD_FAIL(err, ZD_INVALID, 0, "no questions in %s", path);
}

/* ---- adding ---- */

static void pause_us(uint64_t us)
{
    const struct timespec wait = {.tv_sec = (time_t)(us / 1000000),
                                  .tv_nsec = (long)(us % 1000000) * 1000};

    nanosleep(&wait, NULL);
}

static enum zd_status add_line(struct zd_ingest *ingest, struct zd_str line, uint64_t number,
                               struct zd_buf *raw, struct zd_error *err)
{
    json_t *object = NULL;
    char name[64];
    enum zd_status st = zd_json_parse(line, &object, err);

    if (st != ZD_OK)
        return st;
    zd_buf_clear(raw);
    /* in front: what stands in brackets behind a title does not make it another text's */
    zd_buf_printf(raw, "%" PRIu64 "号", number);
    zd_buf_str(raw, zd_json_str(object, "title"));
    zd_buf_str(raw, ZD_STR("\n\n"));
    zd_buf_str(raw, zd_json_str(object, "text"));
    json_decref(object);
    snprintf(name, sizeof name, "living-%" PRIu64 ".txt", number);
    st = zd_buf_check(raw, "a document", err);
    return st == ZD_OK ? zd_ingest_bytes(ingest, zd_str_c(name), (struct zd_bytes){raw->p, raw->n},
                                         NULL, err)
                       : st;
}

static enum zd_status flush(struct feeding *f, struct zd_ingest *ingest)
{
    const uint64_t begun = zd_clock_mono_us();
    enum zd_status st = zd_ingest_flush(ingest, &f->err);

    f->commit_ms[f->n_commits++] = (double)(zd_clock_mono_us() - begun) / 1e3;
    return st;
}

static bool is_stopped(const struct feeding *f)
{
    return atomic_load(&f->stop);
}

/* Adds single files until told to stop, never ahead of the rate. */
static enum zd_status feed_files(struct feeding *f, struct zd_ingest *ingest, FILE *file)
{
    struct zd_buf raw = {.max = ZD_TEXT_MAX_BYTES};
    const uint64_t begun = zd_clock_mono_us();
    uint64_t committed = begun, now = begun;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && !is_stopped(f) && (n = getline(&line, &cap, file)) > 0) {
        const uint64_t due = begun + (uint64_t)((double)f->n_added * 1e6 / f->o->rate);

        st = add_line(ingest, (struct zd_str){line, (size_t)n - (line[n - 1] == '\n')},
                      (uint64_t)begun + f->n_added, &raw, &f->err);
        f->n_added++;
        now = zd_clock_mono_us();
        if (st == ZD_OK && now - committed >= f->o->commit_us) {
            st = flush(f, ingest);
            committed = zd_clock_mono_us();
        }
        if (now < due)
            pause_us(due - now);
    }
    if (st == ZD_OK)
        st = flush(f, ingest);
    f->us = zd_clock_mono_us() - begun;
    free(line);
    zd_buf_done(&raw);
    return st;
}

/* Adds the next n lines as one file at `path`, and commits. */
static enum zd_status add_batch(struct feeding *f, struct zd_ingest *ingest, FILE *file,
                                const char *path, uint64_t n)
{
    FILE *batch = fopen(path, "w");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n_bytes;
    enum zd_status st;

    if (!batch)
        return ZD_FAIL(&f->err, ZD_IO, 0, "%s cannot be written", path);
    for (; n > 0 && (n_bytes = getline(&line, &cap, file)) > 0; n--) {
        fwrite(line, 1, (size_t)n_bytes, batch);
        f->n_added++;
    }
    free(line);
    if (fclose(batch) != 0)
        return ZD_FAIL(&f->err, ZD_IO, 0, "%s cannot be written", path);
    st = zd_ingest_jsonl(ingest, path, &f->err);
    return st == ZD_OK ? flush(f, ingest) : st;
}

/* Every commit-ms what has become due since. */
static enum zd_status feed_batches(struct feeding *f, struct zd_ingest *ingest, FILE *file)
{
    char path[PATH_MAX];
    const uint64_t begun = zd_clock_mono_us();
    enum zd_status st = ZD_OK;

    (void)snprintf(path, sizeof path, "%s.batch.jsonl", f->o->office);
    for (uint64_t due = begun + f->o->commit_us; st == ZD_OK && !is_stopped(f);
         due += f->o->commit_us) {
        uint64_t now = zd_clock_mono_us(), wanted;

        if (now < due)
            pause_us(due - now);
        now = zd_clock_mono_us();
        wanted = (uint64_t)((double)(now - begun) * f->o->rate / 1e6);
        if (wanted > f->n_added && !feof(file))
            st = add_batch(f, ingest, file, path, wanted - f->n_added);
    }
    f->us = zd_clock_mono_us() - begun;
    unlink(path);
    return st;
}

static void *feed(void *context)
{
    struct feeding *f = context;
    const struct zd_ingest_options options = {.batch_ms = UINT32_MAX,
                                              .merges = ZD_INGEST_MERGE_BESIDE};
    struct zd_ingest *ingest = NULL;
    FILE *file = fopen(f->o->feed, "r");

    f->status = file ? zd_ingest_open(f->o->office, &options, &ingest, &f->err)
                     : (enum zd_status)ZD_NOT_FOUND;
    if (f->status == ZD_OK)
        f->status = f->o->files ? feed_files(f, ingest, file) : feed_batches(f, ingest, file);
    zd_ingest_close(ingest);
    if (file)
        fclose(file);
    return NULL;
}

/* ---- asking ---- */

struct asking {
    const struct lines *questions;
    struct zd_desk *desk;
    struct zd_arena *arena;
    double *ms; /* [n] of SAMPLES_MAX */
    size_t n;
    uint64_t pause_us; /* after each question */
};

static enum zd_status ask_for(struct asking *a, double seconds, struct zd_error *err)
{
    const uint64_t until = zd_clock_mono_us() + (uint64_t)(seconds * 1e6);
    enum zd_status st = ZD_OK;

    a->n = 0;
    while (st == ZD_OK && a->n < SAMPLES_MAX) {
        const uint64_t begun = zd_clock_mono_us();
        const struct zd_ask ask = {.question = zd_str_c(a->questions->p[a->n % a->questions->n])};
        struct zd_search found = {0};

        if (begun >= until)
            break;
        zd_arena_reset(a->arena);
        st = zd_desk_search(a->desk, zd_subject_visitor(), &ask, 10, a->arena, &found, err);
        a->ms[a->n++] = (double)(zd_clock_mono_us() - begun) / 1e3;
        if (a->pause_us > 0)
            pause_us(a->pause_us);
    }
    return st;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

struct times {
    size_t n;
    double median, p99, max;
};

static struct times times_of(double *ms, size_t n)
{
    if (n == 0)
        return (struct times){0};
    qsort(ms, n, sizeof *ms, by_size);
    return (struct times){n, ms[n / 2], ms[n * 99 / 100], ms[n - 1]};
}

static void print_times(const char *name, struct times t)
{
    printf(
        "\"%s\": {\"questions\": %zu, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}, ",
        name, t.n, t.median, t.p99, t.max);
}

static enum zd_status measure(const struct options *o, struct asking *a, struct zd_error *err)
{
    struct feeding f = {.o = o, .commit_ms = zd_alloc(SAMPLES_MAX * sizeof(double))};
    struct times quiet, living, commits;
    pthread_t thread;
    enum zd_status st;

    if (!f.commit_ms)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the times");
    st = ask_for(a, o->seconds / 5, err); /* warm */
    if (st == ZD_OK)
        st = ask_for(a, o->seconds, err);
    quiet = times_of(a->ms, a->n);
    if (st == ZD_OK && pthread_create(&thread, NULL, feed, &f) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no thread");
    if (st != ZD_OK)
        goto out;
    st = ask_for(a, o->seconds, err);
    atomic_store(&f.stop, true);
    pthread_join(thread, NULL);
    if (st == ZD_OK && f.status != ZD_OK) {
        st = f.status;
        *err = f.err;
    }
    if (st != ZD_OK)
        goto out;
    living = times_of(a->ms, a->n);
    commits = times_of(f.commit_ms, (size_t)f.n_commits);
    putchar('{');
    print_times("quiet", quiet);
    print_times("living", living);
    printf("\"p99_ratio\": %.2f, \"added\": %" PRIu64 ", \"added_s\": %.0f, \"commits\": %" PRIu64
           ", \"commit_median_ms\": %.1f, \"commit_max_ms\": %.1f}\n",
           living.p99 / quiet.p99, f.n_added, (double)f.n_added * 1e6 / (double)f.us, f.n_commits,
           commits.median, commits.max);
out:
    zd_free(f.commit_ms);
    return st;
}

static enum zd_status run(const struct options *o, struct zd_error *err)
{
    struct lines questions = {0};
    struct asking a = {.questions = &questions,
                       .pause_us = o->pause_us,
                       .arena = zd_arena_new(QUESTION_ARENA_BYTES),
                       .ms = zd_alloc(SAMPLES_MAX * sizeof(double))};
    struct zd_office *office = NULL;
    enum zd_status st = zd_store_init(err);

    if (st == ZD_OK)
        st = read_questions(o->questions, &questions, err);
    if (st == ZD_OK)
        st = zd_office_open(o->office, &office, err);
    if (st == ZD_OK)
        st = zd_desk_open(office, &a.desk, err);
    if (st == ZD_OK && (!a.arena || !a.ms))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the times");
    if (st == ZD_OK)
        st = measure(o, &a, err);
    zd_desk_close(a.desk);
    zd_office_close(office);
    zd_arena_free(a.arena);
    zd_free(a.ms);
    for (size_t i = 0; i < questions.n; i++)
        zd_free(questions.p[i]);
    zd_free(questions.p);
    return st;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    if (argc < 4)
        return false;
    o->office = argv[1];
    o->feed = argv[2];
    o->questions = argv[3];
    for (int i = 4; i < argc; i++) {
        const char *name = argv[i];
        double value;

        o->files |= strcmp(name, "--files") == 0;
        if (strcmp(name, "--files") == 0)
            continue;
        if (++i == argc)
            return false;
        value = strtod(argv[i], NULL);
        if (strcmp(name, "--rate") == 0)
            o->rate = value;
        else if (strcmp(name, "--seconds") == 0)
            o->seconds = value;
        else if (strcmp(name, "--commit-ms") == 0)
            o->commit_us = (uint64_t)(value * 1e3);
        else if (strcmp(name, "--pause-ms") == 0)
            o->pause_us = (uint64_t)(value * 1e3);
        else
            return false;
    }
    return o->rate > 0 && o->seconds > 0;
}

/* The reader of documents of the same build, where none is named. */
static bool name_reader(const char *self)
{
    const char *end = strrchr(self, '/');
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%.*s/../src/cli/zhidian-parse", end ? (int)(end - self) : 1,
                   end ? self : ".");
    return setenv("ZHIDIAN_PARSE", path, 0) == 0;
}

int main(int argc, char **argv)
{
    struct options o = {.rate = 1000, .seconds = 10, .commit_us = 500000};
    struct zd_error err = {0};

    if (!read_options(argc, argv, &o)) {
        fputs("usage: living OFFICE FEED.jsonl QUESTIONS.jsonl [--rate N] [--seconds S] "
              "[--commit-ms MS] [--pause-ms MS] [--files]\n",
              stderr);
        return 2;
    }
    zd_json_init();
    if (!name_reader(argv[0]))
        return 1;
    if (run(&o, &err) == ZD_OK)
        return 0;
    fprintf(stderr, "living: %s\n", err.what);
    return 1;
}
