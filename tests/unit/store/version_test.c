#include "store/version.h"

#include "base/utf8.h"
#include "store/passage.h"
#include "store/replacement.h"
#include "store_support.h"

/* A text of n bytes whose characters have one to four bytes, so that parts cut inside them. */
static struct zd_str mixed_text(struct fixture *f, size_t n)
{
    static const char *const chars[] = {"条", "a", "é", "𠀀", "款"};
    char *p = zd_arena_alloc(f->arena, n + 8);
    size_t at = 0;

    for (size_t i = 0; at < n; i++) {
        size_t length = strlen(chars[i % 5]);

        if (at + length > n) {
            p[at++] = 'x';
            continue;
        }
        memcpy(p + at, chars[i % 5], length);
        at += length;
    }
    return (struct zd_str){p, n};
}

static void test_any_span_of_a_text_comes_back(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   ZD_TEXT_PART_BYTES - 1,
                                   ZD_TEXT_PART_BYTES,
                                   ZD_TEXT_PART_BYTES + 1,
                                   3 * ZD_TEXT_PART_BYTES + 17};
    struct fixture *f = *state;
    int64_t document = add_document(f, "d", 1);
    unsigned seed = 7;

    for (size_t i = 0; i < ZD_COUNT(sizes); i++) {
        struct zd_str text = mixed_text(f, sizes[i]), got = {0};
        struct zd_version v = add_version(f, document, text);

        assert_int_equal(v.ordinal, i + 1);
        assert_int_equal(v.n_bytes, sizes[i]);
        assert_int_equal(v.n_chars, zd_utf8_chars(text));
        for (int k = 0; k < 200; k++) {
            size_t a = sizes[i] ? (size_t)rand_r(&seed) % (sizes[i] + 1) : 0;
            size_t b = sizes[i] ? (size_t)rand_r(&seed) % (sizes[i] + 1) : 0;
            size_t from = a < b ? a : b, to = a < b ? b : a;
            uint64_t chars = 0;

            assert_int_equal(zd_version_text(f->store, zd_subject_owner(), v.key, from, to,
                                             f->arena, &got, NULL),
                             ZD_OK);
            assert_int_equal(got.n, to - from);
            assert_memory_equal(got.p, text.p + from, got.n);
            from = zd_utf8_floor(text, from);
            assert_int_equal(
                zd_version_chars_before(f->store, zd_subject_owner(), v.key, from, &chars, NULL),
                ZD_OK);
            assert_int_equal(chars, zd_utf8_chars(zd_str_cut(text, 0, from)));
        }
        assert_int_equal(zd_version_text(f->store, zd_subject_owner(), v.key, 0, UINT64_MAX,
                                         f->arena, &got, NULL),
                         ZD_OK);
        assert_int_equal(got.n, sizes[i]);
    }
    assert_int_equal(zd_store_check(f->store, NULL), ZD_OK);
}

static void test_ordinals_are_never_used_twice(void **state)
{
    struct fixture *f = *state;
    int64_t document = add_document(f, "d", 1);
    struct zd_version a = add_version(f, document, ZD_STR("甲"));
    struct zd_version b = add_version(f, document, ZD_STR("乙")), found = {0};

    assert_int_equal(zd_version_remove(f->store, zd_subject_owner(), b.key, NULL), ZD_OK);
    assert_int_equal(zd_version_remove(f->store, zd_subject_owner(), b.key, NULL), ZD_NOT_FOUND);
    b = add_version(f, document, ZD_STR("丙"));
    assert_int_equal(a.ordinal, 1);
    assert_int_equal(b.ordinal, 3);
    assert_int_equal(
        zd_version_find(f->store, zd_subject_owner(), document, 3, f->arena, &found, NULL), ZD_OK);
    assert_int_equal(found.key, b.key);
    assert_int_equal(
        zd_version_find(f->store, zd_subject_owner(), document, 2, f->arena, &found, NULL),
        ZD_NOT_FOUND);
}

/* What a removal leaves of its neighbour: keys of parts and passages are ranges. */
static void test_removing_a_version_leaves_its_neighbours_whole(void **state)
{
    struct fixture *f = *state;
    int64_t document = add_document(f, "d", 1);
    struct zd_version v[3];
    struct zd_str text = {0};

    for (int i = 0; i < 3; i++) {
        text = mixed_text(f, 2 * ZD_TEXT_PART_BYTES);
        v[i] = (struct zd_version){.document = document, .n_passages = 2};
        assert_int_equal(zd_sha256(zd_str_bytes(text), v[i].text_hash, NULL), ZD_OK);
        assert_int_equal(zd_version_add(f->store, zd_subject_owner(), &v[i], text, NULL), ZD_OK);
        for (uint32_t k = 0; k < 2; k++)
            assert_int_equal(
                zd_passage_add(
                    f->store, zd_subject_owner(),
                    &(struct zd_stored_passage){.version = v[i].key, .ordinal = k, .end = 3}, NULL),
                ZD_OK);
        assert_int_equal(zd_replacement_add(f->store, zd_subject_owner(),
                                            &(struct zd_replacement){.version = v[i].key,
                                                                     .title_key = ZD_STR("旧")},
                                            NULL),
                         ZD_OK);
    }
    assert_int_equal(zd_version_remove(f->store, zd_subject_owner(), v[1].key, NULL), ZD_OK);
    assert_int_equal(zd_store_check(f->store, NULL), ZD_OK);
    for (int i = 0; i < 3; i += 2)
        assert_int_equal(zd_version_text(f->store, zd_subject_owner(), v[i].key, 0, UINT64_MAX,
                                         f->arena, &text, NULL),
                         ZD_OK);
    assert_int_equal(text.n, 2 * ZD_TEXT_PART_BYTES);
}

static void test_how_a_version_stands_on_a_day(void **state)
{
    static const struct {
        const char *what;
        int32_t from, to;
        enum zd_version_end end;
        int32_t on;
        enum zd_validity is;
    } rows[] = {
        {"the day before it begins", 20240501, 0, ZD_END_NONE, 20240430, ZD_NOT_YET},
        {"its first day", 20240501, 0, ZD_END_NONE, 20240501, ZD_IN_FORCE},
        {"its last day", 20240501, 20250430, ZD_END_EXPIRED, 20250430, ZD_IN_FORCE},
        {"the day after", 20240501, 20250430, ZD_END_EXPIRED, 20250501, ZD_EXPIRED},
        {"after its successor", 20240501, 20250430, ZD_END_SUPERSEDED, 20250501, ZD_SUPERSEDED},
        {"after its repeal", 20240501, 20250430, ZD_END_REPEALED, 20250501, ZD_SUPERSEDED},
        {"beginning unknown", 0, 0, ZD_END_NONE, 20250501, ZD_VALIDITY_UNKNOWN},
        {"beginning unknown, not ended", 0, 20250501, ZD_END_EXPIRED, 20250501,
         ZD_VALIDITY_UNKNOWN},
        {"beginning unknown, ended", 0, 20250501, ZD_END_SUPERSEDED, 20250502, ZD_SUPERSEDED},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_version v = {
            .valid_from = rows[i].from, .valid_to = rows[i].to, .end = rows[i].end};

        print_message("  %s\n", rows[i].what);
        assert_int_equal(zd_version_validity(&v, rows[i].on), rows[i].is);
    }
}

static void test_versions_are_found_by_what_they_are(void **state)
{
    struct fixture *f = *state;
    int64_t document = add_document(f, "d", 1);
    struct zd_version v = {.document = document,
                           .source = ZD_STR("/srv/a.md"),
                           .number_key = ZD_STR("云政发2024年1号")};
    struct zd_version named = {.document = document, .source = ZD_STR("a.md")};
    struct zd_version_list list = {0};

    memset(v.raw_hash, 7, sizeof v.raw_hash);
    assert_int_equal(zd_version_add(f->store, zd_subject_owner(), &v, ZD_STR("甲"), NULL), ZD_OK);
    assert_int_equal(zd_version_add(f->store, zd_subject_owner(), &named, ZD_STR("乙"), NULL),
                     ZD_OK);
    assert_int_equal(
        zd_version_from_source(f->store, zd_subject_owner(), v.source, f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.p[0].key, v.key);
    assert_int_equal(
        zd_version_from_source(f->store, zd_subject_owner(), named.source, f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 0); /* a name from outside is no identity */
    assert_int_equal(
        zd_version_with_hash(f->store, zd_subject_owner(), v.raw_hash, f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(
        zd_version_with_number(f->store, zd_subject_owner(), v.number_key, f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(
        zd_version_with_number(f->store, zd_subject_owner(), ZD_STR(""), f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 0);
    assert_int_equal(zd_version_set_validity(f->store, zd_subject_owner(), v.key, 20200101,
                                             20201231, ZD_END_SUPERSEDED, named.key, NULL),
                     ZD_OK);
    assert_int_equal(
        zd_version_ended_by(f->store, zd_subject_owner(), named.key, f->arena, &list, NULL), ZD_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.p[0].valid_to, 20201231);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_span_of_a_text_comes_back, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_ordinals_are_never_used_twice, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_removing_a_version_leaves_its_neighbours_whole,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_how_a_version_stands_on_a_day, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_versions_are_found_by_what_they_are, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
