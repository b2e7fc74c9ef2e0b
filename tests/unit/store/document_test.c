#include "store/document.h"

#include "base/caps.h"
#include "store_support.h"

static enum zd_status find(struct fixture *f, const struct zd_subject *who, const char *id)
{
    struct zd_document d = {0};

    return zd_document_find(f->store, who, zd_str_c(id), f->arena, &d, NULL);
}

static void test_what_may_not_be_seen_is_not_there(void **state)
{
    struct fixture *f = *state;
    int64_t inside = add_document(f, "inside", ZD_ACCESS_STAFF);
    struct zd_version v = add_version(f, inside, ZD_STR("内部"));
    struct zd_document d = {0};
    struct zd_version seen = {0};
    struct zd_version_list versions = {0};
    struct zd_document_list list = {0};
    struct zd_store_figures figures = {0};
    struct zd_str text = {0};

    add_document(f, "open", ZD_ACCESS_PUBLIC);
    assert_int_equal(find(f, zd_subject_visitor(), "open"), ZD_OK);
    assert_int_equal(find(f, zd_subject_visitor(), "inside"), ZD_NOT_FOUND);
    assert_int_equal(find(f, zd_subject_owner(), "inside"), ZD_OK);
    assert_int_equal(zd_document_get(f->store, zd_subject_visitor(), inside, f->arena, &d, NULL),
                     ZD_NOT_FOUND);
    assert_int_equal(zd_version_get(f->store, zd_subject_visitor(), v.key, f->arena, &seen, NULL),
                     ZD_NOT_FOUND);
    assert_int_equal(
        zd_version_text(f->store, zd_subject_visitor(), v.key, 0, 6, f->arena, &text, NULL),
        ZD_NOT_FOUND);
    assert_int_equal(
        zd_version_of_document(f->store, zd_subject_visitor(), inside, f->arena, &versions, NULL),
        ZD_OK);
    assert_int_equal(versions.n, 0);
    assert_int_equal(zd_document_page(f->store, zd_subject_visitor(), 0, 10, f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(zd_store_figures(f->store, zd_subject_visitor(), &figures, NULL), ZD_OK);
    assert_int_equal(figures.n_documents, 1);
    assert_int_equal(figures.n_versions, 0);
}

static void test_only_the_owner_changes(void **state)
{
    struct fixture *f = *state;
    int64_t key = add_document(f, "a", ZD_ACCESS_PUBLIC);
    struct zd_document d = {.key = key, .id = ZD_STR("a"), .access = 1};

    assert_int_equal(zd_document_add(f->store, zd_subject_visitor(), &d, &key, NULL), ZD_DENIED);
    assert_int_equal(zd_document_update(f->store, zd_subject_visitor(), &d, NULL), ZD_DENIED);
    assert_int_equal(zd_document_remove(f->store, zd_subject_visitor(), key, NULL), ZD_DENIED);
    assert_int_equal(find(f, zd_subject_visitor(), "a"), ZD_OK);
}

static void test_ids_have_one_document_and_a_length(void **state)
{
    struct fixture *f = *state;
    char longest[ZD_ID_MAX_BYTES + 2];
    struct zd_document d = {.access = 1};
    int64_t key = 0;

    memset(longest, 'i', sizeof longest);
    d.id = (struct zd_str){longest, ZD_ID_MAX_BYTES};
    assert_int_equal(zd_document_add(f->store, zd_subject_owner(), &d, &key, NULL), ZD_OK);
    assert_int_equal(zd_document_add(f->store, zd_subject_owner(), &d, &key, NULL), ZD_INVALID);
    d.id.n = ZD_ID_MAX_BYTES + 1;
    assert_int_equal(zd_document_add(f->store, zd_subject_owner(), &d, &key, NULL), ZD_INVALID);
    d.id.n = 0;
    assert_int_equal(zd_document_add(f->store, zd_subject_owner(), &d, &key, NULL), ZD_INVALID);
    d.id.n = 3;
    d.access = 0;
    assert_int_equal(zd_document_add(f->store, zd_subject_owner(), &d, &key, NULL), ZD_INVALID);
}

static void test_removal_leaves_nothing_and_keys_never_come_back(void **state)
{
    struct fixture *f = *state;
    int64_t first = add_document(f, "a", 1), second;
    struct zd_version v = add_version(f, first, ZD_STR("甲")), w;

    assert_int_equal(zd_document_remove(f->store, zd_subject_owner(), first, NULL), ZD_OK);
    assert_int_equal(find(f, zd_subject_owner(), "a"), ZD_NOT_FOUND);
    assert_int_equal(zd_document_remove(f->store, zd_subject_owner(), first, NULL), ZD_NOT_FOUND);
    assert_int_equal(zd_store_check(f->store, NULL), ZD_OK);
    second = add_document(f, "a", 1);
    w = add_version(f, second, ZD_STR("乙"));
    assert_true(second > first);
    assert_true(w.key > v.key);
}

static void test_pages_go_on_behind_the_last(void **state)
{
    struct fixture *f = *state;
    struct zd_document_list list = {0};
    char id[8];
    int64_t after = 0;
    size_t seen = 0;

    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "d%02d", i);
        add_document(f, id, 1);
    }
    do {
        assert_int_equal(
            zd_document_page(f->store, zd_subject_owner(), after, 10, f->arena, &list, NULL),
            ZD_OK);
        seen += list.n;
        if (list.n > 0)
            after = list.p[list.n - 1].key;
    } while (list.n == 10);
    assert_int_equal(seen, 25);
    assert_int_equal(zd_document_with_title(f->store, zd_subject_owner(), ZD_STR("办法"), 7,
                                            f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 7);
    assert_int_equal(
        zd_document_with_title(f->store, zd_subject_owner(), ZD_STR(""), 7, f->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_may_not_be_seen_is_not_there, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_only_the_owner_changes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_ids_have_one_document_and_a_length, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_removal_leaves_nothing_and_keys_never_come_back,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_pages_go_on_behind_the_last, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
