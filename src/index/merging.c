/* merging.c: see merging.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "index/merging_private.h"

#define SYNC_BYTES (16 * ZD_MiB) /* so that the last sync is no flood */

/* ---- the folder ---- */

static enum zd_status join(const char *dir, const char *name, char out[ZD_INDEX__PATH_BYTES],
                           struct zd_error *err)
{
    const int n = snprintf(out, ZD_INDEX__PATH_BYTES, "%s/%s", dir, name);

    if (n < 0 || (size_t)n >= ZD_INDEX__PATH_BYTES)
        return ZD_FAIL(err, ZD_IO, 0, "the folder name %.60s… is too long for an index", dir);
    return ZD_OK;
}

/* Removes what a merging that died has left. The lock is ours. */
static enum zd_status sweep(const char *folder, struct zd_error *err)
{
    const struct dirent *entry;
    enum zd_status st = zd_durable_sweep(folder, err);
    DIR *dir = st == ZD_OK ? opendir(folder) : NULL;

    while (dir && (entry = readdir(dir)) != NULL) {
        char path[ZD_INDEX__PATH_BYTES];
        struct zd_error ignored;

        if (zd_str_ends(zd_str_c(entry->d_name), ZD_STR(".segment")) &&
            join(folder, entry->d_name, path, &ignored) == ZD_OK &&
            zd_durable_remove(path, &ignored) != ZD_OK)
            continue; /* what cannot be removed stays: it is harmless */
    }
    if (dir)
        closedir(dir);
    return st;
}

static enum zd_status take_folder(struct zd_index_merging *m, const char *dir, struct zd_error *err)
{
    char lock[ZD_INDEX__PATH_BYTES];
    enum zd_status st = join(dir, "merging", m->folder, err);

    if (st == ZD_OK)
        st = join(m->folder, "lock", lock, err);
    if (st == ZD_OK)
        st = join(m->folder, "merged.segment", m->path, err);
    if (st == ZD_OK)
        st = zd_durable_mkdir(m->folder, err);
    if (st == ZD_OK)
        st = zd_durable_lock(lock, &m->lock, err);
    if (st == ZD_OK)
        st = sweep(m->folder, err);
    return st;
}

/* ---- what to merge ---- */

static uint32_t live_passages(const struct zd_index__part *part)
{
    const struct zd_index__segment *s = part->segment;
    uint32_t n = s->shape.n_docs;

    for (size_t i = 0; i < part->n_deleted; i++)
        n -=
            zd_index__run_first(s, part->deleted[i] + 1) - zd_index__run_first(s, part->deleted[i]);
    return n;
}

static enum zd_status choose(struct zd_index_merging *m, struct zd_error *err)
{
    struct zd_index__manifest *manifest = &m->manifest;
    struct zd_index__size *sizes = zd_alloc((manifest->n_parts + 1) * sizeof *sizes);
    size_t *places = zd_alloc((manifest->n_parts + 1) * sizeof *places);
    enum zd_status st = ZD_OK;

    m->sources = zd_alloc((manifest->n_parts + 1) * sizeof(struct zd_index__part *));
    if (!sizes || !places || !m->sources) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
        goto out;
    }
    for (size_t i = 0; i < manifest->n_parts; i++)
        sizes[i] = (struct zd_index__size){manifest->parts[i].segment->shape.n_docs,
                                           live_passages(&manifest->parts[i])};
    m->n_sources = zd_index__choose_merge(sizes, manifest->n_parts, UINT64_MAX, places);
    for (size_t i = 0; i < m->n_sources; i++) {
        m->sources[i] = &manifest->parts[places[i]];
        m->n_passages += sizes[places[i]].n_live;
    }
    if (m->n_sources == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "nothing to merge");
out:
    zd_free(sizes);
    zd_free(places);
    return st;
}

enum zd_status zd_index_merging_begin(const char *dir, uint64_t generation,
                                      struct zd_index_merging **ret_merging, struct zd_error *err)
{
    struct zd_index_merging *m = zd_alloc(sizeof *m);
    enum zd_status st = ZD_OK;

    if (!m)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
    m->lock = -1;
    if (generation == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "nothing to merge");
    if (st == ZD_OK)
        st = zd_index__manifest_read(dir, generation, &m->manifest, err);
    for (size_t i = 0; st == ZD_OK && i < m->manifest.n_parts; i++)
        st = zd_index__part_open(dir, &m->manifest.parts[i], err);
    m->n_dims = m->manifest.n_dims;
    m->model = m->manifest.model;
    if (st == ZD_OK)
        st = choose(m, err);
    if (st == ZD_OK)
        st = take_folder(m, dir, err);
    if (st == ZD_OK) {
        *ret_merging = m;
        return ZD_OK;
    }
    zd_index_merging_end(m);
    return st;
}

enum zd_status zd_index_merging_run(struct zd_index_merging *m,
                                    const struct zd_index_merging_options *o, struct zd_error *err)
{
    const struct zd_index__pace pace = {.cancel = o->cancel,
                                        .n_bytes_per_second = o->n_bytes_per_second,
                                        .begun_us = zd_clock_mono_us(),
                                        .sync_bytes = SYNC_BYTES};
    const struct zd_index__merge_options options = {
        .n_dims = m->n_dims, .model = m->model, .pace = &pace};
    enum zd_status st =
        zd_index__merge(m->sources, m->n_sources, &options, m->path, &m->empty, err);

    m->finished = st == ZD_OK;
    return st;
}

uint64_t zd_index_merging_passages(const struct zd_index_merging *m)
{
    return m->n_passages;
}

void zd_index_merging_end(struct zd_index_merging *m)
{
    struct zd_error ignored;

    if (!m)
        return;
    if (m->lock >= 0 && zd_durable_remove(m->path, &ignored) != ZD_OK)
        ignored.at = 0; /* it stays, and the next merging removes it */
    zd_durable_unlock(m->lock);
    zd_index__manifest_done(&m->manifest);
    zd_free(m->sources);
    zd_free(m);
}
