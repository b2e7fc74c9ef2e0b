/* kernel: the four loops in which a search spends its time, for several processors.
 *
 * plain is C and defines what the others must give, bit for bit (score.h); avx2 and avx512 stand
 * in kernel_x86.c, neon in kernel_arm.c. Which one is used is decided at run time by what the
 * processor can do.
 */
#ifndef ZD_INDEX_KERNEL_H
#define ZD_INDEX_KERNEL_H

#include "index/index_private.h"

#define ZD_INDEX__COMMON_CODES 48u

/* What scoring a run of postings needs. */
struct zd_index__scoring {
    const float *r[ZD_FIELD_COUNT];         /* [256] by length level */
    const float *a[ZD_FIELD_COUNT];         /* [n_codes + 1] by code; the last one is 0 */
    const uint8_t *lengths[ZD_FIELD_COUNT]; /* [n_docs] */
    uint32_t n_codes;
    float w, k1;
    /* x / (k1 + x) by code and length of the body, for the codes below n_common; below 0 for codes
     * whose value depends on the length of title or headings too */
    float common[ZD_INDEX__COMMON_CODES][ZD_INDEX__LENGTHS];
    uint32_t n_common;
    uint32_t base, span; /* passages base … base + span - 1 are the window */
    int32_t *scores;     /* [span] */
};

struct zd_index__kernel {
    const char *name;
    /* scores[doc - base] += the part of the posting, for docs in the window. The docs differ from
     * one another and are below n_docs. */
    void (*add)(const struct zd_index__scoring *s, const uint32_t *docs, const uint16_t *codes,
                size_t n);
    /* Appends the places of scores >= least to out (room for n); returns their number. */
    size_t (*collect)(const int32_t *scores, size_t n, int32_t least, uint16_t *out);
    /* maxima[g] = the largest of scores[row × n_groups + g]; n_groups a multiple of 16. */
    void (*maxima)(const int32_t *scores, size_t n_groups, size_t n_rows, int32_t *maxima);
};

/* The fastest this processor has. */
const struct zd_index__kernel *zd_index__kernel(void);

/* Kernel number i, NULL where there is none or the processor lacks it: for tests. */
#define ZD_INDEX__KERNELS 4
const struct zd_index__kernel *zd_index__kernel_at(unsigned i);

/* Fills `common` from a, r and k1 for body lengths up to longest; flat[f]: r[f] is 1 for every
 * length. */
void zd_index__scoring_common(struct zd_index__scoring *s, const bool flat[ZD_FIELD_COUNT],
                              unsigned longest);

/* x / (k1 + x) of one posting: the definition (score.h). */
static inline float zd_index__saturated(const struct zd_index__scoring *s, uint32_t doc,
                                        uint32_t code)
{
    const uint32_t c = code < s->n_codes ? code : s->n_codes;
    float x[ZD_FIELD_COUNT], sum;

    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        x[f] = s->a[f][c] * s->r[f][s->lengths[f][doc]];
    sum = (x[ZD_FIELD_TITLE] + x[ZD_FIELD_HEADINGS]) + x[ZD_FIELD_BODY];
    return sum / (s->k1 + sum);
}

/* The part of one posting. */
static inline int32_t zd_index__part(const struct zd_index__scoring *s, uint32_t doc, uint32_t code)
{
    float saturated = code < s->n_common ? s->common[code][s->lengths[ZD_FIELD_BODY][doc]] : -1.0F;

    if (saturated < 0.0F)
        saturated = zd_index__saturated(s, doc, code);

    return (int32_t)(s->w * saturated + 0.5F);
}

#endif
