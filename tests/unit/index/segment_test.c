/* What a damaged segment or manifest may do: be refused, be dropped, or give the right answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "index/index_private.h"
#include "index/lists.h"
#include "index/segment_format.h"
#include "index/tally.h"
#include "index_support.h"

static char dir[64];
static char segment_path[128], manifest_path[128];
static struct zd_owned_bytes segment, manifest;

#define N_DIMS 32
#define MODEL 99

/* One generation with one segment of a few hundred passages. */
static int make_index(void **state)
{
    struct support_random r = {21};
    struct zd_index_writer *w = NULL;
    uint64_t g = 0;

    (void)state;
    support_folder(dir);
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    support_ok(zd_index_writer_set_vectors(w, N_DIMS, MODEL, &support_err));
    for (int i = 1; i <= 400; i++) {
        uint64_t terms[ZD_FIELD_COUNT][40];
        int8_t vector[N_DIMS];
        struct zd_index_passage p = {.id = (i ^ 1) + 1, /* not ascending: kept by id too */
                                     .attributes = {0, 20300101, 0, 1, (uint32_t)i / 3},
                                     .vector = i % 9 ? vector : NULL};

        for (size_t k = 0; k < N_DIMS; k++)
            vector[k] = (int8_t)support_below(&r, 256);

        for (int f = 0; f < ZD_FIELD_COUNT; f++) {
            p.n_terms[f] = 2 + (size_t)support_below(&r, f == ZD_FIELD_BODY ? 30 : 4);
            for (size_t k = 0; k < p.n_terms[f]; k++)
                terms[f][k] = 1 + support_below(&r, 60) * support_below(&r, 60);
            p.terms[f] = terms[f];
        }
        support_ok(zd_index_writer_add(w, &p, &support_err));
    }
    support_ok(zd_index_writer_delete_group(w, 5, &support_err));
    support_ok(zd_index_writer_prepare(w, &g, &support_err));
    zd_index_writer_close(w, true);
    assert_int_equal(g, 1);
    (void)snprintf(segment_path, sizeof segment_path, "%s/1-0.segment", dir);
    (void)snprintf(manifest_path, sizeof manifest_path, "%s/1.manifest", dir);
    support_ok(zd_file_read(segment_path, 1 << 24, &segment, &support_err));
    support_ok(zd_file_read(manifest_path, 1 << 24, &manifest, &support_err));
    return 0;
}

static int remove_index(void **state)
{
    (void)state;
    zd_free(segment.p);
    zd_free(manifest.p);
    support_remove(dir);
    return 0;
}

static void put_file(const char *path, const uint8_t *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void put_byte(const char *path, size_t at, uint8_t byte)
{
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fputc(byte, f), byte);
    assert_int_equal(fclose(f), 0);
}

static size_t ask(const struct zd_index *index, bool exhaustive, struct zd_index_hit *hits)
{
    uint64_t terms[100];
    float weights[100];
    struct zd_index_query q = {.terms = terms,
                               .weights = weights,
                               .n_terms = ZD_COUNT(terms),
                               .field_weights = {2, 1, 1},
                               .field_b = {0, 0, 0.75F},
                               .k1 = 1.2F,
                               .top = 50,
                               .filter.on = 20250101,
                               .exhaustive = exhaustive};
    size_t n = 0;

    for (size_t i = 0; i < ZD_COUNT(terms); i++) {
        terms[i] = 1 + i * 7 * (1 + i % 3); /* spread over the whole dictionary */
        weights[i] = (float)(1 + i % 2);
        for (size_t k = 0; k < i; k++)
            if (terms[k] == terms[i])
                terms[i] += 10000;
    }
    support_ok(zd_index_search(index, &q, hits, &n, &support_err));
    return n;
}

static size_t ask_vectors(const struct zd_index *index, struct zd_index_hit *hits)
{
    int8_t vector[N_DIMS];
    struct zd_index_vector_query q = {
        .vector = vector, .n_dims = N_DIMS, .model = MODEL, .top = 50, .filter.on = 20250101};
    size_t n = 0;

    for (int k = 0; k < N_DIMS; k++)
        vector[k] = (int8_t)(k * 7 - 100);
    support_ok(zd_index_search_vectors(index, &q, hits, &n, &support_err));
    return n;
}

#define GIVEN 60
#define GIVEN_TERMS 20

/* What a tally of some passages and documents says, as plain bytes. */
struct told {
    struct zd_index_facts facts[GIVEN];
    int8_t vectors[GIVEN][N_DIMS];
    uint16_t tf[GIVEN * GIVEN_TERMS][ZD_FIELD_COUNT];
    struct zd_index_group_facts groups[GIVEN];
    uint32_t group_tf[GIVEN * GIVEN_TERMS];
};

static void ask_tally(const struct zd_index *index, struct told *told)
{
    uint64_t terms[GIVEN_TERMS];
    int64_t ids[GIVEN];
    uint32_t groups[GIVEN];
    struct zd_index_lists *lists = NULL;
    struct zd_index_tally passages = {.terms = terms,
                                      .n_terms = GIVEN_TERMS,
                                      .ids = ids,
                                      .n = GIVEN,
                                      .facts = told->facts,
                                      .tf = told->tf};
    struct zd_index_group_tally documents = {.terms = terms,
                                             .n_terms = GIVEN_TERMS,
                                             .groups = groups,
                                             .n = GIVEN,
                                             .facts = told->groups,
                                             .tf = told->group_tf};

    for (size_t i = 0; i < GIVEN_TERMS; i++)
        terms[i] = 1 + i * 9;
    for (size_t i = 0; i < GIVEN; i++) {
        ids[i] = (int64_t)(i * 389 % 400);
        groups[i] = (uint32_t)i * 2;
    }
    memset(told, 0, sizeof *told);
    support_ok(zd_index_lists_find(index, terms, GIVEN_TERMS, &lists, &support_err));
    passages.lists = documents.lists = lists;
    support_ok(zd_index_tally(index, &passages, &support_err));
    support_ok(zd_index_tally_groups(index, &documents, &support_err));
    zd_index_lists_free(lists);
    for (size_t i = 0; i < GIVEN; i++) {
        if (told->facts[i].vector)
            memcpy(told->vectors[i], told->facts[i].vector, N_DIMS);
        told->facts[i].vector = NULL; /* an address */
    }
}

/* Every byte of the segment, one bit flipped: opening fails, or checking says so and a search is
 * marked partial or right. */
static void test_notices_every_damaged_byte_of_a_segment(void **state)
{
    static struct told want_told, told;
    struct zd_index_hit want[50], got[50], want_near[50], near[50];
    struct zd_index *index = NULL;
    size_t n_want, refused = 0, dropped = 0, untouched = 0;

    (void)state;
    support_ok(zd_index_open(dir, 1, &index, &support_err));
    n_want = ask(index, false, want);
    assert_int_equal(n_want, 50);
    assert_int_equal(ask_vectors(index, want_near), 50);
    ask_tally(index, &want_told);
    zd_index_close(index);
    for (size_t i = 0; i < segment.n; i++) {
        enum zd_status st;

        put_byte(segment_path, i, segment.p[i] ^ (uint8_t)(1u << i % 8));
        index = NULL;
        if (i % 8 == 0 || i > segment.n - 1000) /* the full check is slow, and pages are pages */
            assert_int_equal(zd_index_check(dir, 1, &support_err), ZD_CORRUPT);
        st = zd_index_open(dir, 1, &index, &support_err);
        if (st != ZD_OK) {
            put_byte(segment_path, i, segment.p[i]);
            assert_int_equal(st, ZD_CORRUPT);
            assert_null(index);
            refused++;
            continue;
        }
        /* the first question that meets the damage loses the segment to all */
        if (i % 3 == 0 && ask_vectors(index, near) == n_want && !zd_index_is_partial(index))
            assert_memory_equal(near, want_near, n_want * sizeof *want);
        if (i % 3 == 1) {
            ask_tally(index, &told);
            if (!zd_index_is_partial(index))
                assert_memory_equal(&told, &want_told, sizeof told);
        }
        if (ask(index, i % 2, got) == n_want && !zd_index_is_partial(index)) {
            assert_memory_equal(got, want, n_want * sizeof *want);
            untouched++;
        } else {
            assert_true(zd_index_is_partial(index));
            dropped++;
        }
        zd_index_close(index);
        put_byte(segment_path, i, segment.p[i]);
    }
    put_file(segment_path, segment.p, segment.n);
    print_message("  %zu refused, %zu dropped, %zu not touched by the query\n", refused, dropped,
                  untouched);
    assert_true(refused > 0 && dropped > 0);
    support_ok(zd_index_check(dir, 1, &support_err));
}

static void test_refuses_every_cut_of_a_segment(void **state)
{
    struct zd_index *index = NULL;

    (void)state;
    for (size_t n = 0; n < segment.n; n += n < 600 || segment.n - n < 600 ? 1 : 97) {
        put_file(segment_path, segment.p, n);
        assert_int_equal(zd_index_open(dir, 1, &index, &support_err), ZD_CORRUPT);
    }
    put_file(segment_path, segment.p, segment.n);
    assert_null(index);
}

static void test_refuses_every_damaged_byte_and_cut_of_a_manifest(void **state)
{
    struct zd_index__manifest m = {0};

    (void)state;
    for (size_t i = 0; i < manifest.n; i++) {
        manifest.p[i] ^= 0x10;
        assert_int_equal(zd_index__manifest_from_bytes((struct zd_bytes){manifest.p, manifest.n},
                                                       &m, &support_err),
                         ZD_CORRUPT);
        manifest.p[i] ^= 0x10;
        assert_int_equal(
            zd_index__manifest_from_bytes((struct zd_bytes){manifest.p, i}, &m, &support_err),
            ZD_CORRUPT);
    }
    assert_null(m.parts);
}

/* Right checksums excuse nothing: counts that lie are refused. */
static void test_refuses_a_well_sealed_lie(void **state)
{
    const size_t footer = segment.n - ZD_INDEX__FOOTER_BYTES;
    static const struct {
        const char *lie;
        size_t at; /* in the footer */
        uint32_t add;
    } rows[] = {
        {"another version", 8, 1},     {"more passages", 12, 1},
        {"no passages", 12, 0},        {"more terms", 16, 40},
        {"more documents", 20, 1},     {"more classes", 24, 1},
        {"more codes", 28, 1},         {"more dictionary blocks", 32, 1},
        {"ids said to ascend", 36, 1}, {"vectors of another length", 40, 32},
        {"more vectors", 44, 1},       {"a section moved", ZD_INDEX__FOOTER_SECTIONS_AT, 8},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_index__segment *s = NULL;
        uint8_t *image = malloc(segment.n);
        uint32_t v;

        print_message("  %s\n", rows[i].lie);
        assert_non_null(image);
        memcpy(image, segment.p, segment.n);
        memcpy(&v, image + footer + rows[i].at, 4);
        v = rows[i].add ? v + rows[i].add : 0;
        memcpy(image + footer + rows[i].at, &v, 4);
        v = zd_crc32c(0, (struct zd_bytes){image + footer, ZD_INDEX__FOOTER_BYTES - 4});
        memcpy(image + segment.n - 4, &v, 4);
        assert_int_equal(
            zd_index__segment_from_bytes((struct zd_bytes){image, segment.n}, &s, &support_err),
            ZD_CORRUPT);
        free(image);
    }
}

static void test_a_swapped_segment_is_not_taken(void **state)
{
    struct zd_index *index = NULL;

    (void)state;
    (void)unlink(segment_path);
    assert_int_equal(zd_index_open(dir, 1, &index, &support_err), ZD_NOT_FOUND);
    put_file(segment_path, manifest.p, manifest.n);
    assert_int_equal(zd_index_open(dir, 1, &index, &support_err), ZD_CORRUPT);
    put_file(segment_path, segment.p, segment.n);
    assert_int_equal(zd_index_open(dir, 2, &index, &support_err), ZD_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notices_every_damaged_byte_of_a_segment),
        cmocka_unit_test(test_refuses_every_cut_of_a_segment),
        cmocka_unit_test(test_refuses_every_damaged_byte_and_cut_of_a_manifest),
        cmocka_unit_test(test_refuses_a_well_sealed_lie),
        cmocka_unit_test(test_a_swapped_segment_is_not_taken),
    };

    return cmocka_run_group_tests(tests, make_index, remove_index);
}
