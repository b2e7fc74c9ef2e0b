/* inspect: opens an office that may have been through anything and says what it holds and whether
 * that is sound. The fault tests keep one such process and hand it folder after folder; each is
 * looked at in a forked child, so that a crash is a finding and nothing has to start twice.
 *
 * One request a line on standard input, fields between tabs; one line comes back for each:
 *
 *     digest DIR          → "ok DIGEST"
 *     check DIR           → "ok DIGEST PARTIAL OPEN_US FILES", or "bad WHAT"
 *     answers DIR FILE    → what a search and an ask give for each line of FILE (inspect_answers.c)
 *     shrink DIR FILE CUT → the same, with the file CUT cut to half after the first question
 *     sound DIR           → "ok sound" where zd_store_check and zd_index_check pass, else "no WHAT"
 *     index DIR           → "ok sound" where zd_index_check passes, else "no WHAT"
 *     reindex DIR         → "ok reindexed", or "no WHAT"
 *     add DIR TEXT        → "ok added", or "no WHAT"
 *
 * Started with arguments it writes instead, while faultio watches (inspect_burst.c).
 *
 * DIGEST covers what a person would miss: every document (its id where one was given, title,
 * access) with every version, the hash of its text computed anew, its days, what ends it, and its
 * number of passages. Random ids and clocks are left out, so the same commands give the same
 * digest. An office that is not there yet, or holds nothing, is "empty".
 *
 * `check` is what every state after a fault must pass:
 *   1. readers first: the office opens, the whole database is sound, and unless the view is marked
 *      partial the index is sound and agrees: every stored passage is found by its own words and by
 *      its own vector, every hit is a stored passage, the days of the index are those of the database;
 *   2. then a writer opens and closes: the digest is the same;
 *   3. then a document is added: it is found, everything agrees and nothing is partial any more, no
 *      temporary file is left, and the index folder holds FILES files.
 * OPEN_US is the longer of the reader's and the writer's way to readiness.
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/json.h"
#include "index/vectors.h"
#include "ingest/ingest.h"
#include "ingest/office.h"
#include "ingest/postings.h"
#include "semantic/encoder.h"
#include "store/document.h"
#include "store/version.h"

#include "inspect.h"

#define ARENA_BYTES (256 * ZD_MiB)
#define LINE_BYTES 65536
#define CHILD_SECONDS 60
#define QUERY_TERMS 48

static const char probe_text[] =
    "关于故障检验探针的通知\n\n"
    "探针文件用于检验断电之后仍能继续收录，窗口设在白鹭街一百零一号。\n";

/* Ends the child with its finding. */
_Noreturn void fault_finish(const char *word, const char *what)
{
    printf("%s %s\n", word, what);
    fflush(stdout);
    _exit(0);
}

_Noreturn ZD_PRINTF(1, 2) static void bad(const char *fmt, ...)
{
    char what[512];
    va_list rest;

    va_start(rest, fmt);
    vsnprintf(what, sizeof what, fmt, rest);
    va_end(rest);
    fault_finish("bad", what);
}

static void must(enum zd_status st, const struct zd_error *err, const char *doing)
{
    if (st != ZD_OK)
        bad("%s: %s: %s", doing, zd_status_word(st), err->what);
}

/* ---- an office, open ---- */

struct reading {
    struct zd_office *office;
    struct zd_view *view;
    struct zd_store *store;
    const struct zd_index *index;
    struct zd_arena *arena;
    int64_t *keys; /* [n_keys] of every stored passage, ascending */
    size_t n_keys, keys_cap;
    struct zd_encoder_work encoder;
    bool partial;
    uint64_t open_us;
    char digest[2 * 8 + 1];
};

static void reading_done(struct reading *r)
{
    if (r->view)
        zd_view_end(r->view);
    zd_view_close(r->view);
    zd_office_close(r->office);
    zd_arena_free(r->arena);
    zd_free(r->keys);
    zd_encoder_work_done(&r->encoder);
    *r = (struct reading){0};
}

/* False where there is no office yet. */
static bool reading_begin(struct reading *r, const char *dir)
{
    struct zd_error err = {0};
    uint64_t begun = zd_clock_mono_us();
    enum zd_status st = zd_office_open(dir, &r->office, &err);

    if (st == ZD_NOT_FOUND)
        return false;
    must(st, &err, "open for reading");
    must(zd_view_open(r->office, &r->view, &err), &err, "open a view");
    must(zd_view_begin(r->view, &err), &err, "begin a view");
    r->open_us = zd_clock_mono_us() - begun;
    r->store = zd_view_store(r->view);
    r->index = zd_view_index(r->view);
    r->partial = zd_view_is_partial(r->view);
    r->arena = zd_arena_new(ARENA_BYTES);
    if (!r->arena)
        bad("no memory");
    return true;
}

/* ---- what it holds ---- */

struct place {
    int64_t version;
    size_t document;
    uint32_t ordinal;
};

struct census {
    struct zd_document_list documents;
    struct zd_version_list *versions; /* [documents.n] */
    struct place *places;             /* [n_places] where each version stands */
    size_t n_places;
};

static void take_census(const struct reading *r, struct census *c)
{
    const struct zd_subject *owner = zd_subject_owner();
    struct zd_error err = {0};

    must(zd_document_page(r->store, owner, 0, 100000, r->arena, &c->documents, &err), &err,
         "list the documents");
    c->versions = zd_arena_array(r->arena, c->documents.n + 1, sizeof *c->versions);
    for (size_t i = 0; i < c->documents.n; i++) {
        must(zd_version_of_document(r->store, owner, c->documents.p[i].key, r->arena,
                                    &c->versions[i], &err),
             &err, "list the versions");
        c->n_places += c->versions[i].n;
    }
    c->places = zd_arena_array(r->arena, c->n_places + 1, sizeof *c->places);
    c->n_places = 0;
    for (size_t i = 0; i < c->documents.n; i++)
        for (size_t k = 0; k < c->versions[i].n; k++)
            c->places[c->n_places++] =
                (struct place){c->versions[i].p[k].key, i, c->versions[i].p[k].ordinal};
}

static void digest_version(const struct reading *r, const struct census *c,
                           const struct zd_version *v, struct zd_buf *out)
{
    struct zd_error err = {0};
    struct zd_str text = {0};
    uint8_t hash[ZD_SHA256_BYTES];
    char hex[2 * ZD_SHA256_BYTES + 1];
    size_t by = 0;

    must(
        zd_version_text(r->store, zd_subject_owner(), v->key, 0, v->n_bytes, r->arena, &text, &err),
        &err, "read a text");
    must(zd_sha256(zd_str_bytes(text), hash, &err), &err, "hash a text");
    if (memcmp(hash, v->text_hash, sizeof hash) != 0)
        bad("version %" PRId64 " does not have the text it says", v->key);
    while (by < c->n_places && c->places[by].version != v->superseded_by)
        by++;
    if (v->superseded_by && by == c->n_places)
        bad("version %" PRId64 " is ended by one that is not there", v->key);
    zd_buf_printf(out, " v%u %s %u %d %d %d %d %d %d by %zu.%u\n", v->ordinal,
                  zd_hex(hash, sizeof hash, hex), v->n_passages, v->issued, v->effective,
                  v->expires, v->valid_from, v->valid_to, (int)v->end,
                  v->superseded_by ? c->places[by].document : 0,
                  v->superseded_by ? c->places[by].ordinal : 0);
}

static void make_digest(struct reading *r, const struct census *c)
{
    struct zd_buf out = {.max = 64 * ZD_MiB};
    uint8_t hash[ZD_SHA256_BYTES];
    struct zd_error err = {0};

    for (size_t i = 0; i < c->documents.n; i++) {
        const struct zd_document *d = &c->documents.p[i];

        zd_buf_printf(&out, "d %.*s %.*s %u %u\n", d->id_given ? (int)d->id.n : 0, d->id.p,
                      (int)d->title.n, d->title.p, d->access, d->region);
        for (size_t k = 0; k < c->versions[i].n; k++)
            digest_version(r, c, &c->versions[i].p[k], &out);
    }
    must(zd_sha256(zd_str_bytes(zd_buf_view(&out)), hash, &err), &err, "hash the digest");
    if (getenv("FAULT_SHOW"))
        fprintf(stderr, "%.*s", (int)out.n, (const char *)out.p);
    zd_hex(hash, 8, r->digest);
    if (c->documents.n == 0)
        memcpy(r->digest, "empty", 6);
    zd_buf_done(&out);
}

/* ---- whether the index agrees ---- */

static int by_term(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool is_stored(const struct reading *r, int64_t key)
{
    size_t low = 0, high = r->n_keys;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->keys[middle] == key)
            return true;
        if (r->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Searches for the words of a passage; whether it is among the hits. */
static bool search_for(const struct reading *r, const struct zd_index_passage *words, int64_t key,
                       uint32_t group, int32_t on)
{
    uint64_t terms[QUERY_TERMS];
    float weights[QUERY_TERMS];
    static struct zd_index_hit hits[ZD_TOP_MAX];
    struct zd_index_query q = {
        .terms = terms,
        .weights = weights,
        .field_weights = {1, 1, 1},
        .field_b = {0.5F, 0.5F, 0.75F},
        .k1 = 1.2F,
        .top = ZD_TOP_MAX,
        .filter = {.on = on, .groups = &group, .n_groups = group ? 1 : 0},
    };
    struct zd_error err = {0};
    size_t n_hits = 0, n = 0;
    bool found = false;

    for (int f = ZD_FIELD_BODY; f >= 0 && n == 0; f--)
        for (size_t i = 0; i < words->n_terms[f] && n < QUERY_TERMS; i++)
            terms[n++] = words->terms[f][i];
    qsort(terms, n, sizeof *terms, by_term);
    for (size_t i = 0; i < n; i++) {
        if (q.n_terms > 0 && terms[q.n_terms - 1] == terms[i])
            continue;
        weights[q.n_terms] = 1;
        terms[q.n_terms++] = terms[i];
    }
    if (q.n_terms == 0)
        return true;
    must(zd_index_search(r->index, &q, hits, &n_hits, &err), &err, "search");
    for (size_t i = 0; i < n_hits; i++) {
        if (!is_stored(r, hits[i].id))
            bad("a hit that is not stored: %" PRId64, hits[i].id);
        found |= hits[i].id == key;
    }
    return found;
}

/* Whether the passage, which has these words, is found by the vector that the office's model gives
 * them, and is as near as that. Its group's others may be as near. */
static void compare_vector(struct reading *r, const struct zd_index_passage *words, int64_t key,
                           uint32_t group)
{
    const struct zd_encoder *encoder = zd_model_encoder(zd_view_model(r->view));
    static struct zd_index_hit hits[ZD_TOP_MAX];
    int8_t vector[ZD_ENCODER_MAX_DIMS];
    struct zd_encoder_terms parts[ZD_FIELD_COUNT];
    struct zd_index_vector_query q = {.vector = vector,
                                      .top = ZD_TOP_MAX,
                                      .filter = {.groups = &group, .n_groups = 1},
                                      .exact = true};
    struct zd_error err = {0};
    size_t n = 0, i = 0;

    if (!encoder)
        bad("the office's model has no encoder: nothing is known of the vectors");
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        parts[f] = (struct zd_encoder_terms){words->terms[f], words->n_terms[f]};
    must(zd_encoder_encode(encoder, &r->encoder, parts, ZD_FIELD_COUNT, vector, &err), &err,
         "encode a passage");
    q.n_dims = zd_encoder_dims(encoder);
    q.model = zd_encoder_fingerprint(encoder);
    must(zd_index_search_vectors(r->index, &q, hits, &n, &err), &err, "search by a vector");
    while (i < n && hits[i].id != key)
        i++;
    if (i == n)
        bad("passage %" PRId64 " is not found by its vector", key);
    if ((int32_t)hits[i].score != zd_index_dot(vector, vector, q.n_dims))
        bad("passage %" PRId64 " has another vector", key);
}

static void compare_days(const struct reading *r, const struct zd_index_passage *words,
                         const struct zd_version *v, int64_t key)
{
    const int32_t days[] = {19990101, v->valid_from, v->valid_to, 20190701, 20240701, 20990101};

    for (size_t i = 0; i < ZD_COUNT(days); i++) {
        bool holds = v->valid_from <= days[i] && (v->valid_to == 0 || days[i] <= v->valid_to);

        if (days[i] && search_for(r, words, key, (uint32_t)v->key, days[i]) != holds)
            bad("passage %" PRId64 " is %s in the index on %d", key, holds ? "missing" : "found",
                days[i]);
    }
}

static void compare_version(struct reading *r, struct zd_postings *postings,
                            const struct zd_version *v)
{
    struct zd_stored_passage_list list = {0};
    struct zd_error err = {0};

    must(zd_passage_of_version(r->store, zd_subject_owner(), v->key, 0, ZD_DOCUMENT_MAX_PASSAGES,
                               true, r->arena, &list, &err),
         &err, "read the passages");
    for (size_t i = 0; i < list.n; i++) {
        struct zd_index_passage words = {0};

        must(zd_postings_of(postings, v->title, &list.p[i], &words, &err), &err, "make terms");
        if (!search_for(r, &words, list.p[i].key, (uint32_t)v->key, 0) && !r->partial)
            bad("passage %" PRId64 " of %.*s is not found", list.p[i].key, (int)v->title.n,
                v->title.p);
        if (!r->partial)
            compare_vector(r, &words, list.p[i].key, (uint32_t)v->key);
        if (i == 0)
            (void)search_for(r, &words, list.p[i].key, 0, 0);
        if (i == 0 && !r->partial)
            compare_days(r, &words, v, list.p[i].key);
    }
}

static void collect_keys(struct reading *r, const struct zd_version *v)
{
    struct zd_stored_passage_list list = {0};
    struct zd_error err = {0};

    must(zd_passage_of_version(r->store, zd_subject_owner(), v->key, 0, ZD_DOCUMENT_MAX_PASSAGES,
                               false, r->arena, &list, &err),
         &err, "read the passages");
    if (!zd_grow(&r->keys, &r->keys_cap, r->n_keys + list.n, sizeof *r->keys, 1u << 24))
        bad("no memory");
    for (size_t i = 0; i < list.n; i++)
        r->keys[r->n_keys++] = list.p[i].key;
}

static int by_key(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void compare_index(struct reading *r, const struct census *c)
{
    struct zd_postings *postings = zd_postings_new();
    struct zd_index_figures figures = {0};

    if (!postings)
        bad("no memory");
    for (size_t i = 0; i < c->documents.n; i++)
        for (size_t k = 0; k < c->versions[i].n; k++)
            collect_keys(r, &c->versions[i].p[k]);
    if (!r->index) {
        if (r->n_keys > 0 && !r->partial)
            bad("no index, and not marked partial");
        goto out;
    }
    if (r->n_keys > 1)
        qsort(r->keys, r->n_keys, sizeof *r->keys, by_key);
    zd_index_figures(r->index, &figures);
    if (!r->partial && figures.n_passages - figures.n_deleted != r->n_keys)
        bad("the index holds %" PRIu64 " passages, the database %zu",
            figures.n_passages - figures.n_deleted, r->n_keys);
    for (size_t i = 0; i < c->documents.n; i++)
        for (size_t k = 0; k < c->versions[i].n; k++)
            compare_version(r, postings, &c->versions[i].p[k]);
out:
    zd_postings_free(postings);
}

static enum zd_status check_index(const struct reading *r, const char *dir, struct zd_error *err)
{
    char path[4096];
    uint64_t generation = 0;
    enum zd_status st = zd_store_generation(r->store, &generation, err);

    snprintf(path, sizeof path, "%s/index", dir);
    return st == ZD_OK && generation > 0 ? zd_index_check(path, generation, err) : st;
}

/* Everything that a reader can see, looked at. The digest is "empty" where there is no office. */
static void look(struct reading *r, const char *dir)
{
    struct census c = {0};
    struct zd_error err = {0};

    memcpy(r->digest, "empty", 6);
    if (!reading_begin(r, dir))
        return;
    must(zd_store_check(r->store, &err), &err, "check the database");
    take_census(r, &c);
    make_digest(r, &c);
    if (!r->partial)
        must(check_index(r, dir, &err), &err, "check the index");
    compare_index(r, &c);
}

/* ---- requests ---- */

static uint64_t write_nothing(const char *dir)
{
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    uint64_t begun = zd_clock_mono_us(), took;

    must(zd_ingest_open(dir, NULL, &ingest, &err), &err, "open for writing");
    took = zd_clock_mono_us() - begun;
    zd_ingest_close(ingest);
    return took;
}

static void on_report(void *context, const struct zd_ingest_report *report)
{
    enum zd_ingest_outcome *outcome = context;

    *outcome = report->outcome;
}

static enum zd_status write_text(const char *dir, const char *text, enum zd_ingest_outcome *outcome,
                                 struct zd_error *err)
{
    const struct zd_ingest_options options = {.report = on_report, .report_context = outcome};
    struct zd_ingest *ingest = NULL;
    const struct zd_bytes raw = {(const uint8_t *)text, strlen(text)};
    enum zd_status st = zd_ingest_open(dir, &options, &ingest, err);

    if (st == ZD_OK)
        st = zd_ingest_bytes(ingest, ZD_STR("probe.txt"), raw, NULL, err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, err);
    zd_ingest_close(ingest);
    return st;
}

/* Files of a folder; any temporary one among them is a fault. */
static unsigned count_files(const char *dir, const char *below)
{
    char path[4096];
    const struct dirent *entry;
    unsigned n = 0;
    DIR *d;

    snprintf(path, sizeof path, "%s/%s", dir, below);
    d = opendir(path);
    if (!d)
        bad("no folder %s", below);
    while ((entry = readdir(d)) != NULL) {
        if (strstr(entry->d_name, ".tmp"))
            bad("a stray file: %s", entry->d_name);
        n += entry->d_name[0] != '.';
    }
    closedir(d);
    return n;
}

_Noreturn static void do_check(const char *dir)
{
    struct reading r = {0};
    struct zd_error err = {0};
    enum zd_ingest_outcome outcome = ZD_INGEST_FAILED;
    char digest[sizeof r.digest], answer[128];
    uint64_t reader_us, writer_us;
    bool partial;

    look(&r, dir);
    memcpy(digest, r.digest, sizeof digest);
    partial = r.partial;
    reader_us = r.open_us;
    reading_done(&r);
    writer_us = write_nothing(dir);
    look(&r, dir);
    if (strcmp(digest, r.digest) != 0)
        bad("opening for writing changed what is there");
    reading_done(&r);
    must(write_text(dir, probe_text, &outcome, &err), &err, "add after the fault");
    if (outcome != ZD_INGEST_ADDED)
        bad("the next document is not taken");
    look(&r, dir);
    if (r.partial)
        bad("still partial after the next document");
    if (strcmp(digest, r.digest) == 0)
        bad("the next document is not there");
    reading_done(&r);
    (void)count_files(dir, ".");
    snprintf(answer, sizeof answer, "%s %d %" PRIu64 " %u", digest, partial,
             reader_us > writer_us ? reader_us : writer_us, count_files(dir, "index"));
    fault_finish("ok", answer);
}

_Noreturn static void do_digest(const char *dir)
{
    struct reading r = {0};
    char digest[sizeof r.digest];

    look(&r, dir);
    memcpy(digest, r.digest, sizeof digest);
    reading_done(&r); /* leaves the folder as it was */
    fault_finish("ok", digest);
}

_Noreturn static void do_sound(const char *dir, bool index_only)
{
    struct reading r = {0};
    struct zd_error err = {0};
    enum zd_status st = zd_office_open(dir, &r.office, &err);

    if (st == ZD_OK)
        st = zd_view_open(r.office, &r.view, &err);
    if (st == ZD_OK)
        st = zd_view_begin(r.view, &err);
    if (st == ZD_OK) {
        r.store = zd_view_store(r.view);
        st = index_only ? ZD_OK : zd_store_check(r.store, &err);
    }
    if (st == ZD_OK)
        st = check_index(&r, dir, &err);
    if (st == ZD_OK)
        fault_finish("ok", "sound");
    fault_finish("no", err.what[0] ? err.what : "without a word");
}

_Noreturn static void do_reindex(const char *dir)
{
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    enum zd_status st = zd_ingest_open(dir, NULL, &ingest, &err);

    if (st == ZD_OK)
        st = zd_ingest_rebuild_index(ingest, &err);
    zd_ingest_close(ingest);
    fault_finish(st == ZD_OK ? "ok" : "no", st == ZD_OK ? "reindexed" : err.what);
}

_Noreturn static void do_add(const char *dir, const char *text)
{
    struct zd_error err = {0};
    enum zd_ingest_outcome outcome = ZD_INGEST_FAILED;
    enum zd_status st = write_text(dir, text, &outcome, &err);

    fault_finish(st == ZD_OK ? "ok" : "no",
                 st == ZD_OK ? zd_ingest_outcome_word(outcome) : err.what);
}

/* ---- the loop ---- */

_Noreturn static void serve(char *line)
{
    char none[1] = "", *fields[4] = {none, none, none, none};
    size_t n = 0;

    for (char *p = line; p && n < ZD_COUNT(fields); n++) {
        fields[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = '\0';
    }
    alarm(CHILD_SECONDS);
    if (strcmp(fields[0], "check") == 0)
        do_check(fields[1]);
    if (strcmp(fields[0], "digest") == 0)
        do_digest(fields[1]);
    if (strcmp(fields[0], "sound") == 0)
        do_sound(fields[1], false);
    if (strcmp(fields[0], "index") == 0)
        do_sound(fields[1], true);
    if (strcmp(fields[0], "reindex") == 0)
        do_reindex(fields[1]);
    if (strcmp(fields[0], "add") == 0)
        do_add(fields[1], fields[2]);
    if (strcmp(fields[0], "answers") == 0)
        fault_answers(fields[1], fields[2], NULL);
    if (strcmp(fields[0], "shrink") == 0)
        fault_answers(fields[1], fields[2], fields[3]);
    bad("no request %s", fields[0]);
}

int main(int argc, char **argv)
{
    static char line[LINE_BYTES];

    zd_json_init();
    if (argc == 4)
        return fault_write(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    while (fgets(line, sizeof line, stdin)) {
        int status = 0;
        pid_t child;

        line[strcspn(line, "\n")] = '\0';
        child = fork();
        if (child == 0)
            serve(line);
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 1;
        if (WIFSIGNALED(status))
            printf("bad ended by signal %d\n", WTERMSIG(status));
        else if (WEXITSTATUS(status) != 0)
            printf("bad ended with %d\n", WEXITSTATUS(status));
        fflush(stdout);
    }
    return 0;
}
