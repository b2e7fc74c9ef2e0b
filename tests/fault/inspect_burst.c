/* inspect_burst: what the program itself does only in long runs, done in one short process while
 * faultio watches:
 *
 *     inspect burst DIR N      N documents with a flush after each, as in a long batch. After a
 *                              failure it goes on trying: whatever is acknowledged then must be
 *                              true too
 *     inspect segments DIR N   N segments that no commit merges, each of two documents
 *     inspect adopt DIR N      merges the segments aside (index/merging.h), then removes one of the
 *                              documents in them and, where N is 2, takes over what was merged
 *
 * The acknowledgement of burst and adopt: after each flush that returned ZD_OK they make the folder
 * DIR/../ack-WHAT-N, which faultio records like any other operation, and print "ack N".
 *
 * Bugs to plant, by FAULTIO_LIE: "adoption" forgets what was removed since the merge began;
 * "vectors" merges as if the vectors were another model's, which leaves them out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "index/merging_private.h"
#include "ingest/ingest_private.h"
#include "store/store.h"

#include "inspect.h"

#define REMOVED ZD_STR("segment-3") /* the first of its segment; the other keeps that alive */

static void acknowledge(const char *dir, const char *what, unsigned i)
{
    char mark[4096];

    snprintf(mark, sizeof mark, "%s/../ack-%s-%u", dir, what, i);
    if (mkdir(mark, 0700) != 0)
        fputs("no mark\n", stderr);
    printf("ack %u\n", i);
    fflush(stdout);
}

/* ---- documents ---- */

static enum zd_status burst_one(struct zd_ingest *ingest, unsigned i, struct zd_error *err)
{
    struct zd_buf text = {.max = 4096};
    enum zd_status st;

    zd_buf_printf(&text,
                  "关于第%u号连续收录的通知\n\n第%u号通知自2023年%u月1日起施行，由%u号窗口办理。\n",
                  i, i, i % 12 + 1, i);
    st = zd_ingest_bytes(ingest, ZD_STR("burst.txt"), zd_str_bytes(zd_buf_view(&text)), NULL, err);
    zd_buf_done(&text);
    return st == ZD_OK ? zd_ingest_flush(ingest, err) : st;
}

static enum zd_status segment_document(struct zd_ingest *ingest, unsigned i, struct zd_error *err)
{
    struct zd_buf text = {.max = 4096}, id = {.max = 64};
    enum zd_status st;

    zd_buf_printf(&id, "segment-%u", i);
    zd_buf_printf(&text,
                  "关于第%u处公共自行车站点的公告\n\n第%u处站点自2022年%u月1日起设在%u路口。\n", i,
                  i, i % 12 + 1, i);
    st = zd_ingest_bytes(ingest, ZD_STR("segment.txt"), zd_str_bytes(zd_buf_view(&text)),
                         &(struct zd_ingest_facts){.id = zd_buf_view(&id)}, err);
    zd_buf_done(&text);
    zd_buf_done(&id);
    return st;
}

static enum zd_status segment_one(struct zd_ingest *ingest, unsigned i, struct zd_error *err)
{
    enum zd_status st = segment_document(ingest, 2 * i - 1, err);

    if (st == ZD_OK)
        st = segment_document(ingest, 2 * i, err);
    if (st == ZD_OK && !ingest->writer)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the documents were not taken");
    if (st != ZD_OK)
        return st;
    zd_index__writer_limit_merges(ingest->writer, 0);
    return zd_ingest_flush(ingest, err);
}

static bool write_burst(struct zd_ingest *ingest, const char *dir, unsigned n)
{
    struct zd_error err = {0};
    bool failed = false;

    for (unsigned i = 1; i <= n; i++) {
        const enum zd_status st = burst_one(ingest, i, &err);

        if (st == ZD_OK)
            acknowledge(dir, "burst", i);
        else
            printf("no %u %s\n", i, err.what);
        failed |= st != ZD_OK;
    }
    return !failed;
}

static bool write_segments(struct zd_ingest *ingest, unsigned n)
{
    struct zd_error err = {0};
    enum zd_status st = ZD_OK;

    for (unsigned i = 1; i <= n && st == ZD_OK; i++)
        st = segment_one(ingest, i, &err);
    if (st != ZD_OK)
        printf("no segments: %s\n", err.what);
    return st == ZD_OK;
}

/* ---- a merge aside, and its adoption ---- */

static bool is_planted(const char *what)
{
    const char *lie = getenv("FAULTIO_LIE");

    return lie && strcmp(lie, what) == 0;
}

static void plant_other_model(struct zd_index_merging *m)
{
    for (size_t i = 0; i < m->n_sources; i++)
        m->sources[i]->segment->shape.model ^= 1;
}

/* Each source says that its first run was gone when the merge began. */
static void plant_forgotten_removal(struct zd_index_merging *m)
{
    for (size_t i = 0; i < m->n_sources; i++) {
        struct zd_index__part *part = m->sources[i];

        if (part->n_deleted > 0)
            continue;
        zd_free(part->deleted);
        part->deleted = zd_alloc(sizeof *part->deleted);
        part->n_deleted = part->deleted ? 1 : 0;
    }
}

static enum zd_status merge_aside(struct zd_ingest *ingest, struct zd_index_merging **ret_merging,
                                  struct zd_error *err)
{
    uint64_t generation = 0;
    enum zd_status st = zd_store_generation(ingest->store, &generation, err);

    if (st == ZD_OK)
        st = zd_index_merging_begin(zd_buf_cstr(&ingest->index_dir), generation, ret_merging, err);
    if (st == ZD_OK && is_planted("vectors"))
        plant_other_model(*ret_merging);
    if (st == ZD_OK)
        st = zd_index_merging_run(*ret_merging, &(struct zd_index_merging_options){0}, err);
    if (st == ZD_OK && is_planted("adoption"))
        plant_forgotten_removal(*ret_merging);
    return st;
}

static bool write_adoption(struct zd_ingest *ingest, const char *dir, unsigned n)
{
    struct zd_index_merging *merging = NULL;
    struct zd_error err = {0};
    enum zd_status st = merge_aside(ingest, &merging, &err);

    if (st == ZD_OK)
        st = zd_ingest_remove(ingest, REMOVED, &err);
    if (st == ZD_OK) {
        zd_index__writer_limit_merges(ingest->writer, 0);
        st = zd_ingest_flush(ingest, &err);
    }
    if (st == ZD_OK)
        acknowledge(dir, "adopt", 1);
    if (st == ZD_OK && n > 1) {
        st = zd_ingest_adopt(ingest, merging, &err);
        if (st == ZD_OK)
            acknowledge(dir, "adopt", 2);
    }
    if (st != ZD_OK)
        printf("no adoption: %s\n", err.what);
    zd_index_merging_end(merging);
    return st == ZD_OK;
}

int fault_write(const char *what, const char *dir, unsigned n)
{
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    bool done = false;

    if (zd_ingest_open(dir, NULL, &ingest, &err) != ZD_OK)
        printf("no office: %s\n", err.what);
    else if (strcmp(what, "burst") == 0)
        done = write_burst(ingest, dir, n);
    else if (strcmp(what, "segments") == 0)
        done = write_segments(ingest, n);
    else if (strcmp(what, "adopt") == 0)
        done = write_adoption(ingest, dir, n);
    zd_ingest_close(ingest);
    return !done;
}
