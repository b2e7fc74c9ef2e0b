/* kernel_loops: the loops of kernel.h over vectors of WIDTH numbers, for the processors that TARGET
 * names; LOOPS is the table they are handed out by. kernel.c includes this once for each kind of
 * processor, so there are no guards. Vectors are as wide as the processor's registers: compilers
 * take wider ones apart by way of the stack. */

#define JOINED_(a, b) a##b
#define JOINED(a, b) JOINED_(a, b)
#define NAME(name) JOINED(name, WIDTH)

#define PARTS (ZD_SEMANTIC_LANES / WIDTH) /* vectors that hold the lanes of a sum */
#define HELD 4                            /* vectors of a row of zd_semantic__mix at a time */

typedef float NAME(vector) __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int8_t NAME(bytes) __attribute__((vector_size(WIDTH), aligned(1), may_alias));

#define VECTOR(p) (*(NAME(vector) *)(p))
#define CONST_VECTOR(p) (*(const NAME(vector) *)(p))

/* The lanes' sum, pairwise, always in this order. */
TARGET static inline float NAME(sum_of)(const NAME(vector) * v)
{
    float s[ZD_SEMANTIC_LANES];

    memcpy(s, v, sizeof s);
    for (size_t width = ZD_SEMANTIC_LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            s[i] += s[i + width];
    return s[0];
}

TARGET static float NAME(dot)(const float *a, const float *b, size_t n)
{
    NAME(vector) sum[PARTS] = {{0}};

    for (size_t i = 0; i < n; i += ZD_SEMANTIC_LANES)
        for (size_t p = 0; p < PARTS; p++)
            sum[p] += CONST_VECTOR(a + i + p * WIDTH) * CONST_VECTOR(b + i + p * WIDTH);
    return NAME(sum_of)(sum);
}

TARGET static void NAME(add)(float *y, float s, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        VECTOR(y + i) += s * CONST_VECTOR(x + i);
}

TARGET static void NAME(add_i8)(float *y, float s, const int8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        VECTOR(y + i) += s * __builtin_convertvector(*(const NAME(bytes) *)(x + i), NAME(vector));
}

TARGET static void NAME(products)(const float *a, const float *b, size_t from, size_t to,
                                  size_t n_b, size_t n_dims, float scale, float *out)
{
    for (size_t i = from; i < to; i++) {
        const float *x = a + i * n_dims;
        size_t j = 0;

        for (; j + 2 <= n_b; j += 2) { /* two rows share what is read of x */
            const float *y = b + j * n_dims, *z = y + n_dims;
            NAME(vector) s[PARTS] = {{0}}, t[PARTS] = {{0}};

            for (size_t k = 0; k < n_dims; k += ZD_SEMANTIC_LANES)
                for (size_t p = 0; p < PARTS; p++) {
                    const NAME(vector) v = CONST_VECTOR(x + k + p * WIDTH);

                    s[p] += v * CONST_VECTOR(y + k + p * WIDTH);
                    t[p] += v * CONST_VECTOR(z + k + p * WIDTH);
                }
            out[i * n_b + j] = scale * NAME(sum_of)(s);
            out[i * n_b + j + 1] = scale * NAME(sum_of)(t);
        }
        if (j < n_b)
            out[i * n_b + j] = scale * NAME(dot)(x, b + j * n_dims, n_dims);
    }
}

/* Columns [k, k + HELD × WIDTH) of one row of zd_semantic__mix. */
TARGET static inline void NAME(mix_held)(const float *weights, size_t column, const float *b,
                                         size_t n_b, size_t n_dims, float *out)
{
    NAME(vector) s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};

    for (size_t j = 0; j < n_b; j++) {
        const float w = weights[j * column];
        const float *y = b + j * n_dims;

        s0 += w * CONST_VECTOR(y);
        s1 += w * CONST_VECTOR(y + WIDTH);
        s2 += w * CONST_VECTOR(y + 2 * WIDTH);
        s3 += w * CONST_VECTOR(y + 3 * WIDTH);
    }
    VECTOR(out) = s0;
    VECTOR(out + WIDTH) = s1;
    VECTOR(out + 2 * WIDTH) = s2;
    VECTOR(out + 3 * WIDTH) = s3;
}

TARGET static void NAME(mix)(const float *g, size_t row, size_t column, const float *b, size_t from,
                             size_t to, size_t n_b, size_t n_dims, float *out)
{
    for (size_t i = from; i < to; i++) {
        size_t k = 0;

        for (; k + HELD * WIDTH <= n_dims; k += HELD * WIDTH)
            NAME(mix_held)(g + i * row, column, b + k, n_b, n_dims, out + i * n_dims + k);
        for (; k < n_dims; k += WIDTH) {
            NAME(vector) s = {0};

            for (size_t j = 0; j < n_b; j++)
                s += g[i * row + j * column] * CONST_VECTOR(b + j * n_dims + k);
            VECTOR(out + i * n_dims + k) = s;
        }
    }
}

TARGET static void NAME(step)(float *w, float *h, const float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h[i] += g[i] * g[i];
        w[i] -= rate * g[i] / (sqrtf(h[i]) + 1e-10F);
    }
}

static const struct loops LOOPS = {NAME(dot),      NAME(add), NAME(add_i8),
                                   NAME(products), NAME(mix), NAME(step)};

#undef JOINED_
#undef JOINED
#undef NAME
#undef PARTS
#undef HELD
#undef VECTOR
#undef CONST_VECTOR
#undef WIDTH
#undef TARGET
#undef LOOPS
