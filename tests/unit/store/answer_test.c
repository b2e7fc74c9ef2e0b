#include "store/answer.h"

#include "store_support.h"

static void test_answers_are_kept_and_forgotten(void **state)
{
    struct fixture *f = *state;
    struct zd_answers *answers = NULL;
    char path[96], open_id[ZD_ID_TEXT_BYTES], inside_id[ZD_ID_TEXT_BYTES];
    struct zd_str json = {0};
    uint64_t n = 0;

    snprintf(path, sizeof path, "%s/other", f->folder);
    assert_int_equal(zd_answers_open(path, &answers, NULL), ZD_OK);
    assert_int_equal(zd_answers_add(answers, zd_subject_visitor(), ZD_STR("停车收费吗"),
                                    ZD_STR("{\"answer\":\"收\"}"), open_id, NULL),
                     ZD_OK);
    assert_int_equal(
        zd_answers_add(answers, zd_subject_owner(), ZD_STR("内部"), ZD_STR("{}"), inside_id, NULL),
        ZD_OK);
    assert_string_not_equal(open_id, inside_id);
    zd_answers_close(answers);
    answers = NULL;
    assert_int_equal(zd_answers_open(path, &answers, NULL), ZD_OK);
    assert_int_equal(
        zd_answers_get(answers, zd_subject_visitor(), zd_str_c(open_id), f->arena, &json, NULL),
        ZD_OK);
    assert_true(zd_str_eq(json, ZD_STR("{\"answer\":\"收\"}")));
    assert_int_equal(
        zd_answers_get(answers, zd_subject_visitor(), zd_str_c(inside_id), f->arena, &json, NULL),
        ZD_NOT_FOUND);
    assert_int_equal(
        zd_answers_get(answers, zd_subject_owner(), zd_str_c(inside_id), f->arena, &json, NULL),
        ZD_OK);
    assert_int_equal(zd_answers_forget(answers, zd_subject_visitor(), INT64_MAX, &n, NULL),
                     ZD_DENIED);
    assert_int_equal(zd_answers_forget(answers, zd_subject_owner(), INT64_MAX, &n, NULL), ZD_OK);
    assert_int_equal(n, 2);
    assert_int_equal(
        zd_answers_get(answers, zd_subject_owner(), zd_str_c(open_id), f->arena, &json, NULL),
        ZD_NOT_FOUND);
    zd_answers_close(answers);
}

static void test_the_two_files_are_not_taken_for_each_other(void **state)
{
    struct fixture *f = *state;
    struct zd_answers *answers = NULL;

    assert_int_equal(zd_answers_open(f->path, &answers, NULL), ZD_INVALID);
    assert_null(answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers_are_kept_and_forgotten, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_the_two_files_are_not_taken_for_each_other,
                                        fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
