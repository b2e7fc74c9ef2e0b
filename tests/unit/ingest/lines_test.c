#include "ingest/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/caps.h"

static char path[] = "/tmp/zd-lines-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static struct zd_lines *open_with(const char *p, size_t n)
{
    struct zd_lines *lines = NULL;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(p, 1, n, file), n);
    fclose(file);
    assert_int_equal(zd_lines_open(path, &lines, NULL), ZD_OK);
    return lines;
}

static void test_lines_come_as_they_are_told_apart(void **state)
{
    static const struct {
        const char *content;
        const char *lines[4];
    } rows[] = {
        {"", {NULL}},
        {"a", {"a"}},
        {"a\n", {"a"}},
        {"a\nb", {"a", "b"}},
        {"\n\n", {"", ""}},
        {"a\r\nb\r\n", {"a", "b"}},
        {"\xef\xbb\xbf甲\n\xef\xbb\xbf乙\n", {"甲", "\xef\xbb\xbf乙"}},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_lines *lines = open_with(rows[i].content, strlen(rows[i].content));
        struct zd_str line = {0};
        bool more = true;
        size_t n = 0;

        for (;;) {
            assert_int_equal(zd_lines_next(lines, &line, &more, NULL), ZD_OK);
            if (!more)
                break;
            assert_true(n < 4 && rows[i].lines[n]);
            assert_true(zd_str_eq(line, zd_str_c(rows[i].lines[n])));
            assert_int_equal(zd_lines_number(lines), ++n);
        }
        assert_true(n == 4 || !rows[i].lines[n]);
        zd_lines_close(lines);
    }
}

/* A line at the cap is given, one above is refused and the next one comes. */
static void test_the_cap_and_one_above(void **state)
{
    size_t cap = ZD_JSONL_LINE_MAX_BYTES;

    (void)state;
    for (size_t over = 0; over < 3; over++) {
        size_t n = over == 2 ? cap + (cap / 2) : cap + over;
        char *p = malloc(n + 6);
        struct zd_lines *lines;
        struct zd_str line = {0};
        bool more = false;

        memset(p, 'x', n);
        memcpy(p + n, "\nnext\n", 6);
        lines = open_with(p, n + 6);
        assert_int_equal(zd_lines_next(lines, &line, &more, NULL), over ? ZD_LIMIT : ZD_OK);
        if (!over)
            assert_int_equal(line.n, cap);
        assert_int_equal(zd_lines_number(lines), 1);
        assert_int_equal(zd_lines_next(lines, &line, &more, NULL), ZD_OK);
        assert_true(more && zd_str_eq(line, ZD_STR("next")));
        assert_int_equal(zd_lines_number(lines), 2);
        assert_int_equal(zd_lines_next(lines, &line, &more, NULL), ZD_OK);
        assert_false(more);
        zd_lines_close(lines);
        free(p);
    }
}

static void test_many_lines_of_every_length(void **state)
{
    enum { N = 3000 };
    char *p = malloc((size_t)N * N);
    size_t n = 0;
    struct zd_lines *lines;
    struct zd_str line = {0};
    bool more = false;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        memset(p + n, (int)('a' + i % 26), i);
        n += i;
        p[n++] = '\n';
    }
    lines = open_with(p, n);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(zd_lines_next(lines, &line, &more, NULL), ZD_OK);
        assert_true(more);
        assert_int_equal(line.n, i);
        if (i > 0)
            assert_int_equal(line.p[i - 1], 'a' + i % 26);
    }
    assert_int_equal(zd_lines_next(lines, &line, &more, NULL), ZD_OK);
    assert_false(more);
    zd_lines_close(lines);
    free(p);
}

static void test_a_folder_is_no_file(void **state)
{
    struct zd_lines *lines = NULL;

    (void)state;
    assert_int_equal(zd_lines_open("/tmp", &lines, NULL), ZD_INVALID);
    assert_int_equal(zd_lines_open("/tmp/zd-no-such-file", &lines, NULL), ZD_NOT_FOUND);
    assert_null(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_as_they_are_told_apart),
        cmocka_unit_test(test_the_cap_and_one_above),
        cmocka_unit_test(test_many_lines_of_every_length),
        cmocka_unit_test(test_a_folder_is_no_file),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
