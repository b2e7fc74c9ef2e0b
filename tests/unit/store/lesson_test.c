/* What use teaches: counted, not stored twice; a person's word takes the unanswered row away; what is
 * no lesson is refused. */
#include "store/lesson.h"

#include "store_support.h"

static struct zd_lesson lesson_of(enum zd_lesson_kind kind, const char *question,
                                  const char *document)
{
    return (struct zd_lesson){.kind = kind,
                              .question = zd_str_c(question),
                              .document = zd_str_c(document),
                              .who = ZD_STR("test")};
}

static struct zd_lesson_list all(struct zd_store *store, struct zd_arena *arena)
{
    struct zd_lesson_list list = {0};

    assert_int_equal(
        zd_lesson_page(store, zd_subject_owner(), ZD_N_LESSON_KINDS, 100, arena, &list, NULL),
        ZD_OK);
    return list;
}

static enum zd_status put(struct zd_store *store, struct zd_lesson lesson)
{
    return zd_lesson_put(store, zd_subject_owner(), &lesson, NULL);
}

static void test_the_life_of_a_lesson(void **state)
{
    char folder[] = "/tmp/zhidian-lesson-XXXXXX", path[64];
    struct zd_arena *arena = zd_arena_new(1 << 20);
    struct zd_store *store = NULL;
    struct zd_lesson_list list;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(zd_lesson_db_open(folder, ZD_STORE_WRITE, &store, NULL), ZD_OK);
    assert_int_equal(put(store, lesson_of(ZD_LESSON_UNANSWERED, "怎么办", "")), ZD_OK);
    assert_int_equal(put(store, lesson_of(ZD_LESSON_UNANSWERED, "怎么办", "")), ZD_OK);
    list = all(store, arena);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.p[0].n_times, 2);
    assert_true(list.p[0].last_us >= list.p[0].first_us);

    assert_int_equal(put(store, lesson_of(ZD_LESSON_APPROVED, "怎么办", "d1")), ZD_OK);
    list = all(store, arena);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.p[0].kind, ZD_LESSON_APPROVED);
    assert_true(zd_str_eq(list.p[0].document, ZD_STR("d1")));

    assert_int_equal(put(store, lesson_of(ZD_LESSON_APPROVED, "", "d1")), ZD_INVALID);
    assert_int_equal(put(store, lesson_of(ZD_LESSON_APPROVED, "问", "")), ZD_INVALID);
    assert_int_equal(put(store, lesson_of(ZD_LESSON_UNANSWERED, "问", "d1")), ZD_INVALID);
    assert_int_equal(zd_lesson_remove(store, zd_subject_owner(), list.p[0].key, NULL), ZD_OK);
    assert_int_equal(zd_lesson_remove(store, zd_subject_owner(), list.p[0].key, NULL),
                     ZD_NOT_FOUND);
    assert_int_equal(all(store, arena).n, 0);
    zd_store_close(store);
    zd_arena_free(arena);
    (void)snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
}

static void test_words_and_kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < ZD_N_LESSON_KINDS; kind++)
        assert_int_equal(
            zd_lesson_kind_of(zd_str_c(zd_lesson_kind_word((enum zd_lesson_kind)kind))), kind);
    assert_int_equal(zd_lesson_kind_of(ZD_STR("liked")), ZD_N_LESSON_KINDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_life_of_a_lesson),
        cmocka_unit_test(test_words_and_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
