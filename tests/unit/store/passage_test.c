#include "store/passage.h"

#include "base/caps.h"
#include "store_support.h"

static const char text[] = "第一条为了规范。第二条适用本办法。";

static struct zd_version stored(struct fixture *f, uint32_t access)
{
    struct zd_version v = add_version(f, add_document(f, "d", access), zd_str_c(text));

    for (uint32_t i = 0; i < 2; i++) {
        struct zd_stored_passage p = {
            .version = v.key,
            .ordinal = i,
            .kind = ZD_PASSAGE_CLAUSE,
            .field = i ? ZD_GUIDE_FEE : ZD_GUIDE_NONE,
            .path = ZD_STR("总则"),
            .number = i ? ZD_STR("第二条") : ZD_STR("第一条"),
            .context = ZD_STR("上下文"),
            .start = i ? 33 : 9,
            .end = i ? 51 : 24,
            .page = i,
        };

        assert_int_equal(zd_passage_add(f->store, zd_subject_owner(), &p, NULL), ZD_OK);
    }
    return v;
}

static void test_comes_back_with_the_words_of_its_span(void **state)
{
    struct fixture *f = *state;
    struct zd_version v = stored(f, 1);
    struct zd_stored_passage p = {0};

    assert_int_equal(zd_passage_get(f->store, zd_subject_visitor(), zd_passage_key(v.key, 1),
                                    f->arena, &p, NULL),
                     ZD_OK);
    assert_true(zd_str_eq(p.text, zd_str_cut(zd_str_c(text), 33, 51)));
    assert_true(zd_str_eq(p.number, ZD_STR("第二条")));
    assert_true(zd_str_eq(p.context, ZD_STR("上下文")));
    assert_int_equal(p.kind, ZD_PASSAGE_CLAUSE);
    assert_int_equal(p.field, ZD_GUIDE_FEE);
    assert_int_equal(p.version, v.key);
    assert_int_equal(p.document, v.document);
    assert_int_equal(p.ordinal, 1);
    assert_int_equal(p.page, 1);
    assert_int_equal(zd_passage_get(f->store, zd_subject_visitor(), zd_passage_key(v.key, 2),
                                    f->arena, &p, NULL),
                     ZD_NOT_FOUND);
}

static void test_of_a_hidden_document_is_not_there(void **state)
{
    struct fixture *f = *state;
    struct zd_version v = stored(f, ZD_ACCESS_STAFF);
    struct zd_stored_passage p = {0};
    struct zd_stored_passage_list list = {0};

    assert_int_equal(zd_passage_get(f->store, zd_subject_visitor(), zd_passage_key(v.key, 0),
                                    f->arena, &p, NULL),
                     ZD_NOT_FOUND);
    assert_int_equal(zd_passage_of_version(f->store, zd_subject_visitor(), v.key, 0, 10, true,
                                           f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 0);
}

static void test_lists_from_any_ordinal(void **state)
{
    static const struct {
        uint32_t from;
        size_t limit, n;
    } rows[] = {{0, 10, 2}, {1, 10, 1}, {2, 10, 0}, {0, 1, 1}, {0, 0, 0}, {UINT32_MAX, 10, 0}};
    struct fixture *f = *state;
    struct zd_version v = stored(f, 1);
    struct zd_stored_passage_list list = {0};

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        assert_int_equal(zd_passage_of_version(f->store, zd_subject_owner(), v.key, rows[i].from,
                                               rows[i].limit, true, f->arena, &list, NULL),
                         ZD_OK);
        assert_int_equal(list.n, rows[i].n);
        if (list.n > 0)
            assert_int_equal(list.p[0].ordinal, rows[i].from);
    }
}

static void test_keys_hold_version_and_ordinal(void **state)
{
    static const uint32_t ordinals[] = {0, 1, ZD_DOCUMENT_MAX_PASSAGES - 1};
    struct fixture *f = *state;
    struct zd_stored_passage over = {.version = 1, .ordinal = ZD_DOCUMENT_MAX_PASSAGES};

    for (size_t i = 0; i < ZD_COUNT(ordinals); i++) {
        int64_t key = zd_passage_key(UINT32_MAX, ordinals[i]);

        assert_true(key > 0);
        assert_int_equal(zd_passage_version(key), UINT32_MAX);
        assert_int_equal(zd_passage_ordinal(key), ordinals[i]);
    }
    assert_int_equal(zd_passage_add(f->store, zd_subject_owner(), &over, NULL), ZD_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_back_with_the_words_of_its_span, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_of_a_hidden_document_is_not_there, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_lists_from_any_ordinal, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_keys_hold_version_and_ordinal, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
