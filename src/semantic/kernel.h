/* kernel: the few loops in which training and encoding spend their time, over rows of floats or
 * of 8-bit integers.
 *
 * Every sum runs over 16 lanes that are added up in one fixed order at the end, and nothing is
 * contracted to fused multiply-adds (-ffp-contract=off in meson.build), so that every build and
 * every processor gets the same bits; forms for AVX-512, AVX2 and any other processor are chosen
 * from at run time. Dimensions are multiples of ZD_SEMANTIC_LANES.
 */
#ifndef ZD_SEMANTIC_KERNEL_H
#define ZD_SEMANTIC_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define ZD_SEMANTIC_LANES 16

/* Σ a[i] b[i], n a multiple of 16. */
float zd_semantic__dot(const float *a, const float *b, size_t n);

/* y += s x, n a multiple of 16. */
void zd_semantic__add(float *y, float s, const float *x, size_t n);

/* y += s x for a row of 8-bit integers, n a multiple of 16. */
void zd_semantic__add_i8(float *y, float s, const int8_t *x, size_t n);

/* out[i][j] = scale · a[i]·b[j] for rows i of [from, to): a [·][n_dims], b [n_b][n_dims],
 * out [·][n_b]. */
void zd_semantic__products(const float *a, const float *b, size_t from, size_t to, size_t n_b,
                           size_t n_dims, float scale, float *out);

/* out[i] = Σ_j g[i × row + j × column] b[j] for rows i of [from, to): g with the given strides,
 * b [n_b][n_dims], out [·][n_dims]. */
void zd_semantic__mix(const float *g, size_t row, size_t column, const float *b, size_t from,
                      size_t to, size_t n_b, size_t n_dims, float *out);

/* One row of parameters takes its step (Adagrad: Duchi, Hazan & Singer 2011): h += g²,
 * w −= rate · g / √h. */
void zd_semantic__step(float *w, float *h, const float *g, float rate, size_t n);

#endif
