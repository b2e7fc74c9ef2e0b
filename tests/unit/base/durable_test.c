#include "base/durable.h"
#include "base/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/zd-durable-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static void assert_content(const char *path, const char *want)
{
    struct zd_owned_bytes got = {0};

    assert_int_equal(zd_file_read(path, 1 << 20, &got, NULL), ZD_OK);
    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
    zd_free(got.p);
}

static void test_a_file_appears_whole_or_not_at_all(void **state)
{
    struct zd_durable_file *file = NULL;
    struct stat info;

    (void)state;
    assert_int_equal(zd_durable_write(path_of("a"), zd_str_bytes(ZD_STR("old")), NULL), ZD_OK);
    assert_int_equal(zd_durable_begin(path_of("a"), &file, NULL), ZD_OK);
    zd_durable_add(file, zd_str_bytes(ZD_STR("new")));
    assert_content(path_of("a"), "old"); /* nothing shows before the commit */
    zd_durable_abort(file);
    assert_content(path_of("a"), "old");
    assert_int_equal(zd_durable_begin(path_of("a"), &file, NULL), ZD_OK);
    for (int i = 0; i < 100000; i++)
        zd_durable_add(file, zd_str_bytes(ZD_STR("x")));
    assert_int_equal(zd_durable_offset(file), 100000);
    assert_int_equal(zd_durable_commit(file, NULL), ZD_OK);
    assert_int_equal(stat(path_of("a"), &info), 0);
    assert_int_equal(info.st_size, 100000);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_sweeps_what_an_interrupted_write_left(void **state)
{
    struct zd_durable_file *file = NULL;
    char left[300];

    (void)state;
    assert_int_equal(zd_durable_begin(path_of("b"), &file, NULL), ZD_OK);
    snprintf(left, sizeof left, "%s", path_of("c.12345678.tmp"));
    assert_int_equal(zd_durable_write(left, zd_str_bytes(ZD_STR("half")), NULL), ZD_OK);
    assert_int_equal(zd_durable_sweep(folder, NULL), ZD_OK);
    assert_int_not_equal(access(left, F_OK), 0);
    zd_durable_abort(file);
}

static void test_one_writer_at_a_time(void **state)
{
    int first = -1, second = -1;

    (void)state;
    assert_int_equal(zd_durable_lock(path_of("lock"), &first, NULL), ZD_OK);
    assert_int_equal(zd_durable_lock(path_of("lock"), &second, NULL), ZD_BUSY);
    zd_durable_unlock(first);
    assert_int_equal(zd_durable_lock(path_of("lock"), &second, NULL), ZD_OK);
    zd_durable_unlock(second);
}

static void test_says_what_and_where(void **state)
{
    struct zd_error err = {0};
    struct zd_owned_bytes got = {0};

    (void)state;
    assert_int_equal(zd_file_read(path_of("missing"), 10, &got, &err), ZD_NOT_FOUND);
    assert_non_null(strstr(err.what, "missing"));
    assert_int_equal(zd_file_read(folder, 10, &got, &err), ZD_INVALID);
    assert_int_equal(zd_durable_write(path_of("six"), zd_str_bytes(ZD_STR("123456")), NULL), ZD_OK);
    assert_int_equal(zd_file_read(path_of("six"), 5, &got, &err), ZD_LIMIT);
    assert_int_equal(zd_file_read(path_of("six"), 6, &got, &err), ZD_OK);
    zd_free(got.p);
    assert_int_equal(zd_durable_write("/nonexistent/x", zd_str_bytes(ZD_STR("y")), &err), ZD_IO);
}

static void test_maps_and_counts(void **state)
{
    struct zd_mapping file = {0};
    uint64_t before = zd_mapping_live();

    (void)state;
    assert_int_equal(zd_durable_write(path_of("m"), zd_str_bytes(ZD_STR("map")), NULL), ZD_OK);
    assert_int_equal(zd_mapping_open(path_of("m"), 3, &file, NULL), ZD_OK);
    assert_int_equal(zd_mapping_live(), before + 1);
    assert_memory_equal(zd_mapping_bytes(&file).p, "map", 3);
    zd_mapping_close(&file);
    zd_mapping_close(&file);
    assert_int_equal(zd_mapping_live(), before);
    assert_int_equal(zd_durable_write(path_of("m"), (struct zd_bytes){NULL, 0}, NULL), ZD_OK);
    assert_int_equal(zd_mapping_open(path_of("m"), 3, &file, NULL), ZD_OK);
    assert_int_equal(zd_mapping_bytes(&file).n, 0);
    zd_mapping_close(&file);
    assert_int_equal(zd_mapping_live(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_appears_whole_or_not_at_all),
        cmocka_unit_test(test_sweeps_what_an_interrupted_write_left),
        cmocka_unit_test(test_one_writer_at_a_time),
        cmocka_unit_test(test_says_what_and_where),
        cmocka_unit_test(test_maps_and_counts),
    };

    return cmocka_run_group_tests(tests, make_folder, NULL);
}
