/* kernel.c: see kernel.h. Vector types of gcc and clang: one source for every processor. */
#include "semantic/kernel.h"

#include <math.h>
#include <string.h>

struct loops {
    float (*dot)(const float *a, const float *b, size_t n);
    void (*add)(float *y, float s, const float *x, size_t n);
    void (*add_i8)(float *y, float s, const int8_t *x, size_t n);
    void (*products)(const float *a, const float *b, size_t from, size_t to, size_t n_b,
                     size_t n_dims, float scale, float *out);
    void (*mix)(const float *g, size_t row, size_t column, const float *b, size_t from, size_t to,
                size_t n_b, size_t n_dims, float *out);
    void (*step)(float *w, float *h, const float *g, float rate, size_t n);
};

/* SSE2, NEON, or what the compiler makes of it elsewhere */
#define WIDTH 4
#define TARGET
#define LOOPS plain
#include "semantic/kernel_loops.inc"

#if defined(__x86_64__)

#define WIDTH 8
#define TARGET __attribute__((target("avx2")))
#define LOOPS avx2
#include "semantic/kernel_loops.inc"

#define WIDTH 16
#define TARGET __attribute__((target("avx512f")))
#define LOOPS avx512
#include "semantic/kernel_loops.inc"

/* The widest this processor has. */
static const struct loops *loops(void)
{
    return __builtin_cpu_supports("avx512f") ? &avx512
           : __builtin_cpu_supports("avx2")  ? &avx2
                                             : &plain;
}

#else

static const struct loops *loops(void)
{
    return &plain;
}

#endif

float zd_semantic__dot(const float *a, const float *b, size_t n)
{
    return loops()->dot(a, b, n);
}

void zd_semantic__add(float *y, float s, const float *x, size_t n)
{
    loops()->add(y, s, x, n);
}

void zd_semantic__add_i8(float *y, float s, const int8_t *x, size_t n)
{
    loops()->add_i8(y, s, x, n);
}

void zd_semantic__products(const float *a, const float *b, size_t from, size_t to, size_t n_b,
                           size_t n_dims, float scale, float *out)
{
    loops()->products(a, b, from, to, n_b, n_dims, scale, out);
}

void zd_semantic__mix(const float *g, size_t row, size_t column, const float *b, size_t from,
                      size_t to, size_t n_b, size_t n_dims, float *out)
{
    loops()->mix(g, row, column, b, from, to, n_b, n_dims, out);
}

void zd_semantic__step(float *w, float *h, const float *g, float rate, size_t n)
{
    loops()->step(w, h, g, rate, n);
}
