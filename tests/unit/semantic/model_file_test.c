/* The model file: sections come back as they went in, and every damaged byte is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "semantic/model.h"
#include "semantic/model_file.h"

static void make_file(struct zd_buf *out)
{
    struct zd_model_file file = {.n_sections = 2};

    file.sections[0].tag = ZD_MODEL_TAG("AAAA");
    file.sections[0].bytes = (struct zd_bytes){(const uint8_t *)"first", 5};
    file.sections[1].tag = ZD_MODEL_TAG("BBBB");
    file.sections[1].bytes = (struct zd_bytes){(const uint8_t *)"the second one", 14};
    out->max = 1 << 16;
    zd_model_file_write(&file, out);
    assert_false(out->bad);
}

static void test_sections_come_back(void **state)
{
    struct zd_buf bytes = {0};
    struct zd_model_file file = {0};
    struct zd_bytes section;

    (void)state;
    make_file(&bytes);
    assert_int_equal(zd_model_file_open((struct zd_bytes){bytes.p, bytes.n}, false, &file, NULL),
                     ZD_OK);
    section = zd_model_file_section(&file, ZD_MODEL_TAG("BBBB"));
    assert_int_equal(section.n, 14);
    assert_memory_equal(section.p, "the second one", 14);
    assert_int_equal((size_t)(section.p - bytes.p) % 64, 0);
    assert_int_equal(zd_model_file_section(&file, ZD_MODEL_TAG("CCCC")).n, 0);
    zd_buf_done(&bytes);
}

/* Zeros between sections carry nothing and may change. */
static bool is_padding(size_t at)
{
    return (at >= 68 && at < 128) || (at >= 133 && at < 192);
}

static void test_notices_every_damaged_byte(void **state)
{
    struct zd_buf bytes = {0};

    (void)state;
    make_file(&bytes);
    for (size_t i = 0; i < bytes.n; i++) {
        struct zd_model_file file = {0};

        bytes.p[i] ^= 0x10;
        if (!is_padding(i))
            assert_int_equal(
                zd_model_file_open((struct zd_bytes){bytes.p, bytes.n}, false, &file, NULL),
                ZD_CORRUPT);
        bytes.p[i] ^= 0x10;
    }
    zd_buf_done(&bytes);
}

static void test_the_base_model_is_whole(void **state)
{
    struct zd_model *model = NULL;
    struct zd_error err = {0};

    (void)state;
    if (zd_model_base(&model, &err) != ZD_OK)
        fail_msg("%s", err.what);
    assert_non_null(zd_model_encoder(model));
    assert_non_null(zd_model_ranker(model));
    assert_non_null(zd_model_topic(model));
    assert_non_null(zd_model_sure(model));
    assert_true(zd_model_section(model, ZD_MODEL_TAG("SPAN")).n > 0);
    assert_true(zd_model_n_answered(model) > 0);
    zd_model_close(model);
}

static void test_titles_that_answered_are_found_in_any_order(void **state)
{
    const struct zd_model_answered answered[] = {{90, 3.0F}, {7, 1.0F}, {1234567, 9.0F}};
    struct zd_buf priors = {.max = 4096}, bytes = {.max = 1 << 16};
    struct zd_model_file file = {.n_sections = 1};
    struct zd_model *model = NULL;

    (void)state;
    assert_int_equal(zd_model_write_priors(answered, 3, &priors, NULL), ZD_OK);
    file.sections[0].tag = ZD_MODEL_TAG("PRIO");
    file.sections[0].bytes = (struct zd_bytes){priors.p, priors.n};
    zd_model_file_write(&file, &bytes);
    assert_int_equal(zd_model_from_bytes((struct zd_bytes){bytes.p, bytes.n}, false, &model, NULL),
                     ZD_OK);
    assert_float_equal(zd_model_prior(model, 90), 1.3862944F, 1e-5F);
    assert_float_equal(zd_model_prior(model, 7), 0.6931472F, 1e-5F);
    assert_float_equal(zd_model_prior(model, 1234567), 2.3025851F, 1e-5F);
    assert_float_equal(zd_model_prior(model, 8), 0.0F, 1e-9F);
    zd_model_close(model);
    zd_buf_done(&priors);
    zd_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_come_back),
        cmocka_unit_test(test_notices_every_damaged_byte),
        cmocka_unit_test(test_the_base_model_is_whole),
        cmocka_unit_test(test_titles_that_answered_are_found_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
