/* lists.c: see lists.h. */
#include "index/lists.h"

#include <string.h>

#include "index/snapshot.h"

struct zd_index_lists {
    size_t n_terms;
    struct zd_index__list *p; /* [n_parts][n_terms] df 0 where a segment has not the term */
    uint64_t *frequencies;    /* [n_terms] */
};

/* The lists of one segment. False where it turned out to be damaged. */
static bool find_in(struct zd_index__segment *s, const uint64_t *terms, size_t n_terms,
                    struct zd_index__list *lists)
{
    for (size_t t = 0; t < n_terms; t++) {
        lists[t].df = 0;
        if (!zd_index__segment_find(s, terms[t], &lists[t]) && atomic_load(&s->bad))
            return false;
    }
    return true;
}

bool zd_index__lists_of(const struct zd_index *index, const uint64_t *terms, size_t n_terms,
                        const struct zd_index_lists *found, struct zd_index__list *lists,
                        uint64_t *frequencies)
{
    memset(frequencies, 0, n_terms * sizeof *frequencies);
    for (size_t i = 0; i < index->manifest.n_parts; i++) {
        struct zd_index__segment *s = index->manifest.parts[i].segment;
        struct zd_index__list *here = lists + i * n_terms;

        memset(here, 0, n_terms * sizeof *here);
        if (atomic_load(&s->bad))
            continue;
        if (found)
            memcpy(here, found->p + i * n_terms, n_terms * sizeof *here);
        else if (!find_in(s, terms, n_terms, here))
            return false;
        for (size_t t = 0; t < n_terms; t++)
            frequencies[t] += here[t].df;
    }
    return true;
}

enum zd_status zd_index_lists_find(const struct zd_index *index, const uint64_t *terms,
                                   size_t n_terms, struct zd_index_lists **ret_lists,
                                   struct zd_error *err)
{
    struct zd_index_lists *lists = zd_alloc(sizeof *lists);

    if (lists) {
        lists->n_terms = n_terms;
        lists->p = zd_alloc(index->manifest.n_parts * n_terms * sizeof *lists->p);
        lists->frequencies = zd_alloc(n_terms * sizeof *lists->frequencies);
    }
    if (!lists || !lists->p || !lists->frequencies) {
        zd_index_lists_free(lists);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the terms of a question");
    }
    /* each repetition has lost a segment, so this ends */
    while (!zd_index__lists_of(index, terms, n_terms, NULL, lists->p, lists->frequencies))
        ;
    *ret_lists = lists;
    return ZD_OK;
}

void zd_index_lists_free(struct zd_index_lists *lists)
{
    if (!lists)
        return;
    zd_free(lists->p);
    zd_free(lists->frequencies);
    zd_free(lists);
}

uint32_t zd_index_lists_frequency(const struct zd_index_lists *lists, size_t term)
{
    const uint64_t df = lists->frequencies[term];

    return df > UINT32_MAX ? UINT32_MAX : (uint32_t)df;
}
