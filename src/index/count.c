/* count.c: how many passages there are, exactly: a bitmap of a segment's passages, into which the
 * postings of every term are entered, and what the filter leaves of it. */
#include <string.h>

#include "index/segment_format.h"
#include "index/snapshot.h"

static void damage(struct zd_index__segment *s)
{
    atomic_store(&s->bad, true);
}

/* Enters the passages of a list. */
static void enter(struct zd_index__segment *s, const struct zd_index__list *list, uint64_t *bits)
{
    struct zd_index__walk walk;
    struct zd_index__block block;

    if (!zd_index__walk_begin(list, s->shape.n_docs, &walk)) {
        damage(s);
        return;
    }
    for (uint32_t b = 0; b < walk.n_blocks; b++) {
        struct zd_index__block_view view;

        if (!zd_index__walk_open(&walk, b, &view) || !zd_index__block_docs(&view, &block)) {
            damage(s);
            return;
        }
        for (uint32_t i = 0; i < block.n; i++)
            bits[block.docs[i] / 64] |= UINT64_C(1) << (block.docs[i] % 64);
    }
}

static uint64_t count_segment(struct zd_index__segment *s, const uint64_t *terms, size_t n_terms,
                              const uint64_t *pass, uint64_t *bits)
{
    const size_t n_words = ((size_t)s->shape.n_docs + 63) / 64;
    uint64_t n = 0;

    memset(bits, 0, n_words * sizeof *bits);
    for (size_t t = 0; t < n_terms && !atomic_load(&s->bad); t++) {
        struct zd_index__list list;

        if (zd_index__segment_find(s, terms[t], &list))
            enter(s, &list, bits);
    }
    for (size_t w = 0; w < n_words; w++)
        n += (uint64_t)__builtin_popcountll(pass ? bits[w] & pass[w] : bits[w]);
    if (zd_mapping_is_lost(&s->file))
        damage(s);
    return n;
}

/* Adds up what the segments say that are usable; one that is lost on the way counts nothing. */
static uint64_t count_all(const struct zd_index *index, const uint64_t *terms, size_t n_terms,
                          const struct zd_index__mask *mask, uint64_t *bits)
{
    uint64_t n = 0;

    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        struct zd_index__segment *s = index->manifest.parts[i].segment;
        uint64_t more;

        if (atomic_load(&s->bad) || mask->n_pass[i] == 0)
            continue;
        more = count_segment(s, terms, n_terms, mask->bits[i], bits);
        if (!atomic_load(&s->bad))
            n += more;
    }
    return n;
}

enum zd_status zd_index_count(const struct zd_index *index, const uint64_t *terms, size_t n_terms,
                              const struct zd_index_filter *filter, uint64_t *ret_n,
                              struct zd_error *err)
{
    struct zd_index__mask *mask = NULL;
    uint64_t *bits;
    uint32_t most = 0;
    enum zd_status st =
        zd_index__mask_of(zd_index__unconst(index), filter, &mask, err); /* its cache */

    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < index->manifest.n_parts; i++)
        if (index->manifest.parts[i].segment->shape.n_docs > most)
            most = index->manifest.parts[i].segment->shape.n_docs;
    bits = zd_alloc(((size_t)most + 63) / 64 * sizeof *bits);
    if (bits)
        *ret_n = count_all(index, terms, n_terms, mask, bits);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for counting");
    zd_free(bits);
    zd_index__mask_unref(mask);
    return st;
}
