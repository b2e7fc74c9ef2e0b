#include "text/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char text[2][20000];

/* A text of n words; from `from` on they are others. */
static void make(char *out, uint32_t seed, int n, int from)
{
    int at = 0;

    for (int i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        at += snprintf(out + at, 20000 - (size_t)at, "%c%c%c ", 'a' + (int)(seed >> 16) % 26,
                       'a' + (int)(seed >> 20) % 26, i < from ? 'x' : 'y');
    }
}

static void test_knows_the_same_letters_in_another_dress(void **state)
{
    struct zd_sketch a, b;

    (void)state;
    assert_int_equal(zd_sketch_of(ZD_STR("第一条　為了ＡＢＣ規範。\n\n"), &a, NULL), ZD_OK);
    assert_int_equal(zd_sketch_of(ZD_STR("第一条 为了abc，规范"), &b, NULL), ZD_OK);
    assert_memory_equal(a.content, b.content, sizeof a.content);
    assert_memory_equal(a.bands, b.bands, sizeof a.bands);
    assert_int_equal(zd_sketch_of(ZD_STR("第一条 为了abc，规则"), &b, NULL), ZD_OK);
    assert_memory_not_equal(a.content, b.content, sizeof a.content);
}

static void test_the_estimate_is_near_the_count(void **state)
{
    (void)state;
    for (int from = 0; from <= 600; from += 100) {
        struct zd_sketch a, b;
        double counted = 0;
        int same = 0;

        make(text[0], 1, 600, 600);
        make(text[1], 1, 600, from);
        assert_int_equal(zd_sketch_of(zd_str_c(text[0]), &a, NULL), ZD_OK);
        assert_int_equal(zd_sketch_of(zd_str_c(text[1]), &b, NULL), ZD_OK);
        assert_int_equal(zd_resemblance(zd_str_c(text[0]), zd_str_c(text[1]), &counted, NULL),
                         ZD_OK);
        for (int i = 0; i < ZD_SKETCH_MINS; i++)
            same += a.mins[i] == b.mins[i];
        print_message("  %.3f counted, %.3f estimated\n", counted, same / 64.0);
        assert_true(counted - same / 64.0 < 0.2 && same / 64.0 - counted < 0.2);
        assert_true(from < 600 || counted == 1.0);
        assert_true(from > 0 || counted < 0.05);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_the_same_letters_in_another_dress),
        cmocka_unit_test(test_the_estimate_is_near_the_count),
    };

    return cmocka_run_group_tests_name("text/sketch", tests, NULL, NULL);
}
