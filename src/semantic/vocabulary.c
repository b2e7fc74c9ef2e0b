/* vocabulary.c: see vocabulary.h. At most half of the slots are taken. */
#include "semantic/vocabulary.h"

#define SLOTS_MIN 1024u

static uint64_t mix(zd_term term)
{
    term = (term ^ term >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return term ^ term >> 29;
}

static size_t slot_of(const struct zd_vocabulary *v, zd_term term)
{
    size_t at = (size_t)mix(term) & (v->n_slots - 1);

    while (v->slots[at] != 0 && v->terms[v->slots[at] - 1] != term)
        at = (at + 1) & (v->n_slots - 1);
    return at;
}

void zd_vocabulary_done(struct zd_vocabulary *v)
{
    zd_free(v->terms);
    zd_free(v->slots);
    *v = (struct zd_vocabulary){0};
}

uint32_t zd_vocabulary_find(const struct zd_vocabulary *v, zd_term term)
{
    if (v->n_slots == 0)
        return UINT32_MAX;
    return v->slots[slot_of(v, term)] - 1; /* an empty slot gives UINT32_MAX */
}

static bool grow_slots(struct zd_vocabulary *v)
{
    const size_t n_slots = v->n_slots ? 2 * v->n_slots : SLOTS_MIN;
    uint32_t *slots = zd_alloc(n_slots * sizeof *slots);

    if (!slots)
        return false;
    zd_free(v->slots);
    v->slots = slots;
    v->n_slots = n_slots;
    for (size_t i = 0; i < v->n; i++)
        v->slots[slot_of(v, v->terms[i])] = (uint32_t)i + 1;
    return true;
}

bool zd_vocabulary_take(struct zd_vocabulary *v, zd_term term, uint32_t *ret_number)
{
    size_t at;

    if (2 * (v->n + 1) > v->n_slots && !grow_slots(v))
        return false;
    at = slot_of(v, term);
    if (v->slots[at] == 0) {
        if (!zd_grow(&v->terms, &v->cap, v->n + 1, sizeof *v->terms, ZD_VOCABULARY_MAX_TERMS))
            return false;
        v->terms[v->n++] = term;
        v->slots[at] = (uint32_t)v->n;
    }
    *ret_number = v->slots[at] - 1;
    return true;
}
