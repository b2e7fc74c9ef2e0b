/* mapping: what a file holds, refusals, and a file that is cut while it is mapped. */
#include "base/mapping.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGES 4

/* A fresh file of whole pages, each filled with its number plus 1; its path. */
static const char *make_file(void)
{
    static char path[64];
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *bytes = zd_alloc(PAGES * page);
    int fd;

    memcpy(path, "mapping-test-XXXXXX", 20);
    fd = mkstemp(path);
    if (fd < 0 || !bytes)
        abort();
    for (size_t i = 0; i < PAGES * page; i++)
        bytes[i] = (uint8_t)(i / page + 1);
    if (write(fd, bytes, PAGES * page) != (ssize_t)(PAGES * page))
        abort();
    close(fd);
    zd_free(bytes);
    return path;
}

static void test_maps_what_is_there(void **state)
{
    const char *path = make_file();
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const uint64_t live = zd_mapping_live();
    struct zd_mapping file = {0};

    (void)state;
    assert_int_equal(zd_mapping_open(path, PAGES * page - 1, &file, NULL), ZD_LIMIT);
    assert_int_equal(zd_mapping_open("no such file", 1, &file, NULL), ZD_NOT_FOUND);
    assert_int_equal(zd_mapping_open(".", 1, &file, NULL), ZD_INVALID);
    assert_int_equal(zd_mapping_open(path, PAGES * page, &file, NULL), ZD_OK);
    assert_int_equal(zd_mapping_live(), live + 1);
    assert_int_equal(zd_mapping_bytes(&file).p[PAGES * page - 1], PAGES);
    assert_false(zd_mapping_is_lost(&file));
    zd_mapping_close(&file);
    assert_int_equal(zd_mapping_live(), live);
    unlink(path);
}

/* cmocka puts its own handler for SIGBUS around every test, so what ours does is seen before, in
 * main, and judged in the tests. */
static struct {
    bool before, after, other, reused; /* lost? */
    int kept, cut, cut_earlier, last;  /* bytes read */
    int other_signal;                  /* what ended the child */
} seen;

static void cut_a_mapped_file(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const char *path = make_file();
    struct zd_mapping file = {0}, other = {0};
    const volatile uint8_t *p;

    if (zd_mapping_open(path, PAGES * page, &file, NULL) != ZD_OK ||
        zd_mapping_open(path, PAGES * page, &other, NULL) != ZD_OK ||
        truncate(path, (off_t)page) != 0)
        return;
    p = zd_mapping_bytes(&file).p;
    seen.before = zd_mapping_is_lost(&file);
    seen.cut = p[2 * page + 7];
    seen.after = zd_mapping_is_lost(&file);
    seen.other = zd_mapping_is_lost(&other);
    seen.kept = p[0];
    seen.cut_earlier = p[page]; /* before the first fault: a second one */
    seen.last = p[PAGES * page - 1];
    zd_mapping_close(&file);
    zd_mapping_close(&other);
    if (zd_mapping_open(path, PAGES * page, &file, NULL) == ZD_OK)
        seen.reused = zd_mapping_is_lost(&file);
    zd_mapping_close(&file);
    unlink(path);
}

static void raise_in_a_child(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        raise(SIGBUS);
        raise(SIGBUS); /* the first one has put the default back */
        _exit(0);
    }
    if (waitpid(child, &status, 0) == child && WIFSIGNALED(status))
        seen.other_signal = WTERMSIG(status);
}

static void test_survives_a_file_that_is_cut(void **state)
{
    (void)state;
    assert_false(seen.before);
    assert_true(seen.after);
    assert_false(seen.other); /* another mapping of the file has met nothing yet */
    assert_false(seen.reused);
    assert_int_equal(seen.kept, 1);
    assert_int_equal(seen.cut, 0);
    assert_int_equal(seen.cut_earlier, 0);
    assert_int_equal(seen.last, 0);
}

static void test_leaves_other_bus_errors_alone(void **state)
{
    (void)state;
    assert_int_equal(seen.other_signal, SIGBUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps_what_is_there),
        cmocka_unit_test(test_survives_a_file_that_is_cut),
        cmocka_unit_test(test_leaves_other_bus_errors_alone),
    };

    seen.before = true; /* until it is looked at */
    cut_a_mapped_file();
    raise_in_a_child();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
