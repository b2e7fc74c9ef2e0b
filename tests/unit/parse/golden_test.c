/* Every tests/golden/parse/NAME.in.* against NAME.out: its passages as parse_case.h dumps them.
 * Adding a case is adding two files. With ZD_GOLDEN_WRITE set the expected files are written anew,
 * for a person to read through. */
#include "parse_case.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/mapping.h"

static char folder[4096];

static void read_whole(const char *path, struct zd_owned_bytes *ret)
{
    struct zd_error err = {0};

    if (zd_file_read(path, 16 * ZD_MiB, ret, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

static void check_case(const char *file, size_t stem, unsigned *n_wrong)
{
    struct zd_arena *arena = parse_arena();
    struct zd_buf out = {.max = 16 * ZD_MiB};
    struct zd_owned_bytes in = {0}, expected = {0};
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};
    char path[4600];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    read_whole(path, &in);
    if (zd_parse_file((struct zd_bytes){in.p, in.n}, zd_str_c(file), arena, &parsed, &err) != ZD_OK)
        fail_msg("%s: %s", file, err.what);
    zd_buf_printf(&out, "title %.*s\n", (int)parsed.facts.title.n, parsed.facts.title.p);
    dump_passages(&parsed, &out);
    snprintf(path, sizeof path, "%s/%.*s.out", folder, (int)stem, file);
    if (getenv("ZD_GOLDEN_WRITE")) {
        FILE *to = fopen(path, "wb");

        assert_non_null(to);
        assert_int_equal(fputs(zd_buf_cstr(&out), to) >= 0, 1);
        fclose(to);
    } else {
        read_whole(path, &expected);
        if (expected.n != out.n || memcmp(expected.p, out.p, out.n) != 0) {
            print_message("%s gives:\n%s", file, zd_buf_cstr(&out));
            ++*n_wrong;
        }
        zd_free(expected.p);
    }
    zd_free(in.p);
    zd_buf_done(&out);
    zd_arena_free(arena);
}

static void test_reads_every_case_as_expected(void **state)
{
    const struct dirent *entry;
    unsigned n = 0, n_wrong = 0;
    DIR *dir;

    (void)state;
    snprintf(folder, sizeof folder, "%s/tests/golden/parse", getenv("ZD_SOURCE"));
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *in = strstr(entry->d_name, ".in.");

        if (!in)
            continue;
        check_case(entry->d_name, (size_t)(in - entry->d_name), &n_wrong);
        n++;
    }
    closedir(dir);
    assert_true(n >= 10);
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads_every_case_as_expected)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
