/* vocabulary: from a term to a small number, by open addressing. */
#ifndef ZD_SEMANTIC_VOCABULARY_H
#define ZD_SEMANTIC_VOCABULARY_H

#include "base/base.h"
#include "text/text.h"

#define ZD_VOCABULARY_MAX_TERMS (1u << 24)

/* Zero is an empty vocabulary. */
struct zd_vocabulary {
    zd_term *terms; /* [n] by number */
    size_t n, cap;
    uint32_t *slots; /* [n_slots] number + 1, 0 empty; a power of two */
    size_t n_slots;
};

void zd_vocabulary_done(struct zd_vocabulary *v);

/* The term's number, or UINT32_MAX. */
uint32_t zd_vocabulary_find(const struct zd_vocabulary *v, zd_term term);
/* The term's number, given now if it had none. False when memory or the maximum ends. */
bool zd_vocabulary_take(struct zd_vocabulary *v, zd_term term, uint32_t *ret_number) ZD_MUST_USE;

#endif
