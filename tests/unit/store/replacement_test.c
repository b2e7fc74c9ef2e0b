#include "store/replacement.h"

#include "store_support.h"

static void say(struct fixture *f, int64_t version, const char *title, const char *number)
{
    const struct zd_replacement says = {.version = version,
                                        .title_key = zd_str_c(title),
                                        .number_key = zd_str_c(number),
                                        .repeals_only = number != NULL};

    assert_int_equal(zd_replacement_add(f->store, zd_subject_owner(), &says, NULL), ZD_OK);
}

static size_t count_of(struct fixture *f, const struct zd_subject *who, const char *title,
                       const char *number)
{
    struct zd_replacement_list list = {0};

    assert_int_equal(
        zd_replacement_of(f->store, who, zd_str_c(title), zd_str_c(number), f->arena, &list, NULL),
        ZD_OK);
    return list.n;
}

static void test_statements_are_found_from_both_ends(void **state)
{
    struct fixture *f = *state;
    struct zd_version v = add_version(f, add_document(f, "a", 1), ZD_STR("甲"));
    struct zd_version w = add_version(f, add_document(f, "b", 1), ZD_STR("乙"));
    struct zd_replacement_list list = {0};

    say(f, v.key, "旧办法", NULL);
    say(f, v.key, NULL, "云政发20193号");
    say(f, w.key, "旧办法", NULL);
    assert_int_equal(zd_replacement_by(f->store, zd_subject_owner(), v.key, f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 2);
    assert_true(zd_str_eq(list.p[0].title_key, ZD_STR("旧办法")));
    assert_false(list.p[0].repeals_only);
    assert_true(list.p[1].repeals_only);
    assert_int_equal(count_of(f, zd_subject_owner(), "旧办法", NULL), 2);
    assert_int_equal(count_of(f, zd_subject_owner(), NULL, "云政发20193号"), 1);
    assert_int_equal(count_of(f, zd_subject_owner(), "旧办法", "云政发20193号"), 3);
    assert_int_equal(count_of(f, zd_subject_owner(), NULL, NULL), 0); /* "" is no name */
    assert_int_equal(zd_version_remove(f->store, zd_subject_owner(), v.key, NULL), ZD_OK);
    assert_int_equal(count_of(f, zd_subject_owner(), "旧办法", "云政发20193号"), 1);
}

static void test_statements_of_hidden_texts_are_hidden(void **state)
{
    struct fixture *f = *state;
    struct zd_version v = add_version(f, add_document(f, "a", ZD_ACCESS_STAFF), ZD_STR("内部文件"));

    say(f, v.key, "旧办法", NULL);
    assert_int_equal(count_of(f, zd_subject_owner(), "旧办法", NULL), 1);
    assert_int_equal(count_of(f, zd_subject_visitor(), "旧办法", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_statements_are_found_from_both_ends, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_statements_of_hidden_texts_are_hidden, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
