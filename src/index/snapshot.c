/* snapshot.c: opening one generation for reading, and what is known about all of it. */
#include "index/snapshot.h"

#include <string.h>

/* Drops the parts that could not be opened. ZD_NOT_FOUND or ZD_CORRUPT of a part is survived, if
 * another part is whole. */
static enum zd_status open_parts(const char *dir, struct zd_index *index,
                                 const struct zd_index *before, struct zd_error *err)
{
    struct zd_index__manifest *m = &index->manifest;
    enum zd_status st = ZD_OK;
    size_t kept = 0;

    for (size_t i = 0; i < m->n_parts; i++) {
        enum zd_status got = before && zd_index__part_share(&m->parts[i], &before->manifest)
                                 ? ZD_OK
                                 : zd_index__part_open(dir, &m->parts[i], err);

        if (got == ZD_NOMEM || got == ZD_IO)
            return got;
        if (got != ZD_OK) {
            st = got;
            index->partial = true;
            zd_index__part_done(&m->parts[i]);
            continue;
        }
        if (kept != i) {
            m->parts[kept] = m->parts[i];
            m->parts[i] = (struct zd_index__part){0};
        }
        kept++;
    }
    if (kept > 0 || m->n_parts == 0)
        st = ZD_OK;
    m->n_parts = kept;
    return st;
}

static void count(struct zd_index *index)
{
    struct zd_index_figures *f = &index->figures;
    double total[ZD_FIELD_COUNT] = {0};

    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        const struct zd_index__part *part = &index->manifest.parts[i];
        const struct zd_index__segment *s = part->segment;

        f->n_passages += s->shape.n_docs;
        f->n_terms += s->shape.n_terms;
        f->n_postings += s->shape.n_postings;
        f->n_bytes += s->bytes.n;
        f->n_segments++;
        for (size_t d = 0; d < part->n_deleted; d++)
            f->n_deleted += zd_index__run_first(s, part->deleted[d] + 1) -
                            zd_index__run_first(s, part->deleted[d]);
        for (int k = 0; k < ZD_FIELD_COUNT; k++)
            total[k] += (double)s->shape.total_length[k];
    }
    for (int k = 0; k < ZD_FIELD_COUNT && f->n_passages > 0; k++)
        f->mean_length[k] = total[k] / (double)f->n_passages;
}

enum zd_status zd_index_open(const char *dir, uint64_t generation, struct zd_index **ret_index,
                             struct zd_error *err)
{
    return zd_index_open_after(dir, generation, NULL, ret_index, err);
}

enum zd_status zd_index_open_after(const char *dir, uint64_t generation,
                                   const struct zd_index *before, struct zd_index **ret_index,
                                   struct zd_error *err)
{
    struct zd_index *index = zd_alloc(sizeof *index);
    enum zd_status st = ZD_OK;

    if (!index || pthread_mutex_init(&index->lock, NULL) != 0) {
        zd_free(index);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for opening the index");
    }
    if (generation > 0) { /* generation 0 is the empty index */
        st = zd_index__manifest_read(dir, generation, &index->manifest, err);
        if (st == ZD_OK)
            st = open_parts(dir, index, before, err);
    }
    if (st == ZD_OK) {
        count(index);
        *ret_index = index;
        index = NULL;
    }
    zd_index_close(index);
    return st;
}

void zd_index_close(struct zd_index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < ZD_COUNT(index->masks); i++)
        zd_index__mask_unref(index->masks[i].mask);
    for (size_t i = 0; i < ZD_COUNT(index->scratch); i++)
        zd_index__scratch_free(index->scratch[i]);
    zd_index__manifest_done(&index->manifest);
    pthread_mutex_destroy(&index->lock);
    zd_free(index);
}

bool zd_index_is_partial(const struct zd_index *index)
{
    bool partial = index->partial;

    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        struct zd_index__segment *s = index->manifest.parts[i].segment;

        if (zd_mapping_is_lost(&s->file))
            atomic_store(&s->bad, true);
        partial |= atomic_load(&s->bad);
    }
    return partial;
}

void zd_index_figures(const struct zd_index *index, struct zd_index_figures *ret_figures)
{
    *ret_figures = index->figures;
}

uint32_t zd_index_document_frequency(const struct zd_index *index, uint64_t term)
{
    uint64_t df = 0;

    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        struct zd_index__segment *s = index->manifest.parts[i].segment;
        struct zd_index__list list;

        if (!atomic_load(&s->bad) && zd_index__segment_find(s, term, &list))
            df += list.df;
    }
    return df > UINT32_MAX ? UINT32_MAX : (uint32_t)df;
}
