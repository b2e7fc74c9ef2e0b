/* The encoder: what is written is what encodes, and nothing damaged is read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "semantic/encoder.h"

#define N_TERMS 5
#define N_DIMS 32

static const zd_term terms[N_TERMS] = {900, 7, UINT64_C(1) << 63 | 5, 42, 8};

/* Rows that are easy to tell apart: row i has its ones at i, i + 5, … */
static void make_section(struct zd_buf *out)
{
    float e[N_TERMS][N_DIMS] = {{0}}, w[N_TERMS];
    struct zd_error err = {0};

    for (size_t i = 0; i < N_TERMS; i++) {
        w[i] = logf((float)i + 1.0F);
        for (size_t k = i; k < N_DIMS; k += N_TERMS)
            e[i][k] = 0.5F;
    }
    out->max = 1 << 20;
    assert_int_equal(
        zd_encoder_write(
            &(struct zd_encoder_source){
                .terms = terms, .e = &e[0][0], .w = w, .n_terms = N_TERMS, .n_dims = N_DIMS},
            out, &err),
        ZD_OK);
    assert_false(out->bad);
}

static float cosine(const int8_t *a, const int8_t *b)
{
    float ab = 0.0F, aa = 0.0F, bb = 0.0F;

    for (size_t k = 0; k < N_DIMS; k++) {
        ab += (float)a[k] * (float)b[k];
        aa += (float)a[k] * (float)a[k];
        bb += (float)b[k] * (float)b[k];
    }
    return aa > 0.0F && bb > 0.0F ? ab / sqrtf(aa * bb) : 0.0F;
}

static void encode(const struct zd_encoder *encoder, const zd_term *text, size_t n, int8_t *out)
{
    struct zd_encoder_work work = {0};

    assert_int_equal(
        zd_encoder_encode(encoder, &work, &(struct zd_encoder_terms){text, n}, 1, out, NULL),
        ZD_OK);
    zd_encoder_work_done(&work);
}

static void test_a_text_is_the_weighted_sum_of_its_tokens(void **state)
{
    const zd_term one[] = {42}, two[] = {42, 900, 42, 42, 42}, unknown[] = {1234};
    struct zd_buf section = {0};
    struct zd_encoder *encoder = NULL;
    int8_t a[N_DIMS], b[N_DIMS];

    (void)state;
    make_section(&section);
    assert_int_equal(zd_encoder_open((struct zd_bytes){section.p, section.n}, &encoder, NULL),
                     ZD_OK);
    assert_int_equal(zd_encoder_dims(encoder), N_DIMS);
    encode(encoder, one, 1, a);
    encode(encoder, two, 5, b);
    /* 42 is row 3 with weight 4, four times: 4 × √4 = 8; 900 is row 0 with weight 1. Rows 0 and 3
     * have 7 and 6 ones. */
    assert_float_equal(cosine(a, b), 8.0F * sqrtf(6.0F) / sqrtf(64.0F * 6.0F + 7.0F), 0.01F);
    encode(encoder, unknown, 1, a);
    for (size_t k = 0; k < N_DIMS; k++)
        assert_int_equal(a[k], 0);
    zd_encoder_close(encoder);
    zd_buf_done(&section);
}

static void test_rows_come_back_for_training(void **state)
{
    struct zd_buf section = {0};
    struct zd_encoder *encoder = NULL;
    float row[N_DIMS];

    (void)state;
    make_section(&section);
    assert_int_equal(zd_encoder_open((struct zd_bytes){section.p, section.n}, &encoder, NULL),
                     ZD_OK);
    for (size_t i = 0; i < zd_encoder_terms(encoder); i++) {
        size_t source = 0;

        while (terms[source] != zd_encoder_term(encoder, i))
            source++;
        zd_encoder_row(encoder, i, row);
        assert_float_equal(row[source], 0.5F * ((float)source + 1.0F), 0.01F);
    }
    zd_encoder_close(encoder);
    zd_buf_done(&section);
}

static void test_refuses_a_section_that_is_cut_or_longer(void **state)
{
    struct zd_buf section = {0};

    (void)state;
    make_section(&section);
    for (size_t n = 0; n < section.n; n++) {
        struct zd_encoder *encoder = NULL;
        uint8_t *copy = malloc(n ? n : 1);

        assert_non_null(copy);
        memcpy(copy, section.p, n);
        assert_int_equal(zd_encoder_open((struct zd_bytes){copy, n}, &encoder, NULL), ZD_CORRUPT);
        free(copy);
    }
    zd_buf_done(&section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_the_weighted_sum_of_its_tokens),
        cmocka_unit_test(test_rows_come_back_for_training),
        cmocka_unit_test(test_refuses_a_section_that_is_cut_or_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
