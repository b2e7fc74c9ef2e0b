#include "http/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

static void test_every_line_of_a_log_that_is_read_arrives(void **state)
{
    struct zd_http_log *log = NULL;
    char text[64];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(zd_http_log_open(ends[1], &log, NULL), ZD_OK);
    zd_http_log_line(log, ZD_STR("one"));
    zd_http_log_line(log, ZD_STR("two"));
    zd_http_log_line(NULL, ZD_STR("nobody reads this"));
    zd_http_log_close(log);
    assert_int_equal(read(ends[0], text, sizeof text), 8);
    assert_memory_equal(text, "one\ntwo\n", 8);
    close(ends[0]);
    close(ends[1]);
}

/* Hangs where the log's thread waits for the reader while the server ends. */
static void test_a_reader_that_stands_still_does_not_hold_the_end(void **state)
{
    struct zd_http_log *log = NULL;
    char line[1000];
    int ends[2];

    (void)state;
    memset(line, 'x', sizeof line);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(zd_http_log_open(ends[1], &log, NULL), ZD_OK);
    for (int i = 0; i < 2000; i++) /* more than the pipe and the log together take */
        zd_http_log_line(log, (struct zd_str){line, sizeof line});
    zd_http_log_close(log);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_line_of_a_log_that_is_read_arrives),
        cmocka_unit_test(test_a_reader_that_stands_still_does_not_hold_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
