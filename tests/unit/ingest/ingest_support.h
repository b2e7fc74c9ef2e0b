/* What the tests of ingest share: an office in a folder of its own, and documents made of facts
 * rather than read from text, so that these tests hold whatever the readers do. */
#ifndef ZD_INGEST_SUPPORT_H
#define ZD_INGEST_SUPPORT_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/ingest_private.h"
#include "ingest/office.h"

struct bench {
    char folder[40], office[64];
    struct zd_ingest *ingest;
    struct zd_arena *arena;
    /* the last report */
    enum zd_ingest_outcome outcome;
    char document[ZD_ID_TEXT_BYTES + 256];
    uint32_t version;
    char why[240];
};

static inline void bench_report(void *context, const struct zd_ingest_report *report)
{
    struct bench *b = context;

    b->outcome = report->outcome;
    b->version = report->version;
    snprintf(b->document, sizeof b->document, "%.*s", (int)report->document.n,
             report->document.p ? report->document.p : "");
    snprintf(b->why, sizeof b->why, "%s", report->error ? report->error->what : "");
}

static inline void bench_open(struct bench *b)
{
    const struct zd_ingest_options options = {.report = bench_report, .report_context = b};
    struct zd_error err = {0};

    if (zd_ingest_open(b->office, &options, &b->ingest, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

static inline void bench_flush(struct bench *b)
{
    struct zd_error err = {0};

    if (zd_ingest_flush(b->ingest, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

static inline int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    if (!b)
        return -1;
    snprintf(b->folder, sizeof b->folder, "/tmp/zd-ingest-XXXXXX");
    if (!mkdtemp(b->folder))
        return -1;
    snprintf(b->office, sizeof b->office, "%s/office", b->folder);
    b->arena = zd_arena_new((size_t)64 << 20);
    *state = b;
    return 0;
}

static inline int bench_unlink(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void bench_clear(struct bench *b)
{
    zd_ingest_close(b->ingest);
    b->ingest = NULL;
    nftw(b->office, bench_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int bench_teardown(void **state)
{
    struct bench *b = *state;

    bench_clear(b);
    nftw(b->folder, bench_unlink, 8, FTW_DEPTH | FTW_PHYS);
    zd_arena_free(b->arena);
    free(b);
    return 0;
}

/* A document of one paragraph with these facts; two calls with one name are one path. */
static inline void bench_take(struct bench *b, const char *name, const char *id,
                              const struct zd_facts *facts, const char *text)
{
    struct zd_passage passage = {.end = (uint32_t)strlen(text)};
    struct zd_ingest__input input = {.name = zd_str_c(name),
                                     .source = zd_str_c(name),
                                     .id = zd_str_c(id),
                                     .parsed = {.facts = *facts}};
    struct zd_error err = {0};

    zd_arena_reset(b->ingest->arena);
    input.parsed.blocks.text = zd_str_c(text);
    input.parsed.blocks.format = "text";
    input.parsed.blocks.encoding = "UTF-8";
    input.parsed.passages = (struct zd_passages){&passage, 1};
    if (zd_sha256(zd_str_bytes(zd_str_c(text)), input.raw_hash, &err) != ZD_OK ||
        zd_ingest__take(b->ingest, &input, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

/* The newest version that came from this name, or key 0. */
static inline struct zd_version bench_version(struct bench *b, const char *name)
{
    struct zd_version_list list = {0};

    assert_int_equal(zd_version_from_source(b->ingest->store, zd_subject_owner(), zd_str_c(name),
                                            b->arena, &list, NULL),
                     ZD_OK);
    return list.n > 0 ? list.p[0] : (struct zd_version){0};
}

#endif
