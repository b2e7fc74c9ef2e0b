/* locate.c: see locate.h.
 *
 * Ids are sorted once; in each segment a gallop finds one after the other, so that a few hundred
 * ids cost a few comparisons each. Ids of different segments hardly overlap (they grow with time),
 * and the segment's least and greatest id pass over most of them.
 */
#include "index/locate.h"

#include <stdlib.h>

struct wanted {
    int64_t id;
    uint32_t at;
    bool found;
};

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int compare_places(const void *a, const void *b)
{
    const struct zd_index__place *x = a, *y = b;

    if (x->doc != y->doc)
        return x->doc < y->doc ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* ---- ids of a segment in their order ---- */

/* The passage of the rank-th least id, and the id; false where the segment is damaged. */
static bool by_rank(struct zd_index__segment *s, uint32_t rank, uint32_t *ret_doc, int64_t *ret_id)
{
    uint32_t doc = rank;

    if (!s->shape.ids_ascend) {
        if (!zd_index__segment_touch(s, ZD_INDEX__IDS_ORDER, (uint64_t)4 * rank, 4))
            return false;
        doc = zd_index__load_u32(s->section[ZD_INDEX__IDS_ORDER] + (size_t)4 * rank);
        if (doc >= s->shape.n_docs) {
            atomic_store(&s->bad, true);
            return false;
        }
    }
    *ret_doc = doc;
    return zd_index__segment_id(s, doc, ret_id);
}

/* The first rank at or after `from` whose id is at least `id`; n_docs where there is none. */
static bool seek(struct zd_index__segment *s, uint32_t from, int64_t id, uint32_t *ret_rank,
                 uint32_t *ret_doc, int64_t *ret_id)
{
    const uint32_t n = s->shape.n_docs;
    uint32_t low = from, step = 1, high;

    for (;; step *= 2) {
        high = n - low > step ? low + step : n;
        if (high == n)
            break;
        if (!by_rank(s, high, ret_doc, ret_id))
            return false;
        if (*ret_id >= id)
            break;
        low = high;
    }
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (!by_rank(s, middle, ret_doc, ret_id))
            return false;
        if (*ret_id < id)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_rank = low;
    return low == n || by_rank(s, low, ret_doc, ret_id);
}

static size_t first_at_least(const struct wanted *wanted, size_t n, int64_t id)
{
    size_t low = 0;

    while (low < n) {
        const size_t middle = low + (n - low) / 2;

        if (wanted[middle].id < id)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* Appends the places of one part; damage ends it. */
static void locate_in(const struct zd_index__part *part, uint32_t number, struct wanted *wanted,
                      size_t n, struct zd_index__place *places, size_t *n_places)
{
    struct zd_index__segment *s = part->segment;
    const size_t first_place = *n_places;
    uint32_t rank = 0, doc = 0;
    int64_t id = 0, greatest = 0;

    if (!by_rank(s, 0, &doc, &id) || !by_rank(s, s->shape.n_docs - 1, &doc, &greatest))
        return;
    for (size_t i = first_at_least(wanted, n, id); i < n && wanted[i].id <= greatest; i++) {
        if (wanted[i].found)
            continue;
        if (!seek(s, rank, wanted[i].id, &rank, &doc, &id) || rank == s->shape.n_docs)
            break;
        if (id != wanted[i].id || zd_index__part_run_is_gone(part, zd_index__run_of(s, doc)))
            continue;
        wanted[i].found = true;
        places[(*n_places)++] = (struct zd_index__place){number, doc, wanted[i].at};
    }
    if (!s->shape.ids_ascend)
        qsort(places + first_place, *n_places - first_place, sizeof *places, compare_places);
}

bool zd_index__locate(const struct zd_index *index, const int64_t *ids, size_t n,
                      struct zd_index__place *places, size_t *ret_n)
{
    struct wanted *wanted = zd_alloc(n * sizeof *wanted);
    size_t n_places = 0;

    if (!wanted)
        return false;
    for (size_t i = 0; i < n; i++)
        wanted[i] = (struct wanted){.id = ids[i], .at = (uint32_t)i};
    qsort(wanted, n, sizeof *wanted, compare_wanted);
    for (size_t i = 0; i < index->manifest.n_parts && n_places < n; i++) {
        const struct zd_index__part *part = &index->manifest.parts[i];

        if (!atomic_load(&part->segment->bad))
            locate_in(part, (uint32_t)i, wanted, n, places, &n_places);
    }
    zd_free(wanted);
    *ret_n = n_places;
    return true;
}

/* ---- postings ---- */

uint32_t zd_index__walk_seek(const struct zd_index__walk *w, uint32_t from, uint32_t doc)
{
    uint32_t low = from, high, step = 1;

    if (low >= w->n_blocks || zd_index__walk_last(w, low) >= doc)
        return low;
    for (;; step *= 2) { /* block `low` ends before doc */
        high = w->n_blocks - low > step ? low + step : w->n_blocks;
        if (high == w->n_blocks || zd_index__walk_last(w, high) >= doc)
            break;
        low = high;
    }
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (zd_index__walk_last(w, middle) >= doc)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* The passages [from, to) of docs, all in one block. */
static bool probe_block(const struct zd_index__block_view *view, struct zd_index__block *block,
                        const uint32_t *docs, size_t n, uint16_t *codes)
{
    if (zd_index__block_is_bitmap(view)) {
        for (size_t i = 0; i < n; i++) {
            uint32_t code;

            codes[i] = ZD_INDEX__NO_CODE;
            if (zd_index__bitmap_find(view, docs[i], &code))
                codes[i] = (uint16_t)code;
        }
        return true;
    }
    if (!zd_index__block_docs(view, block))
        return false;
    if (view->n < ZD_INDEX__BLOCK) {
        size_t at = 0;

        if (!zd_index__block_codes(view, block))
            return false;
        for (size_t i = 0; i < n; i++) {
            while (at < block->n && block->docs[at] < docs[i])
                at++;
            codes[i] =
                at < block->n && block->docs[at] == docs[i] ? block->codes[at] : ZD_INDEX__NO_CODE;
        }
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned position = zd_index__block_position(block, docs[i]);

        codes[i] = position < ZD_INDEX__BLOCK ? (uint16_t)zd_index__block_code(view, position)
                                              : ZD_INDEX__NO_CODE;
    }
    return true;
}

bool zd_index__probe(const struct zd_index__list *list, uint32_t n_docs, const uint32_t *docs,
                     size_t n, uint16_t *codes)
{
    struct zd_index__block_view view;
    struct zd_index__block block;
    struct zd_index__walk walk;
    uint32_t b = 0;

    if (!zd_index__walk_begin(list, n_docs, &walk))
        return false;
    if (!walk.skips)
        return zd_index__walk_open(&walk, 0, &view) && probe_block(&view, &block, docs, n, codes);
    for (size_t from = 0, to; from < n; from = to) {
        b = zd_index__walk_seek(&walk, b, docs[from]);
        if (b == walk.n_blocks) {
            for (; from < n; from++)
                codes[from] = ZD_INDEX__NO_CODE;
            return true;
        }
        for (to = from + 1; to < n && docs[to] <= zd_index__walk_last(&walk, b);)
            to++;
        if (!zd_index__walk_open(&walk, b, &view) ||
            !probe_block(&view, &block, docs + from, to - from, codes + from))
            return false;
    }
    return true;
}
