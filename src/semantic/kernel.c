/* kernel.c: see kernel.h. Vector types of gcc and clang: one source for every processor. */
#include "semantic/kernel.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#if !defined(__clang__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif
#else
#define CLONES
#endif

#define LANES ZD_SEMANTIC_LANES
#define TILE 64 /* dimensions of a tile of zd_semantic__mix */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

/* The lanes' sum, pairwise, always in this order. */
static inline float sum_of(const lanes *v)
{
    float s[LANES];

    memcpy(s, v, sizeof s);
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            s[i] += s[i + width];
    return s[0];
}

CLONES float zd_semantic__dot(const float *a, const float *b, size_t n)
{
    lanes sum = {0};

    for (size_t i = 0; i < n; i += LANES)
        sum += *(const lanes *)(a + i) * *(const lanes *)(b + i);
    return sum_of(&sum);
}

CLONES void zd_semantic__add(float *y, float s, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        *(lanes *)(y + i) += s * *(const lanes *)(x + i);
}

CLONES void zd_semantic__add_i8(float *y, float s, const int8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += s * (float)x[i];
}

CLONES void zd_semantic__products(const float *a, const float *b, size_t from, size_t to,
                                  size_t n_b, size_t n_dims, float scale, float *out)
{
    for (size_t i = from; i < to; i++) {
        const float *x = a + i * n_dims;
        size_t j = 0;

        for (; j + 4 <= n_b; j += 4) {
            const float *y = b + j * n_dims;
            lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};

            for (size_t k = 0; k < n_dims; k += LANES) {
                const lanes v = *(const lanes *)(x + k);

                s0 += v * *(const lanes *)(y + k);
                s1 += v * *(const lanes *)(y + n_dims + k);
                s2 += v * *(const lanes *)(y + 2 * n_dims + k);
                s3 += v * *(const lanes *)(y + 3 * n_dims + k);
            }
            out[i * n_b + j] = scale * sum_of(&s0);
            out[i * n_b + j + 1] = scale * sum_of(&s1);
            out[i * n_b + j + 2] = scale * sum_of(&s2);
            out[i * n_b + j + 3] = scale * sum_of(&s3);
        }
        for (; j < n_b; j++)
            out[i * n_b + j] = scale * zd_semantic__dot(x, b + j * n_dims, n_dims);
    }
}

CLONES void zd_semantic__mix(const float *g, size_t row, size_t column, const float *b, size_t from,
                             size_t to, size_t n_b, size_t n_dims, float *out)
{
    for (size_t i = from; i < to; i++) {
        const float *weights = g + i * row;
        size_t k = 0;

        for (; k + TILE <= n_dims; k += TILE) {
            lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};

            for (size_t j = 0; j < n_b; j++) {
                const float w = weights[j * column];
                const float *y = b + j * n_dims + k;

                s0 += w * *(const lanes *)y;
                s1 += w * *(const lanes *)(y + LANES);
                s2 += w * *(const lanes *)(y + 2 * LANES);
                s3 += w * *(const lanes *)(y + 3 * LANES);
            }
            *(lanes *)(out + i * n_dims + k) = s0;
            *(lanes *)(out + i * n_dims + k + LANES) = s1;
            *(lanes *)(out + i * n_dims + k + 2 * LANES) = s2;
            *(lanes *)(out + i * n_dims + k + 3 * LANES) = s3;
        }
        for (; k < n_dims; k += LANES) {
            lanes s = {0};

            for (size_t j = 0; j < n_b; j++)
                s += weights[j * column] * *(const lanes *)(b + j * n_dims + k);
            *(lanes *)(out + i * n_dims + k) = s;
        }
    }
}

CLONES void zd_semantic__step(float *w, float *h, const float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h[i] += g[i] * g[i];
        w[i] -= rate * g[i] / (sqrtf(h[i]) + 1e-10F);
    }
}

CLONES int32_t zd_semantic__dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    int32_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (int32_t)a[i] * b[i];
    return sum;
}
