#include "store/region.h"

#include "store_support.h"

static uint32_t make(struct fixture *f, const char *name)
{
    uint32_t region = 99;

    assert_int_equal(zd_region_make(f->store, zd_subject_owner(), zd_str_c(name), &region, NULL),
                     ZD_OK);
    return region;
}

static void assert_name(struct fixture *f, uint32_t region, const char *want)
{
    struct zd_str name = {0};

    assert_int_equal(zd_region_name(f->store, region, f->arena, &name, NULL), ZD_OK);
    if (!zd_str_eq(name, zd_str_c(want)))
        fail_msg("%.*s is not %s", (int)name.n, name.p, want);
}

static void test_reads_levels_from_the_outside_in(void **state)
{
    static const char *const names[] = {
        "云岫市",           "云岫市东屏区",       "江北省云岫市东屏区", "济南市市中区",
        "乌鲁木齐市新市区", "阿坝藏族羌族自治州", "高新技术开发区",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ZD_COUNT(names); i++)
        if (i != 1) /* the third gives the city a province */
            assert_name(f, make(f, names[i]), names[i]);
    assert_name(f, make(f, "云岫市东屏区"), "江北省云岫市东屏区");
    assert_int_equal(make(f, ""), 0);
    assert_int_equal(make(f, "全国"), 0);
}

static void test_one_place_has_one_key(void **state)
{
    struct fixture *f = *state;
    uint32_t district = make(f, "东屏区"), city = make(f, "云岫市");

    assert_int_equal(make(f, "云岫市东屏区"), district); /* adopted, not made again */
    assert_int_equal(make(f, "东屏区"), district);
    assert_int_equal(make(f, "云岫市"), city);
    assert_name(f, district, "云岫市东屏区");
    assert_int_not_equal(make(f, "北山市东屏区"), district);
}

static void assert_scope(struct fixture *f, const char *name, size_t n, const uint32_t *want)
{
    struct zd_region_list list = {0};

    assert_int_equal(zd_region_scope(f->store, zd_str_c(name), f->arena, &list, NULL), ZD_OK);
    assert_int_equal(list.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list.p[i], want[i]);
}

static void test_a_person_is_in_all_that_holds_the_place(void **state)
{
    struct fixture *f = *state;
    uint32_t province = make(f, "江北省"), city = make(f, "江北省云岫市");
    uint32_t district = make(f, "江北省云岫市东屏区");
    struct zd_region_list list = {0};

    assert_scope(f, "东屏区", 3, (uint32_t[]){district, city, province});
    assert_scope(f, "云岫市东屏区", 3, (uint32_t[]){district, city, province});
    assert_scope(f, "云岫市", 2, (uint32_t[]){city, province});
    assert_scope(f, "江北省", 1, (uint32_t[]){province});
    assert_int_equal(zd_region_scope(f->store, ZD_STR("西山区"), f->arena, &list, NULL),
                     ZD_NOT_FOUND);
}

static void test_a_lone_district_lies_in_the_only_city(void **state)
{
    struct fixture *f = *state;
    uint32_t city = make(f, "云岫市"), district = make(f, "东屏区");

    assert_scope(f, "东屏区", 2, (uint32_t[]){district, city});
    make(f, "北山市"); /* now nobody knows */
    assert_scope(f, "东屏区", 1, (uint32_t[]){district});
}

static void test_finds_the_narrowest_place_in_a_question(void **state)
{
    struct fixture *f = *state;
    uint32_t city = make(f, "云岫市"), district = make(f, "云岫市东屏区"), found = 99;

    assert_int_equal(zd_region_in_text(f->store, ZD_STR("云岫市东屏区哪里办居住证"), &found, NULL),
                     ZD_OK);
    assert_int_equal(found, district);
    assert_int_equal(zd_region_in_text(f->store, ZD_STR("我在云岫市怎么停车"), &found, NULL),
                     ZD_OK);
    assert_int_equal(found, city);
    assert_int_equal(zd_region_in_text(f->store, ZD_STR("怎么停车"), &found, NULL), ZD_OK);
    assert_int_equal(found, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_levels_from_the_outside_in, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_one_place_has_one_key, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_person_is_in_all_that_holds_the_place, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_lone_district_lies_in_the_only_city, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_finds_the_narrowest_place_in_a_question, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
