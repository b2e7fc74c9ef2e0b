/* kernel.c: plain C, and the choice (see kernel.h). */
#include "index/kernel.h"

#include <string.h>

#include "index/kernel_forms.h"

/* Everything a posting needs is held in locals: the stores to the scores might, for all the
 * compiler knows, change what s points to. */
void zd_index__plain_add(const struct zd_index__scoring *s, const uint32_t *restrict docs,
                         const uint16_t *restrict codes, size_t n)
{
    const uint8_t *restrict lengths = s->lengths[ZD_FIELD_BODY];
    const float *restrict common = &s->common[0][0];
    int32_t *restrict scores = s->scores;
    const uint32_t base = s->base, span = s->span, n_common = s->n_common;
    const float w = s->w;

    for (size_t i = 0; i < n; i++) {
        const uint32_t doc = docs[i], at = doc - base, code = codes[i];
        float saturated;

        if (__builtin_expect(at >= span, 0))
            continue;
        saturated = -1.0F;
        if (__builtin_expect(code < n_common, 1))
            saturated = common[code * ZD_INDEX__LENGTHS + lengths[doc]];
        if (__builtin_expect(saturated < 0.0F, 0))
            saturated = zd_index__saturated(s, doc, code);
        scores[at] += (int32_t)(w * saturated + 0.5F);
    }
}

static size_t plain_collect(const int32_t *scores, size_t n, int32_t least, uint16_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        out[found] = (uint16_t)i;
        found += scores[i] >= least;
    }
    return found;
}

static void plain_maxima(const int32_t *scores, size_t n_groups, size_t n_rows, int32_t *maxima)
{
    memcpy(maxima, scores, n_groups * sizeof *maxima);
    for (size_t row = 1; row < n_rows; row++)
        for (size_t g = 0; g < n_groups; g++) {
            int32_t v = scores[row * n_groups + g];

            maxima[g] = v > maxima[g] ? v : maxima[g];
        }
}

static const struct zd_index__kernel plain = {"plain", zd_index__plain_add, plain_collect,
                                              plain_maxima};

void zd_index__scoring_common(struct zd_index__scoring *s, const bool flat[ZD_FIELD_COUNT],
                              unsigned longest)
{
    const float *restrict r = s->r[ZD_FIELD_BODY];
    const float k1 = s->k1;
    const unsigned n = (longest + 4) & ~3u; /* whole vectors; longest is below 256 */

    s->n_common = s->n_codes < ZD_INDEX__COMMON_CODES ? s->n_codes : ZD_INDEX__COMMON_CODES;
    for (uint32_t c = 0; c < s->n_common; c++) {
        float *restrict out = s->common[c];
        const float title = s->a[ZD_FIELD_TITLE][c], headings = s->a[ZD_FIELD_HEADINGS][c];
        const float body = s->a[ZD_FIELD_BODY][c],
                    others = title + headings; /* each times 1, or 0 */

        if ((!flat[ZD_FIELD_TITLE] && title > 0.0F) ||
            (!flat[ZD_FIELD_HEADINGS] && headings > 0.0F)) {
            for (unsigned l = 0; l < n; l++)
                out[l] = -1.0F;
            continue;
        }
        for (unsigned l = 0; l < n; l++) {
            float x = others + body * r[l];

            out[l] = x / (k1 + x);
        }
    }
}

const struct zd_index__kernel *zd_index__kernel_at(unsigned i)
{
    switch (i) {
    case 0:
        return &plain;
    case 1:
        return zd_index__kernel_avx2();
    case 2:
        return zd_index__kernel_avx512();
    case 3:
        return zd_index__kernel_neon();
    default:
        return NULL;
    }
}

const struct zd_index__kernel *zd_index__kernel(void)
{
    for (unsigned i = ZD_INDEX__KERNELS; i-- > 1;)
        if (zd_index__kernel_at(i))
            return zd_index__kernel_at(i);
    return &plain;
}
