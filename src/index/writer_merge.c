/* writer_merge.c: merging segments within a commit, and taking over what was merged beside it.
 *
 * Merging is tiered (as in Lucene's TieredMergePolicy, simplified): segments of one tier, within
 * a factor of eight of live passages, are merged once there are eight. So a passage is rewritten
 * once a tier, and n passages are in O(8 log n) segments. Within prepare only a million is merged
 * at once, so that a commit takes seconds at most, and far less where somebody merges in the
 * background (merging.h); zd_index_writer_merge does what is larger.
 */
#include <stdlib.h>
#include <string.h>

#include "index/merging_private.h"
#include "index/writer_private.h"

#define TIER_PASSAGES 4096u /* live passages below this are the lowest tier */
#define TIER_FACTOR 8u
#define TIER_SEGMENTS 8u

/* ---- what pays ---- */

static unsigned tier_of(uint32_t n_live)
{
    unsigned tier = 0;

    for (uint64_t top = TIER_PASSAGES; n_live >= top; top *= TIER_FACTOR)
        tier++;
    return tier;
}

size_t zd_index__choose_merge(const struct zd_index__size *sizes, size_t n_sizes,
                              uint64_t max_passages, size_t *places)
{
    for (size_t i = 0; i < n_sizes; i++) {
        const struct zd_index__size *s = &sizes[i];

        if (s->n_live == 0 ||
            ((s->n_docs - s->n_live) > s->n_docs / 3 && s->n_live <= max_passages)) {
            places[0] = i;
            return 1;
        }
    }
    for (unsigned tier = 0; tier < 16; tier++) {
        uint64_t n_live = 0;
        size_t n = 0;

        for (size_t i = 0; i < n_sizes; i++)
            if (tier_of(sizes[i].n_live) == tier &&
                n_live + sizes[i].n_live <= ZD_INDEX__SEGMENT_MAX_DOCS) {
                places[n++] = i;
                n_live += sizes[i].n_live;
            }
        if (n >= TIER_SEGMENTS && n_live <= max_passages)
            return n;
    }
    return 0;
}

static size_t choose(const struct zd_index_writer *w, uint64_t max_passages, size_t *places)
{
    struct zd_index__size sizes[ZD_INDEX__SEGMENTS_MAX];

    for (size_t i = 0; i < w->n_parts; i++)
        sizes[i] =
            (struct zd_index__size){w->parts[i].part.segment->shape.n_docs, w->parts[i].n_live};
    return zd_index__choose_merge(sizes, w->n_parts, max_passages, places);
}

/* ---- within a commit ---- */

/* Takes the parts at these places, which ascend, away. */
static void drop_places(struct zd_index_writer *w, const size_t *places, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        zd_index__writer_part_done(&w->parts[places[i]]);
        memmove(w->parts + places[i], w->parts + places[i] + 1,
                (w->n_parts - places[i] - 1) * sizeof *w->parts);
        w->n_parts--;
    }
}

/* Replaces the parts whose places are given by one segment of what lives in them. */
static enum zd_status merge_places(struct zd_index_writer *w, const size_t *places, size_t n,
                                   struct zd_error *err)
{
    const struct zd_index__merge_options options = {.n_dims = w->n_dims, .model = w->model};
    struct zd_index__part **parts = zd_alloc(n * sizeof(struct zd_index__part *));
    char path[ZD_INDEX__PATH_BYTES];
    const uint32_t ordinal = w->next_ordinal++;
    bool empty = false;
    enum zd_status st;

    if (!parts)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
    st = zd_index__segment_path(w->dir, w->generation, ordinal, path, err);
    for (size_t i = 0; st == ZD_OK && i < n; i++) {
        parts[i] = &w->parts[places[i]].part;
        if (!zd_index__writer_part_settle(&w->parts[places[i]]))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
    }
    if (st == ZD_OK)
        st = zd_index__merge(parts, n, &options, path, &empty, err);
    zd_free(parts);
    if (st == ZD_OK && !empty)
        st = zd_index__writer_take(w, ordinal, path,
                                   err); /* goes to the end: the places still hold */
    if (st != ZD_OK)
        return st;
    drop_places(w, places, n);
    return ZD_OK;
}

enum zd_status zd_index_writer_merge(struct zd_index_writer *w, uint64_t max_passages,
                                     struct zd_error *err)
{
    size_t *places = NULL, n;
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    places = zd_alloc((w->n_parts + 1) * sizeof *places);
    if (!places)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for merging index segments");
    while (st == ZD_OK && (n = choose(w, max_passages, places)) > 0)
        st = merge_places(w, places, n, err);
    zd_free(places);
    w->broken = st != ZD_OK;
    return st;
}

/* ---- what was merged beside ---- */

/* The place of a part that is still as the merging took it; n_parts where there is none. */
static size_t place_of(const struct zd_index_writer *w, const struct zd_index__part *part)
{
    size_t i = 0;

    for (; i < w->n_parts; i++)
        if (w->parts[i].part.made_in == part->made_in &&
            w->parts[i].part.ordinal == part->ordinal &&
            w->parts[i].part.footer_crc == part->footer_crc)
            break;
    return i;
}

static const struct zd_index__override *change_of(const struct zd_index__part *part, uint32_t run)
{
    for (size_t i = 0; i < part->n_overrides; i++)
        if (part->overrides[i].run == run)
            return &part->overrides[i];
    return NULL;
}

/* What was deleted or changed in a source since the merge began happens to the merged part too.
 * Both go by group, and a group's passages live in one place or are gone from it all together. */
static bool carry_over(const struct zd_index__part *then, struct zd_index__writer_part *now,
                       struct zd_index__writer_part *merged)
{
    const struct zd_index__segment *s = then->segment;

    if (!zd_index__writer_part_settle(now))
        return false;
    for (size_t i = 0; i < now->part.n_deleted; i++)
        if (!zd_index__part_run_is_gone(then, now->part.deleted[i]))
            zd_index__writer_part_delete(merged, zd_index__run_group(s, now->part.deleted[i]));
    for (size_t i = 0; i < now->part.n_overrides; i++) {
        const struct zd_index__override *o = &now->part.overrides[i];
        const struct zd_index__override *before = change_of(then, o->run);

        if (before && before->effective == o->effective && before->expires == o->expires)
            continue;
        if (!zd_index__writer_part_change(merged, zd_index__run_group(s, o->run), o->effective,
                                          o->expires))
            return false;
    }
    return true;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

enum zd_status zd_index_writer_adopt(struct zd_index_writer *w, struct zd_index_merging *m,
                                     struct zd_error *err)
{
    char path[ZD_INDEX__PATH_BYTES];
    size_t *places = NULL;
    enum zd_status st = zd_index__writer_check(w, err);

    if (st != ZD_OK)
        return st;
    if (!m->finished || m->n_dims != w->n_dims || m->model != w->model)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "what was merged is not wanted any more");
    places = zd_alloc(m->n_sources * sizeof *places);
    if (!places)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
    for (size_t i = 0; st == ZD_OK && i < m->n_sources; i++) {
        places[i] = place_of(w, m->sources[i]);
        if (places[i] == w->n_parts)
            st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "what was merged is not there any more");
    }
    if (st == ZD_OK && !m->empty) {
        const uint32_t ordinal = w->next_ordinal++;

        w->broken = true; /* until all of it is done */
        st = zd_index__segment_path(w->dir, w->generation, ordinal, path, err);
        if (st == ZD_OK)
            st = zd_durable_move(m->path, path, err);
        if (st == ZD_OK)
            st = zd_index__writer_take(w, ordinal, path, err);
        for (size_t i = 0; st == ZD_OK && i < m->n_sources; i++)
            if (!carry_over(m->sources[i], &w->parts[places[i]], &w->parts[w->n_parts - 1]))
                st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the index writer");
        w->broken = st != ZD_OK;
    }
    if (st == ZD_OK) {
        qsort(places, m->n_sources, sizeof *places, compare_sizes);
        drop_places(w, places, m->n_sources);
    }
    zd_free(places);
    return st;
}
