#include "guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct zd_arena *arena;
static char dir[] = "/tmp/zhidian-guard-XXXXXX";

static void put_list(const char *name, const char *words, uint64_t n, uint32_t directions,
                     bool blocks)
{
    struct zd_store *store = NULL;
    const struct zd_word_list list = {.name = zd_str_c(name),
                                      .words = zd_str_c(words),
                                      .n_words = n,
                                      .directions = directions,
                                      .blocks = blocks};
    int64_t version = 0;

    assert_int_equal(zd_guard_db_open(dir, ZD_STORE_WRITE, &store, NULL), ZD_OK);
    assert_int_equal(zd_word_list_put(store, zd_subject_owner(), &list, &version, NULL), ZD_OK);
    zd_store_close(store);
}

static void set_rule(const char *data_class, const char *action)
{
    struct zd_store *store = NULL;

    assert_int_equal(zd_guard_db_open(dir, ZD_STORE_WRITE, &store, NULL), ZD_OK);
    assert_int_equal(
        zd_guard_rule_set(store, zd_subject_owner(), zd_str_c(data_class), zd_str_c(action), NULL),
        ZD_OK);
    zd_store_close(store);
}

static struct zd_guard *load(void)
{
    struct zd_guard *guard = NULL;

    assert_int_equal(zd_guard_load(dir, zd_subject_owner(), &guard, NULL), ZD_OK);
    return guard;
}

static struct zd_guard_verdict outgoing(const struct zd_guard *guard, const char *text, bool local)
{
    const struct zd_str texts[] = {ZD_STR("系统提示"), zd_str_c(text)};
    struct zd_guard_verdict verdict = {0};

    zd_arena_reset(arena);
    assert_int_equal(
        zd_guard_outgoing(guard, texts, 2, ZD_DATA_PUBLIC, local, arena, &verdict, NULL), ZD_OK);
    return verdict;
}

static void test_goes_by_the_class(void **state)
{
    static const struct {
        const char *text;
        enum zd_data_class data_class;
        enum zd_guard_action remote, local;
    } rows[] = {
        {"怎么办居住证", ZD_DATA_PUBLIC, ZD_GUARD_PASS, ZD_GUARD_PASS},
        {"代码91350100M000100Y43", ZD_DATA_PUBLIC, ZD_GUARD_PASS, ZD_GUARD_PASS},
        {"手机13812345678", ZD_DATA_PERSONAL, ZD_GUARD_MASK, ZD_GUARD_PASS},
        {"身份证11010519491231002X", ZD_DATA_SENSITIVE, ZD_GUARD_MASK, ZD_GUARD_PASS},
        {"机密★1年\n通知", ZD_DATA_PUBLIC, ZD_GUARD_BLOCK, ZD_GUARD_BLOCK},
    };
    struct zd_guard *guard = load();

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_guard_verdict v = outgoing(guard, rows[i].text, false);

        assert_int_equal(v.data_class, rows[i].data_class);
        assert_int_equal(v.action, rows[i].remote);
        assert_int_equal(v.reason.n == 0, v.action <= ZD_GUARD_MASK);
        v = outgoing(guard, rows[i].text, true);
        assert_int_equal(v.action, rows[i].local);
        if (v.action == ZD_GUARD_PASS)
            assert_true(zd_str_eq(v.texts[1], zd_str_c(rows[i].text)));
    }
    zd_guard_free(guard);
}

static void test_rules_decide(void **state)
{
    struct zd_guard *guard = load();
    struct zd_guard_verdict v;

    (void)state;
    set_rule("sensitive", "local");
    set_rule("personal", "pass");
    assert_true(zd_guard_is_stale(guard));
    zd_guard_free(guard);
    guard = load();
    assert_false(zd_guard_is_stale(guard));
    v = outgoing(guard, "手机13812345678", false);
    assert_int_equal(v.action, ZD_GUARD_PASS);
    assert_true(zd_str_eq(v.texts[1], ZD_STR("手机13812345678")));
    v = outgoing(guard, "身份证11010519491231002X", false);
    assert_int_equal(v.action, ZD_GUARD_LOCAL);
    assert_int_not_equal(zd_str_find(v.reason, ZD_STR("身份证号"), 0), SIZE_MAX);
    zd_guard_free(guard);
    set_rule("sensitive", "mask");
    set_rule("personal", "mask");
}

static void test_lists_look_one_way_or_both(void **state)
{
    struct zd_guard *guard;
    struct zd_guard_verdict v;

    (void)state;
    put_list("入", "办假证\n", 1, ZD_DIRECTION_IN, true);
    put_list("出", "保证通过\n", 1, ZD_DIRECTION_OUT, true);
    put_list("记", "投诉\n办假证\n", 2, ZD_DIRECTION_IN | ZD_DIRECTION_OUT, false);
    guard = load();
    v = outgoing(guard, "保证通过吗", false);
    assert_int_equal(v.action, ZD_GUARD_PASS);
    v = outgoing(guard, "我要投诉", false);
    assert_int_equal(v.action, ZD_GUARD_PASS);
    assert_int_equal(v.n_hits, 1);
    assert_true(zd_str_eq(v.hits[0].list, ZD_STR("记")));
    v = outgoing(guard, "哪里 辦 假 證", false);
    assert_int_equal(v.action, ZD_GUARD_BLOCK);
    assert_true(v.reason.n > 0);
    v = outgoing(guard, "哪里办假证", true);
    assert_int_equal(v.action, ZD_GUARD_BLOCK);
    zd_guard_free(guard);
}

/* The reply in pieces of n bytes; gives what came out and the status at the end. */
static enum zd_status reply_by(const struct zd_guard *guard, const struct zd_mask *mask,
                               struct zd_str text, size_t n, struct zd_buf *out)
{
    struct zd_guard_reply *reply = NULL;
    enum zd_status st = ZD_OK;

    zd_buf_clear(out);
    assert_int_equal(zd_guard_reply_new(guard, mask, &reply, NULL), ZD_OK);
    for (size_t at = 0; at < text.n && st == ZD_OK; at += n)
        st = zd_guard_reply_feed(reply, zd_str_cut(text, at, at + n), out, NULL);
    if (st == ZD_OK)
        st = zd_guard_reply_end(reply, out, NULL);
    zd_guard_reply_free(reply);
    return st;
}

static void test_replies_are_restored_and_stopped(void **state)
{
    struct zd_guard *guard = load();
    const struct zd_guard_verdict v = outgoing(guard, "手机13812345678", false);
    struct zd_buf out = {.max = 4096};

    (void)state;
    for (size_t n = 1; n < 30; n++) {
        assert_int_equal(reply_by(guard, v.mask, ZD_STR("请打【手机号kq1】。保证按时"), n, &out),
                         ZD_OK);
        assert_true(zd_str_eq(zd_buf_view(&out), ZD_STR("请打13812345678。保证按时")));
        assert_int_equal(reply_by(guard, v.mask, ZD_STR("交钱就保 证 通 过，放心"), n, &out),
                         ZD_DENIED);
        assert_true(zd_str_eq(zd_buf_view(&out), ZD_STR("交钱就")));
        assert_int_equal(reply_by(guard, NULL, ZD_STR("只有保证"), n, &out), ZD_OK);
        assert_true(zd_str_eq(zd_buf_view(&out), ZD_STR("只有保证")));
    }
    zd_buf_done(&out);
    zd_guard_free(guard);
}

static void test_records_hits_and_versions(void **state)
{
    struct zd_guard *guard;
    struct zd_guard_verdict v;
    struct zd_store *store = NULL;
    struct zd_guard_hit *hits = NULL;
    size_t n = 0;

    (void)state;
    put_list("记", "投诉\n", 1, ZD_DIRECTION_IN, false);
    guard = load();
    v = outgoing(guard, "投诉", false);
    assert_int_equal(zd_guard_record(dir, ZD_STR("req-1"), v.hits, v.n_hits, NULL), ZD_OK);
    assert_int_equal(zd_guard_db_open(dir, ZD_STORE_READ, &store, NULL), ZD_OK);
    assert_int_equal(zd_guard_hits(store, zd_subject_visitor(), 10, arena, &hits, &n, NULL),
                     ZD_DENIED);
    assert_int_equal(zd_guard_hits(store, zd_subject_owner(), 10, arena, &hits, &n, NULL), ZD_OK);
    zd_store_close(store);
    assert_int_equal(n, 1);
    assert_true(zd_str_eq(hits[0].word, ZD_STR("投诉")));
    assert_true(zd_str_eq(hits[0].request, ZD_STR("req-1")));
    assert_int_equal(hits[0].version, 2);
    assert_false(zd_guard_is_stale(guard)); /* hits change no rule */
    zd_guard_free(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_by_the_class),
        cmocka_unit_test(test_rules_decide),
        cmocka_unit_test(test_lists_look_one_way_or_both),
        cmocka_unit_test(test_replies_are_restored_and_stopped),
        cmocka_unit_test(test_records_hits_and_versions),
    };
    int failed;

    arena = zd_arena_new((size_t)1 << 26);
    if (!arena || !mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    zd_arena_free(arena);
    for (const char *const *name =
             (const char *const[]){"guard.db", "guard.db-wal", "guard.db-shm", NULL};
         *name; name++) {
        char path[128];

        (void)snprintf(path, sizeof path, "%s/%s", dir, *name);
        (void)remove(path);
    }
    (void)remove(dir);
    return failed;
}
