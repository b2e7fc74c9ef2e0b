/* writer.c: the one writer of an index, from one generation to the next.
 *
 *   open     reads the manifest of `base`, opens its segments, removes what no generation names
 *            (a writer that crashed or was refused left it)
 *   add      into memory; past MEMORY_BYTES the memory becomes a segment file at once
 *   delete,  mark runs of old segments in this writer only; the manifest carries the marks
 *   validity
 *   prepare  memory becomes a segment, segments are merged where it pays, the manifest of the next
 *            generation is written; all through base/durable.h, so that everything is synced
 *            before the manifest's name exists
 *   close    removes the files of the side that lost: older generations or the new one
 *
 * When a step fails in the middle the writer is broken and only _close works: the caller's commit
 * fails, and the next writer starts from files that are whole.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "index/writer_private.h"

#define MEMORY_BYTES (64 * ZD_MiB)
#define PREPARE_MERGE_PASSAGES (1u << 20) /* some seconds at most, and rarely */
#define LITTLE_MERGE_PASSAGES (1u << 15)  /* some tens of milliseconds */
#define CHANGES_MAX ((size_t)1 << 26)

/* ---- parts ---- */

void zd_index__writer_part_done(struct zd_index__writer_part *p)
{
    zd_index__part_done(&p->part);
    zd_free(p->gone);
    zd_free(p->changes);
    *p = (struct zd_index__writer_part){0};
}

bool zd_index__writer_run_is_gone(const struct zd_index__writer_part *p, uint32_t run)
{
    return p->gone[run / 64] >> (run % 64) & 1;
}

void zd_index__writer_run_delete(struct zd_index__writer_part *p, uint32_t run)
{
    const struct zd_index__segment *s = p->part.segment;

    if (zd_index__writer_run_is_gone(p, run))
        return;
    p->gone[run / 64] |= UINT64_C(1) << (run % 64);
    p->n_gone++;
    p->n_live -= zd_index__run_first(s, run + 1) - zd_index__run_first(s, run);
}

/* Takes over a part with its open segment; on failure the caller still has it. */
static enum zd_status writer_add_part(struct zd_index_writer *w, struct zd_index__part *part,
                                      struct zd_error *err)
{
    struct zd_index__writer_part p = {0};
    const uint32_t n_runs = part->segment->shape.n_runs;

    if (w->n_parts >= ZD_INDEX__SEGMENTS_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "more than %u index segments", ZD_INDEX__SEGMENTS_MAX);
    if (!zd_grow(&w->parts, &w->parts_cap, w->n_parts + 1, sizeof *w->parts,
                 ZD_INDEX__SEGMENTS_MAX))
        goto nomem;
    p.gone = zd_alloc(((size_t)n_runs + 63) / 64 * sizeof *p.gone);
    p.changes = zd_alloc(part->n_overrides * sizeof *p.changes);
    if (!p.gone || !p.changes)
        goto nomem;
    p.part = *part;
    p.n_live = part->segment->shape.n_docs;
    p.n_changes = p.changes_cap = part->n_overrides;
    if (part->n_overrides > 0)
        memcpy(p.changes, part->overrides, part->n_overrides * sizeof *p.changes);
    for (size_t i = 0; i < part->n_deleted; i++)
        zd_index__writer_run_delete(&p, part->deleted[i]);
    w->parts[w->n_parts++] = p;
    *part = (struct zd_index__part){0};
    return ZD_OK;
nomem:
    zd_free(p.gone);
    zd_free(p.changes);
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
}

static int compare_changes(const void *a, const void *b)
{
    const struct zd_index__override *x = a, *y = b;

    return x->run < y->run ? -1 : x->run > y->run;
}

/* Keeps the last change of each run, by run. */
static bool changes_settle(struct zd_index__writer_part *p)
{
    const uint32_t n_runs = p->part.segment->shape.n_runs;
    struct zd_index__override *kept = zd_alloc(p->n_changes * sizeof *kept);
    uint64_t *seen = zd_alloc(((size_t)n_runs + 63) / 64 * sizeof *seen);
    size_t n = 0;

    if (!kept || !seen) {
        zd_free(kept);
        zd_free(seen);
        return false;
    }
    for (size_t i = p->n_changes; i-- > 0;) {
        uint32_t run = p->changes[i].run;

        if (seen[run / 64] >> (run % 64) & 1)
            continue;
        seen[run / 64] |= UINT64_C(1) << (run % 64);
        kept[n++] = p->changes[i];
    }
    qsort(kept, n, sizeof *kept, compare_changes);
    zd_free(seen);
    zd_free(p->changes);
    p->changes = kept;
    p->n_changes = p->changes_cap = n;
    return true;
}

/* Brings part->deleted and part->overrides up to date with the marks. */
bool zd_index__writer_part_settle(struct zd_index__writer_part *p)
{
    const uint32_t n_runs = p->part.segment->shape.n_runs;
    uint32_t *deleted = zd_alloc(p->n_gone * sizeof *deleted);
    struct zd_index__override *overrides = NULL;
    size_t n = 0;

    if (deleted && changes_settle(p))
        overrides = zd_alloc(p->n_changes * sizeof *overrides);
    if (!deleted || !overrides) {
        zd_free(deleted);
        return false;
    }
    for (uint32_t r = 0; r < n_runs; r++)
        if (zd_index__writer_run_is_gone(p, r))
            deleted[n++] = r;
    zd_free(p->part.deleted);
    zd_free(p->part.overrides);
    p->part.deleted = deleted;
    p->part.n_deleted = n;
    p->part.overrides = overrides;
    n = 0;
    for (size_t i = 0; i < p->n_changes; i++)
        if (!zd_index__writer_run_is_gone(p, p->changes[i].run))
            overrides[n++] = p->changes[i];
    p->part.n_overrides = n;
    return true;
}

void zd_index__writer_part_delete(struct zd_index__writer_part *p, uint32_t group)
{
    uint32_t from, to;

    zd_index__runs_of_group(p->part.segment, group, &from, &to);
    for (; from < to; from++)
        zd_index__writer_run_delete(p, zd_index__run_in_order(p->part.segment, from));
}

bool zd_index__writer_part_change(struct zd_index__writer_part *p, uint32_t group,
                                  int32_t effective, int32_t expires)
{
    uint32_t from, to;

    zd_index__runs_of_group(p->part.segment, group, &from, &to);
    for (; from < to; from++) {
        if (!zd_grow(&p->changes, &p->changes_cap, p->n_changes + 1, sizeof *p->changes,
                     CHANGES_MAX))
            return false;
        p->changes[p->n_changes++] = (struct zd_index__override){
            zd_index__run_in_order(p->part.segment, from), effective, expires};
    }
    return true;
}

/* ---- files of the folder ---- */

/* The generation in the name of one of our files, or 0. */
static uint64_t generation_of_name(const char *name, uint32_t *ret_ordinal, bool *ret_manifest)
{
    struct zd_str s = zd_str_c(name);
    uint64_t generation = 0, ordinal = 0;
    size_t i = 0, dash;

    for (; i < s.n && i < 18 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        generation = generation * 10 + (uint64_t)(s.p[i] - '0');
    if (i == 0)
        return 0;
    if (zd_str_eq(zd_str_cut(s, i, s.n), ZD_STR(".manifest"))) {
        *ret_manifest = true;
        return generation;
    }
    if (i >= s.n || s.p[i] != '-')
        return 0;
    for (dash = i++; i < s.n && i < dash + 10 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        ordinal = ordinal * 10 + (uint64_t)(s.p[i] - '0');
    if (!zd_str_eq(zd_str_cut(s, i, s.n), ZD_STR(".segment")) || ordinal > UINT32_MAX)
        return 0;
    *ret_ordinal = (uint32_t)ordinal;
    *ret_manifest = false;
    return generation;
}

static bool is_wanted(const struct zd_index_writer *w, uint64_t keep, uint64_t generation,
                      uint32_t ordinal, bool manifest)
{
    if (manifest)
        return generation == keep;
    for (size_t i = 0; i < w->n_parts; i++)
        if (w->parts[i].part.made_in == generation && w->parts[i].part.ordinal == ordinal)
            return true;
    return false;
}

/* Removes every file that generation `keep`, whose parts the writer holds, does not need; none
 * where keep is 0: a rebuild starts from nothing while the database still names what is there. The
 * newest generation seen goes to *ret_newest. What cannot be removed stays: it is harmless. */
static void sweep(struct zd_index_writer *w, uint64_t keep, uint64_t *ret_newest)
{
    DIR *dir = opendir(w->dir);
    const struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char path[ZD_INDEX__PATH_BYTES];
        uint32_t ordinal = 0;
        bool manifest = false;
        uint64_t generation = generation_of_name(entry->d_name, &ordinal, &manifest);
        struct zd_error ignored;
        int n;

        if (generation == 0)
            continue;
        if (ret_newest && generation > *ret_newest)
            *ret_newest = generation;
        if (keep == 0 || is_wanted(w, keep, generation, ordinal, manifest))
            continue;
        n = snprintf(path, sizeof path, "%s/%s", w->dir, entry->d_name);
        if (n > 0 && (size_t)n < sizeof path && zd_durable_remove(path, &ignored) != ZD_OK)
            continue;
    }
    closedir(dir);
}

/* Removes what this writer has made. */
static void remove_made(const struct zd_index_writer *w)
{
    char path[ZD_INDEX__PATH_BYTES];
    struct zd_error ignored;

    if (zd_index__manifest_path(w->dir, w->generation, path, &ignored) != ZD_OK ||
        zd_durable_remove(path, &ignored) != ZD_OK)
        return; /* a manifest that stays keeps its segments: nobody names it, a sweep will find it */
    for (uint32_t i = 0; i < w->next_ordinal; i++)
        if (zd_index__segment_path(w->dir, w->generation, i, path, &ignored) != ZD_OK ||
            zd_durable_remove(path, &ignored) != ZD_OK)
            return;
}

/* ---- life ---- */

static void writer_free(struct zd_index_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_parts; i++)
        zd_index__writer_part_done(&w->parts[i]);
    zd_free(w->parts);
    zd_index__memory_free(w->memory);
    zd_free(w->dir);
    zd_free(w);
}

static enum zd_status open_base(struct zd_index_writer *w, struct zd_error *err)
{
    struct zd_index__manifest m = {0};
    enum zd_status st = zd_index__manifest_read(w->dir, w->base, &m, err);

    w->n_dims = m.n_dims;
    w->model = m.model;
    if (st == ZD_NOT_FOUND)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "generation %llu of the index is missing",
                     (unsigned long long)w->base);
    for (size_t i = 0; st == ZD_OK && i < m.n_parts; i++) {
        st = zd_index__part_open(w->dir, &m.parts[i], err);
        if (st == ZD_NOT_FOUND)
            st = ZD_FAIL(err, ZD_CORRUPT, 0, "segment %llu-%u of the index is missing",
                         (unsigned long long)m.parts[i].made_in, m.parts[i].ordinal);
        if (st == ZD_OK)
            st = writer_add_part(w, &m.parts[i], err);
    }
    zd_index__manifest_done(&m);
    return st;
}

enum zd_status zd_index_writer_open(const char *dir, uint64_t base,
                                    struct zd_index_writer **ret_writer, struct zd_error *err)
{
    struct zd_index_writer *w = NULL;
    uint64_t newest = base;
    enum zd_status st = zd_durable_mkdir(dir, err);

    if (st != ZD_OK)
        return st;
    w = zd_alloc(sizeof *w);
    if (w) {
        w->dir = zd_alloc(strlen(dir) + 1);
        w->memory = zd_index__memory_new();
    }
    if (!w || !w->dir || !w->memory) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
        goto out;
    }
    memcpy(w->dir, dir, strlen(dir) + 1);
    w->base = base;
    w->memory_limit = MEMORY_BYTES;
    w->merge_limit = PREPARE_MERGE_PASSAGES;
    if (base > 0) {
        st = open_base(w, err);
        if (st != ZD_OK)
            goto out;
    }
    st = zd_durable_sweep(dir, err);
    if (st != ZD_OK)
        goto out;
    sweep(w, base, &newest);
    w->generation = newest + 1;
    *ret_writer = w;
    w = NULL;
out:
    writer_free(w);
    return st;
}

void zd_index__writer_limit_merges(struct zd_index_writer *w, uint64_t n_passages)
{
    w->merge_in_background = true;
    w->merge_limit = n_passages;
}

void zd_index__writer_limit_memory(struct zd_index_writer *w, size_t n_bytes)
{
    w->memory_limit = n_bytes;
}

void zd_index_writer_merge_little(struct zd_index_writer *w)
{
    w->merge_in_background = true;
    w->merge_limit = LITTLE_MERGE_PASSAGES;
}

enum zd_status zd_index_writer_continue(struct zd_index_writer *w, struct zd_error *err)
{
    if (w->broken || !w->prepared)
        return ZD_FAIL(err, ZD_INVALID, 0, "only a prepared index writer can go on");
    sweep(w, w->generation, NULL);
    w->base = w->generation++;
    w->next_ordinal = 0;
    w->n_added = 0;
    w->prepared = false;
    return ZD_OK;
}

static bool has_length(const char *path, uint64_t n_bytes)
{
    struct stat info;

    return stat(path, &info) == 0 && (n_bytes == 0 || (uint64_t)info.st_size == n_bytes);
}

bool zd_index_writer_stands(const struct zd_index_writer *w)
{
    char path[ZD_INDEX__PATH_BYTES];

    if (zd_index__manifest_path(w->dir, w->base, path, NULL) != ZD_OK || !has_length(path, 0))
        return false;
    for (size_t i = 0; i < w->n_parts; i++) {
        const struct zd_index__part *part = &w->parts[i].part;

        if (zd_index__segment_path(w->dir, part->made_in, part->ordinal, path, NULL) != ZD_OK ||
            !has_length(path, part->n_bytes))
            return false;
    }
    return true;
}

void zd_index_writer_close(struct zd_index_writer *w, bool committed)
{
    if (!w)
        return;
    if (committed && w->prepared)
        sweep(w, w->generation, NULL);
    else
        remove_made(w);
    writer_free(w);
}

void zd_index_writer_leave(struct zd_index_writer *w)
{
    writer_free(w);
}

enum zd_status zd_index__writer_check(const struct zd_index_writer *w, struct zd_error *err)
{
    if (w->broken || w->prepared)
        return ZD_FAIL(err, ZD_INVALID, 0, "the index writer %s and can only be closed",
                       w->broken ? "has failed" : "is prepared");
    return ZD_OK;
}

/* ---- changes ---- */

/* Makes a part of a segment file this writer has just written. */
enum zd_status zd_index__writer_take(struct zd_index_writer *w, uint32_t ordinal, const char *path,
                                     struct zd_error *err)
{
    struct zd_index__part part = {.made_in = w->generation, .ordinal = ordinal};
    enum zd_status st = zd_index__segment_open(path, &part.segment, err);

    if (st != ZD_OK)
        return st;
    part.n_bytes = part.segment->bytes.n;
    part.footer_crc = part.segment->footer_crc;
    st = writer_add_part(w, &part, err);
    zd_index__part_done(&part);
    return st;
}

static enum zd_status flush_memory(struct zd_index_writer *w, struct zd_error *err)
{
    struct zd_index__memory *fresh;
    char path[ZD_INDEX__PATH_BYTES];
    uint32_t ordinal = w->next_ordinal;
    enum zd_status st = ZD_OK;

    if (zd_index__memory_docs(w->memory) == 0)
        return ZD_OK;
    if (zd_index__memory_live(w->memory) > 0) {
        st = zd_index__segment_path(w->dir, w->generation, ordinal, path, err);
        if (st == ZD_OK) {
            w->next_ordinal++;
            st = zd_index__memory_write(w->memory, path, err);
        }
    }
    if (st != ZD_OK)
        return st;
    fresh = zd_index__memory_new();
    if (!fresh)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
    if (w->vectors_told)
        zd_index__memory_set_vectors(fresh, w->n_dims, w->model);
    zd_index__memory_free(w->memory);
    w->memory = fresh;
    if (w->next_ordinal > ordinal)
        st = zd_index__writer_take(w, ordinal, path, err);
    return st;
}

enum zd_status zd_index_writer_set_vectors(struct zd_index_writer *w, uint32_t n_dims,
                                           uint64_t model, struct zd_error *err)
{
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    if (n_dims % ZD_INDEX_DIMS_STEP != 0 || n_dims > ZD_INDEX_DIMS_MAX)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "vectors have a multiple of %u numbers, at most %u, not %u",
                       ZD_INDEX_DIMS_STEP, ZD_INDEX_DIMS_MAX, n_dims);
    if (w->n_added > 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "too late to say what the vectors are");
    w->n_dims = n_dims;
    w->model = n_dims > 0 ? model : 0;
    w->vectors_told = true;
    zd_index__memory_set_vectors(w->memory, w->n_dims, w->model);
    return ZD_OK;
}

enum zd_status zd_index_writer_add(struct zd_index_writer *w,
                                   const struct zd_index_passage *passage, struct zd_error *err)
{
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    if (passage->id <= 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "a passage id must be above 0");
    if (passage->vector && (!w->vectors_told || w->n_dims == 0))
        return ZD_FAIL(err, ZD_INVALID, 0, "a vector, but nobody said what vectors are");
    if (zd_index__memory_docs(w->memory) > 0 &&
        (zd_index__memory_bytes(w->memory) > w->memory_limit ||
         zd_index__memory_docs(w->memory) >= ZD_INDEX__SEGMENT_MAX_DOCS))
        st = flush_memory(w, err);
    if (st == ZD_OK)
        st = zd_index__memory_add(w->memory, passage, err);
    w->broken = st != ZD_OK;
    w->n_added += st == ZD_OK;
    return st;
}

enum zd_status zd_index_writer_delete_group(struct zd_index_writer *w, uint32_t group,
                                            struct zd_error *err)
{
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    zd_index__memory_delete(w->memory, group);
    for (size_t i = 0; i < w->n_parts; i++)
        zd_index__writer_part_delete(&w->parts[i], group);
    return ZD_OK;
}

enum zd_status zd_index_writer_set_validity(struct zd_index_writer *w, uint32_t group,
                                            int32_t effective, int32_t expires,
                                            struct zd_error *err)
{
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    zd_index__memory_set_validity(w->memory, group, effective, expires);
    for (size_t i = 0; i < w->n_parts; i++)
        if (!zd_index__writer_part_change(&w->parts[i], group, effective, expires)) {
            w->broken = true;
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
        }
    return ZD_OK;
}

/* ---- the end ---- */

static enum zd_status write_manifest(struct zd_index_writer *w, struct zd_error *err)
{
    struct zd_index__manifest m = {
        .generation = w->generation, .n_dims = w->n_dims, .model = w->model, .n_parts = w->n_parts};
    enum zd_status st = ZD_OK;

    m.parts = zd_alloc(w->n_parts * sizeof *m.parts);
    if (!m.parts)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index manifest");
    for (size_t i = 0; st == ZD_OK && i < w->n_parts; i++) {
        if (!zd_index__writer_part_settle(&w->parts[i]))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index manifest");
        m.parts[i] = w->parts[i].part; /* borrowed */
    }
    if (st == ZD_OK)
        st = zd_index__manifest_write(w->dir, &m, err);
    zd_free(m.parts);
    return st;
}

enum zd_status zd_index_writer_prepare(struct zd_index_writer *w, uint64_t *ret_generation,
                                       struct zd_error *err)
{
    const uint64_t budget = w->n_added * 4;
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    st = flush_memory(w, err);
    if (st == ZD_OK)
        st = zd_index_writer_merge(
            w, w->merge_in_background || budget < w->merge_limit ? w->merge_limit : budget, err);
    if (st == ZD_OK)
        st = write_manifest(w, err);
    if (st != ZD_OK) {
        w->broken = true;
        return st;
    }
    w->prepared = true;
    *ret_generation = w->generation;
    return ZD_OK;
}
