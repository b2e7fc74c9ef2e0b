#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_hands_out_zeroed_aligned_memory_over_many_chunks(void **state)
{
    struct zd_arena *arena = zd_arena_new((size_t)8 << 20);

    (void)state;
    assert_non_null(arena);
    for (size_t n = 0; n < 3000; n++) {
        uint8_t *p = zd_arena_alloc(arena, n);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xFF, n);
    }
    assert_false(zd_arena_overflowed(arena));
    zd_arena_free(arena);
}

static void test_keeps_its_limit_and_remembers(void **state)
{
    struct zd_arena *arena = zd_arena_new(4096);

    (void)state;
    assert_non_null(zd_arena_alloc(arena, 4096));
    assert_false(zd_arena_overflowed(arena));
    assert_null(zd_arena_alloc(arena, 1));
    assert_true(zd_arena_overflowed(arena));
    zd_arena_reset(arena);
    assert_false(zd_arena_overflowed(arena));
    assert_int_equal(zd_arena_used(arena), 0);
    assert_non_null(zd_arena_alloc(arena, 4096));
    zd_arena_free(arena);
}

static void test_refuses_sizes_that_wrap(void **state)
{
    struct zd_arena *arena = zd_arena_new(SIZE_MAX);

    (void)state;
    assert_null(zd_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(zd_arena_alloc(arena, SIZE_MAX));
    assert_null(zd_arena_alloc(arena, SIZE_MAX - 8));
    assert_true(zd_arena_overflowed(arena));
    zd_arena_free(arena);
}

static void test_copies_and_prints_with_a_nul_behind(void **state)
{
    struct zd_arena *arena = zd_arena_new(1 << 20);
    struct zd_str s = zd_arena_str(arena, zd_str_cut(ZD_STR("第一条 为了"), 0, 9));

    (void)state;
    assert_string_equal(s.p, "第一条");
    assert_int_equal(s.n, 9);
    s = zd_arena_printf(arena, "%s-%d", "条", 7);
    assert_string_equal(s.p, "条-7");
    assert_int_equal(s.n, 5);
    zd_arena_free(arena);
}

static void test_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 6; nth++) {
        struct zd_arena *arena;

        zd_alloc_fail_at(nth);
        arena = zd_arena_new((size_t)1 << 22);
        if (arena)
            for (size_t i = 0; i < 3; i++)
                if (!zd_arena_alloc(arena, (size_t)200000))
                    assert_true(zd_arena_overflowed(arena));
        zd_alloc_fail_at(0);
        zd_arena_free(arena);
    }
}

static void test_a_reset_does_not_hold_on_to_a_large_first_chunk(void **state)
{
    const size_t most = (size_t)1 << 20;
    struct zd_arena *arena = zd_arena_new(4 * most);

    (void)state;
    assert_non_null(arena);
    for (int i = 0; i < 3; i++) { /* what is kept counts against the limit: 3 + 3 would not fit */
        assert_non_null(zd_arena_alloc(arena, 3 * most));
        zd_arena_reset(arena);
        assert_non_null(zd_arena_alloc(arena, 16));
        assert_non_null(zd_arena_alloc(arena, 3 * most));
        zd_arena_reset(arena);
    }
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands_out_zeroed_aligned_memory_over_many_chunks),
        cmocka_unit_test(test_keeps_its_limit_and_remembers),
        cmocka_unit_test(test_refuses_sizes_that_wrap),
        cmocka_unit_test(test_copies_and_prints_with_a_nul_behind),
        cmocka_unit_test(test_survives_the_failure_of_any_allocation),
        cmocka_unit_test(test_a_reset_does_not_hold_on_to_a_large_first_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
