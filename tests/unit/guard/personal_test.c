#include "guard/personal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "personal_cases.h"

#define N_VALID 10000
#define N_LOOKALIKES 100000

static struct zd_arena *arena;

static struct zd_personal_list find(struct zd_str text)
{
    struct zd_personal_list list = {0};

    zd_arena_reset(arena);
    assert_int_equal(zd_personal_find(text, arena, &list, NULL), ZD_OK);
    return list;
}

/* Each row: a text, and what is found in it as kind=value, ";" between. */
static void test_finds_what_people_write(void **state)
{
    static const struct {
        const char *text, *found;
    } rows[] = {
        {"", ""},
        {"11010519491231002X", "id=11010519491231002X"},
        {"11010519491231002x。", "id=11010519491231002x"},
        {"110105194912310021", ""},
        {"sfz11010519491231002X", "id=11010519491231002X"},
        {"1１0105 19491231 002X", "id=1１0105 19491231 002X"},
        {"代码91350100M000100Y43", "credit_code=91350100M000100Y43"},
        {"91350100m000100y43", "credit_code=91350100m000100y43"},
        {"身份证110105491231002", "old_id=110105491231002"},
        {"编号110105491231002", ""},
        {"卡 4111 1111 1111 1111", "bank_card=4111 1111 1111 1111"},
        {"卡 4111 1111 1111 1112", ""},
        {"4111111111111111元", ""},
        {"订单4111111111111111", ""},
        {"+86 138-1234-5678", "mobile=138-1234-5678"},
        {"+86-138-1234-5678", "mobile=86-138-1234-5678"},
        {"8613812345678", "mobile=8613812345678"},
        {"tel13812345678", "mobile=13812345678"},
        {"sku13812345678", ""},
        {"138 123 45678", ""},
        {"2024-13812345678", ""},
        {"13812345678、13912345678", "mobile=13812345678;mobile=13912345678"},
        {"护照K12345678", "passport=K12345678"},
        {"型号K12345678", ""},
        {"通行证H12345678901", ""},
        {"通行证H1234567890", "passport=H1234567890"},
        {"京A12345和京ad12345，京A·123D5", "plate=京A12345;plate=京ad12345;plate=京A·123D5"},
        {"京A12345挂", "plate=京A12345"},
        {"京A1234挂", "plate=京A1234挂"},
        {"京 A 1 2 3 4 5", "plate=京 A 1 2 3 4 5"},
        {"京A123456", ""},
        {"010-87654321", "landline=010-87654321"},
        {"(0755)23456789-12", "landline=(0755)23456789-12"},
        {"电话：8765 4321", "landline=8765 4321"},
        {"编号：8765 4321", ""},
        {"a.b+c@x-y.gov.cn.", "email=a.b+c@x-y.gov.cn"},
        {"＠ａ＠ｂ．ｃｎ", "email=ａ＠ｂ．ｃｎ"},
        {"13812345678@qq.com", "email=13812345678@qq.com"},
        {"a@b", ""},
        {"姓名：王小明，男", "name=王小明"},
        {"姓名 欧阳云飞 性别 女", "name=欧阳云飞"},
        {"我叫李雷，想问一下", "name=李雷"},
        {"姓名：单位：", ""},
        {"申请人：应当提交材料", ""},
        {"联系人：市民热线", ""},
        {"住址：云岫市东屏区文昌路12号 电话", "address=云岫市东屏区文昌路12号"},
        {"我家住云岫市东屏区文昌街道3栋2单元501室，", "address=云岫市东屏区文昌街道3栋2单元501室"},
        {"住址：同上", ""},
        {"地址：东屏区政务服务中心一楼", ""},
        {"1101051949\n1231002X", ""},
        {"11010519\xE2\x80\x8B"
         "491231002X",
         "id=11010519\xE2\x80\x8B"
         "491231002X"},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        const struct zd_str text = zd_str_c(rows[i].text);
        const struct zd_personal_list list = find(text);
        char found[512] = "";

        for (size_t k = 0; k < list.n; k++)
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s=%.*s",
                           k ? ";" : "", zd_personal_word(list.p[k].kind),
                           (int)(list.p[k].end - list.p[k].start), text.p + list.p[k].start);
        if (strcmp(found, rows[i].found) != 0)
            print_message("  %s\n", rows[i].text);
        assert_string_equal(found, rows[i].found);
    }
}

/* 10,000 values that hold and 100,000 look-alikes. */
static void test_keeps_recall_and_precision(void **state)
{
    size_t n[2] = {0}, missed[2] = {0}, n_true = 0, n_false = 0;
    struct personal_case c;

    (void)state;
    for (uint32_t i = 0; i < N_VALID; i++) {
        bool found = false;

        personal_case_valid(i, &c);
        {
            const struct zd_personal_list list = find(zd_str_c(c.text));

            for (size_t k = 0; k < list.n; k++) {
                const bool same = list.p[k].kind == c.kind && list.p[k].start <= c.start &&
                                  list.p[k].end == c.end;

                found = found || same;
                if (!same)
                    n_false++;
            }
        }
        n[c.has_check]++;
        missed[c.has_check] += !found;
        n_true += found;
        if (!found && missed[c.has_check] < 5)
            print_message("  missed %s: %s\n", zd_personal_word(c.kind), c.text);
    }
    for (uint32_t i = 0; i < N_LOOKALIKES; i++) {
        struct zd_personal_list list;

        personal_case_lookalike(i, &c);
        list = find(zd_str_c(c.text));
        if (list.n && n_false < 40)
            print_message("  false %s, %s: %s\n", zd_personal_word(list.p[0].kind), c.what, c.text);
        n_false += list.n;
    }
    print_message("  recall with a check digit %zu of %zu, others %zu of %zu; false %zu, precision "
                  "%.4f\n",
                  n[1] - missed[1], n[1], n[0] - missed[0], n[0], n_false,
                  (double)n_true / (double)(n_true + n_false));
    assert_true(missed[1] * 1000 <= n[1] * 5);
    assert_true(missed[0] * 1000 <= n[0] * 5);
    assert_true(n_false * 100 <= n_true + n_false);
}

struct pieces {
    struct zd_personal found[64];
    size_t n;
};

static void keep(void *context, const struct zd_personal *found, struct zd_str value)
{
    struct pieces *p = context;

    assert_int_equal(value.n, found->end - found->start);
    if (p->n < ZD_COUNT(p->found))
        p->found[p->n++] = *found;
}

static void test_pieces_give_what_the_whole_gives(void **state)
{
    struct pieces pieces;
    struct zd_personal_scan *scan = NULL;
    uint64_t chance_state = 7;

    (void)state;
    assert_int_equal(zd_personal_scan_new(keep, &pieces, &scan, NULL), ZD_OK);
    for (uint32_t i = 0; i < 4000; i++) {
        struct personal_case c;
        struct zd_str text;
        struct zd_personal_list whole;

        personal_case_valid(i, &c);
        text = zd_str_c(c.text);
        whole = find(text);
        pieces.n = 0;
        for (size_t at = 0; at < text.n;) {
            const size_t n = i % 4 == 0 ? 1 : 1 + chance(&chance_state, 9);

            assert_int_equal(zd_personal_scan_feed(scan, zd_str_cut(text, at, at + n), NULL),
                             ZD_OK);
            at += n;
        }
        zd_personal_scan_end(scan);
        assert_int_equal(pieces.n, whole.n);
        for (size_t k = 0; k < whole.n; k++) {
            assert_int_equal(pieces.found[k].start, whole.p[k].start);
            assert_int_equal(pieces.found[k].end, whole.p[k].end);
            assert_int_equal(pieces.found[k].kind, whole.p[k].kind);
        }
    }
    zd_personal_scan_free(scan);
}

/* A line without an end is cut where no number is, and the numbers in it are all found. */
static void test_finds_in_a_line_without_end(void **state)
{
    enum { N = 3000 };
    char *text = test_malloc((size_t)N * 64);
    struct zd_personal_list list;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < N; i++)
        n += (size_t)sprintf(text + n, "身份证11010519491231002X，第%d个，", i);
    list = find((struct zd_str){text, n});
    assert_int_equal(list.n, N);
    n = 0;
    memset(text, '1', (size_t)N * 60); /* nothing but digits: no finding, no harm */
    list = find((struct zd_str){text, (size_t)N * 60});
    assert_int_equal(list.n, 0);
    test_free(text);
}

static void test_reports_the_end_of_memory(void **state)
{
    const struct zd_str text = ZD_STR("13812345678 11010519491231002X 京A12345");
    bool worked = false;

    (void)state;
    for (uint64_t nth = 1; !worked && nth < 100; nth++) {
        struct zd_arena *small = zd_arena_new(1 << 20);
        struct zd_personal_list list = {0};
        enum zd_status st;

        assert_non_null(small);
        zd_alloc_fail_at(nth);
        st = zd_personal_find(text, small, &list, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || st == ZD_NOMEM);
        worked = st == ZD_OK && nth > 3;
        zd_arena_free(small);
    }
    assert_true(worked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_people_write),
        cmocka_unit_test(test_keeps_recall_and_precision),
        cmocka_unit_test(test_pieces_give_what_the_whole_gives),
        cmocka_unit_test(test_finds_in_a_line_without_end),
        cmocka_unit_test(test_reports_the_end_of_memory),
    };
    int failed;

    arena = zd_arena_new((size_t)1 << 26);
    if (!arena)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    zd_arena_free(arena);
    return failed;
}
