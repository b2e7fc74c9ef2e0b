/* filter.c: from a filter to one bitmap a segment.
 *
 * All passages of a run share group and class, so the work is by runs. The bitmaps of the filters
 * that were asked last are kept in the snapshot, because nearly all questions of a day have the
 * same one; filters by group look at the runs of those groups only, and are not kept. A segment all of whose passages
 * pass has no bitmap, and costs a query nothing.
 */
#include <string.h>

#include "index/snapshot.h"

static struct zd_index__mask *mask_new(size_t n_parts)
{
    struct zd_index__mask *m = zd_alloc(sizeof *m);

    if (!m)
        return NULL;
    atomic_init(&m->refs, 1);
    m->n_parts = n_parts;
    m->bits = zd_alloc(n_parts * sizeof *m->bits);
    m->n_pass = zd_alloc(n_parts * sizeof *m->n_pass);
    if (!m->bits || !m->n_pass) {
        zd_index__mask_unref(m);
        return NULL;
    }
    return m;
}

void zd_index__mask_unref(struct zd_index__mask *m)
{
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    for (size_t i = 0; m->bits && i < m->n_parts; i++)
        zd_free(m->bits[i]);
    zd_free(m->bits);
    zd_free(m->n_pass);
    zd_free(m);
}

/* ---- what passes ---- */

static bool region_passes(const struct zd_index_filter *f, uint32_t region)
{
    if (f->n_regions == 0 || region == 0)
        return true;
    for (size_t i = 0; i < f->n_regions; i++)
        if (f->regions[i] == region)
            return true;
    return false;
}

static bool class_passes(const struct zd_index_filter *f, const struct zd_index__class *c)
{
    if (f->on != 0 && (c->effective > f->on || (c->expires != 0 && c->expires < f->on)))
        return false;
    if (f->access != 0 && (c->access & f->access) == 0)
        return false;
    return region_passes(f, c->region);
}

static void set_range(uint64_t *bits, uint32_t from, uint32_t to)
{
    for (; from < to && from % 64 != 0; from++)
        bits[from / 64] |= UINT64_C(1) << (from % 64);
    for (; to - from >= 64 && from < to; from += 64)
        bits[from / 64] = UINT64_MAX;
    for (; from < to; from++)
        bits[from / 64] |= UINT64_C(1) << (from % 64);
}

/* Whether a run is live and passes all of the filter but its groups. */
static bool run_passes(const struct zd_index__part *part, const struct zd_index_filter *f,
                       uint32_t run)
{
    const struct zd_index__class class = zd_index__part_class(part, run);

    return !zd_index__part_run_is_gone(part, run) && class_passes(f, &class);
}

/* Sets the bits of the passages that pass; returns their number. */
static uint32_t fill(const struct zd_index__part *part, const struct zd_index_filter *f,
                     uint64_t *bits)
{
    const struct zd_index__segment *s = part->segment;
    size_t deleted = 0, changed = 0;
    uint32_t n = 0, first, end = 0;

    for (uint32_t r = 0; r < s->shape.n_runs; r++) {
        struct zd_index__class class = zd_index__run_class(s, r);

        first = end;
        end = zd_index__run_first(s, r + 1);
        if (changed < part->n_overrides && part->overrides[changed].run == r) {
            class.effective = part->overrides[changed].effective;
            class.expires = part->overrides[changed].expires;
            changed++;
        }
        if (deleted < part->n_deleted && part->deleted[deleted] == r) {
            deleted++;
            continue;
        }
        if (!class_passes(f, &class))
            continue;
        set_range(bits, first, end);
        n += end - first;
    }
    return n;
}

/* The same for a filter that names documents: only their runs are looked at. */
static uint32_t fill_groups(const struct zd_index__part *part, const struct zd_index_filter *f,
                            uint64_t *bits)
{
    const struct zd_index__segment *s = part->segment;
    uint32_t n = 0;

    for (size_t g = 0; g < f->n_groups; g++) {
        uint32_t from, to;

        if (g > 0 && f->groups[g] == f->groups[g - 1])
            continue;
        zd_index__runs_of_group(s, f->groups[g], &from, &to);
        for (; from < to; from++) {
            const uint32_t r = zd_index__run_in_order(s, from);
            const uint32_t first = zd_index__run_first(s, r), end = zd_index__run_first(s, r + 1);

            if (!run_passes(part, f, r))
                continue;
            set_range(bits, first, end);
            n += end - first;
        }
    }
    return n;
}

static bool filter_is_open(const struct zd_index_filter *f)
{
    return f->on == 0 && f->access == 0 && f->n_regions == 0 && f->n_groups == 0;
}

static enum zd_status mask_make(const struct zd_index *index, const struct zd_index_filter *f,
                                struct zd_index__mask **ret_mask, struct zd_error *err)
{
    struct zd_index__mask *m = mask_new(index->manifest.n_parts);

    if (!m)
        goto nomem;
    m->all = true;
    for (size_t i = 0; i < m->n_parts; i++) {
        const struct zd_index__part *part = &index->manifest.parts[i];
        const uint32_t n_docs = part->segment->shape.n_docs;

        m->n_pass[i] = n_docs;
        if (part->n_deleted == 0 && filter_is_open(f))
            continue;
        m->bits[i] = zd_alloc(((size_t)n_docs + 63) / 64 * sizeof **m->bits);
        if (!m->bits[i])
            goto nomem;
        m->n_pass[i] =
            f->n_groups > 0 ? fill_groups(part, f, m->bits[i]) : fill(part, f, m->bits[i]);
        if (m->n_pass[i] == n_docs) {
            zd_free(m->bits[i]);
            m->bits[i] = NULL;
        } else {
            m->all = false;
        }
    }
    *ret_mask = m;
    return ZD_OK;
nomem:
    zd_index__mask_unref(m);
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a search filter");
}

/* ---- what was asked before ---- */

static bool is_kept_kind(const struct zd_index_filter *f)
{
    return f->n_groups == 0 && f->n_regions <= ZD_INDEX__MASK_REGIONS_KEPT;
}

static bool is_same(const struct zd_index__kept_mask *kept, const struct zd_index_filter *f)
{
    return kept->mask && kept->on == f->on && kept->access == f->access &&
           kept->n_regions == f->n_regions &&
           (f->n_regions == 0 ||
            memcmp(kept->regions, f->regions, f->n_regions * sizeof *f->regions) == 0);
}

static struct zd_index__mask *recall(struct zd_index *index, const struct zd_index_filter *f)
{
    struct zd_index__mask *found = NULL;

    pthread_mutex_lock(&index->lock);
    for (size_t i = 0; i < ZD_COUNT(index->masks); i++)
        if (is_same(&index->masks[i], f)) {
            found = index->masks[i].mask;
            atomic_fetch_add(&found->refs, 1);
            index->masks[i].used = ++index->n_wanted;
            break;
        }
    pthread_mutex_unlock(&index->lock);
    return found;
}

static void keep(struct zd_index *index, const struct zd_index_filter *f,
                 struct zd_index__mask *mask)
{
    struct zd_index__kept_mask *oldest = &index->masks[0];
    struct zd_index__mask *dropped;

    atomic_fetch_add(&mask->refs, 1);
    pthread_mutex_lock(&index->lock);
    for (size_t i = 0; i < ZD_COUNT(index->masks); i++)
        if (index->masks[i].used < oldest->used)
            oldest = &index->masks[i];
    dropped = oldest->mask;
    *oldest = (struct zd_index__kept_mask){.mask = mask,
                                           .on = f->on,
                                           .access = f->access,
                                           .n_regions = f->n_regions,
                                           .used = ++index->n_wanted};
    if (f->n_regions > 0)
        memcpy(oldest->regions, f->regions, f->n_regions * sizeof *f->regions);
    pthread_mutex_unlock(&index->lock);
    zd_index__mask_unref(dropped);
}

enum zd_status zd_index__mask_of(struct zd_index *index, const struct zd_index_filter *f,
                                 struct zd_index__mask **ret_mask, struct zd_error *err)
{
    enum zd_status st;

    if (!is_kept_kind(f))
        return mask_make(index, f, ret_mask, err);
    *ret_mask = recall(index, f);
    if (*ret_mask)
        return ZD_OK;
    st = mask_make(index, f, ret_mask, err);
    if (st == ZD_OK)
        keep(index, f, *ret_mask);
    return st;
}
