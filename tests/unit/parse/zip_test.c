/* zip: each cap of archives at it and one above, as a document (zip.h) and as an archive of files
 * (archive.c). Sizes are what the directory claims: caps are held before anything is unpacked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/caps.h"
#include "parse/read.h"
#include "parse/zip.h"

#define STORED 0u
#define DEFLATED 8u
#define END_BYTES 22

struct made {
    struct zd_buf out, directory;
    uint32_t n;
};

/* An entry of n_packed bytes that claims to unpack to n_bytes. */
static void add(struct made *m, const char *name, uint32_t method, uint64_t n_bytes,
                uint64_t n_packed)
{
    static const uint8_t zeros[65536];
    uint32_t at = (uint32_t)m->out.n;

    zd_buf_u32(&m->out, 0x04034b50);
    zd_buf_u32(&m->directory, 0x02014b50);
    zd_buf_u16(&m->directory, 20);
    for (int i = 0; i < 2; i++) {
        struct zd_buf *b = i ? &m->directory : &m->out;

        zd_buf_u32(b, 20); /* version, no flags */
        zd_buf_u16(b, (uint16_t)method);
        zd_buf_u32(b, 0); /* time */
        zd_buf_u32(b, 0); /* checksum */
        zd_buf_u32(b, (uint32_t)n_packed);
        zd_buf_u32(b, (uint32_t)n_bytes);
        zd_buf_u16(b, (uint16_t)strlen(name));
        zd_buf_u16(b, 0); /* extra */
    }
    zd_buf_u16(&m->directory, 0); /* comment */
    zd_buf_u32(&m->directory, 0);
    zd_buf_u32(&m->directory, 0);
    zd_buf_u32(&m->directory, at);
    zd_buf_c(&m->directory, name);
    zd_buf_c(&m->out, name);
    while (n_packed > 0) {
        size_t n = n_packed < sizeof zeros ? (size_t)n_packed : sizeof zeros;

        zd_buf_add(&m->out, zeros, n);
        n_packed -= n;
    }
    m->n++;
}

static void begin(struct made *m)
{
    *m = (struct made){.out = {.max = 64 * ZD_MiB}, .directory = {.max = 4 * ZD_MiB}};
}

static struct zd_bytes end(struct made *m)
{
    uint32_t at = (uint32_t)m->out.n;

    zd_buf_add(&m->out, m->directory.p, m->directory.n);
    zd_buf_u32(&m->out, 0x06054b50);
    zd_buf_u32(&m->out, 0);
    zd_buf_u16(&m->out, (uint16_t)m->n);
    zd_buf_u16(&m->out, (uint16_t)m->n);
    zd_buf_u32(&m->out, (uint32_t)m->directory.n);
    zd_buf_u32(&m->out, at);
    zd_buf_u16(&m->out, 0);
    assert_false(m->out.bad || m->directory.bad);
    return (struct zd_bytes){m->out.p, m->out.n};
}

static void done(struct made *m)
{
    zd_buf_done(&m->out);
    zd_buf_done(&m->directory);
}

/* Ends it and opens it as a document. */
static void expect(struct made *m, enum zd_status wanted, const char *says)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    struct zd_parse__zip zip = {0};
    struct zd_error err = {0};

    assert_non_null(arena);
    assert_int_equal(zd_parse__zip_open(end(m), arena, &zip, &err), wanted);
    if (wanted == ZD_OK)
        assert_int_equal(zip.n, m->n);
    else
        assert_non_null(strstr(err.what, says));
    zd_arena_free(arena);
    done(m);
}

static void add_many(struct made *m, uint32_t n)
{
    char name[16];

    begin(m);
    for (uint32_t i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "%u", i);
        add(m, name, STORED, 0, 0);
    }
}

static void test_entries(void **state)
{
    struct made m;

    (void)state;
    add_many(&m, ZD_ZIP_MAX_ENTRIES);
    expect(&m, ZD_OK, NULL);
    add_many(&m, ZD_ZIP_MAX_ENTRIES + 1);
    expect(&m, ZD_LIMIT, "10001 entries");
}

/* 500 MiB in ten entries of which the first is really there, so that the ratio is not what refuses. */
static void test_bytes_in_all(void **state)
{
    const uint64_t there = 6 * ZD_MiB, each = 50 * ZD_MiB;

    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        struct made m;

        begin(&m);
        add(&m, "a", STORED, there, there);
        for (int i = 0; i < 9; i++)
            add(&m, "b", DEFLATED, each, 10);
        add(&m, "c", DEFLATED, ZD_ZIP_MAX_BYTES - there - 9 * each + more, 10);
        expect(&m, more ? ZD_LIMIT : ZD_OK, "MB allowed");
    }
}

static void test_ratio_and_from_what_size_it_counts(void **state)
{
    const uint64_t there = 200000;

    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        struct made m;
        uint64_t whole;

        begin(&m);
        add(&m, "a", DEFLATED, ZD_ZIP_RATIO_FROM_BYTES + more, 10);
        expect(&m, more ? ZD_LIMIT : ZD_OK, "as bombs do");
        begin(&m);
        add(&m, "a", STORED, there, there);
        whole = m.out.n + m.directory.n + END_BYTES + 30 + 46 + 2 + 10; /* with the next one */
        add(&m, "b", DEFLATED, ZD_ZIP_MAX_RATIO * whole + ZD_ZIP_MAX_RATIO - 1 - there + more, 10);
        expect(&m, more ? ZD_LIMIT : ZD_OK, "as bombs do");
    }
}

static void test_members_of_an_archive(void **state)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);

    (void)state;
    assert_non_null(arena);
    for (uint32_t more = 0; more < 2; more++) {
        struct zd_parse_members members = {0};
        struct zd_error err = {0};
        struct made m;

        add_many(&m, ZD_ARCHIVE_MAX_MEMBERS + more);
        assert_int_equal(zd_parse_archive(end(&m), arena, &members, &err), more ? ZD_LIMIT : ZD_OK);
        if (more)
            assert_non_null(strstr(err.what, "2000 files"));
        else
            assert_int_equal(members.n, ZD_ARCHIVE_MAX_MEMBERS);
        done(&m);
    }
    zd_arena_free(arena);
}

/* A member past a cap is refused alone. */
static void test_sizes_of_members(void **state)
{
    static const char *const says[] = {"", "split it", "", "as bombs do", "",
                                       "", "",         "", "after that"};
    const uint64_t most = ZD_UPLOAD_MAX_BYTES, packed = 2 * ZD_MiB;
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    struct zd_parse_members members = {0};
    struct made m;

    (void)state;
    assert_non_null(arena);
    begin(&m);
    add(&m, "0", DEFLATED, most, packed);
    add(&m, "1", DEFLATED, most + 1, packed);
    add(&m, "2", DEFLATED, 200000u * ZD_ZIP_MAX_RATIO + ZD_ZIP_MAX_RATIO - 1, 200000);
    add(&m, "3", DEFLATED, 200000u * ZD_ZIP_MAX_RATIO + ZD_ZIP_MAX_RATIO, 200000);
    for (int i = 0; i < 3; i++)
        add(&m, "4", DEFLATED, most, packed);
    add(&m, "7", DEFLATED,
        ZD_ZIP_MAX_BYTES - 4 * most - (200000u * ZD_ZIP_MAX_RATIO + ZD_ZIP_MAX_RATIO - 1), packed);
    add(&m, "8", STORED, 1, 1);
    assert_int_equal(zd_parse_archive(end(&m), arena, &members, NULL), ZD_OK);
    assert_int_equal(members.n, ZD_COUNT(says));
    for (size_t i = 0; i < members.n; i++) {
        print_message("  member %zu: %.*s\n", i, (int)members.p[i].refused.n,
                      members.p[i].refused.p);
        assert_int_equal(members.p[i].refused.n > 0, says[i][0] != '\0');
        if (says[i][0])
            assert_int_not_equal(zd_str_find(members.p[i].refused, zd_str_c(says[i]), 0), SIZE_MAX);
    }
    done(&m);
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_bytes_in_all),
        cmocka_unit_test(test_ratio_and_from_what_size_it_counts),
        cmocka_unit_test(test_members_of_an_archive),
        cmocka_unit_test(test_sizes_of_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
