#include "guard/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static void test_says_that_it_is_generated(void **state)
{
    static const char *const fields[] = {"Label",         "ContentProducer",   "ProduceID",
                                         "ReservedCode1", "ContentPropagator", "PropagateID",
                                         "ReservedCode2"};
    json_t *aigc = zd_label_json(ZD_STR("模型甲"), ZD_STR("req-1"));

    (void)state;
    assert_int_equal(json_object_size(aigc), ZD_COUNT(fields));
    for (size_t i = 0; i < ZD_COUNT(fields); i++)
        assert_true(json_is_string(json_object_get(aigc, fields[i])));
    assert_true(zd_str_eq(zd_json_str(aigc, "Label"), ZD_STR("1")));
    assert_true(zd_str_eq(zd_json_str(aigc, "ContentProducer"), ZD_STR("模型甲")));
    assert_true(zd_str_eq(zd_json_str(aigc, "ProduceID"), ZD_STR("req-1")));
    json_decref(aigc);
    assert_int_not_equal(zd_str_find(zd_label_visible(), ZD_STR("人工智能生成"), 0), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_says_that_it_is_generated)};

    zd_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
