/* The facts of every text in tests/golden/validity/pairs.jsonl, against what a careful reader takes
 * from that text alone. Every wrong fact is printed before the test fails. */
#include "parse_case.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/json.h"
#include "base/mapping.h"

static unsigned n_facts, n_wrong;

static void compare(const char *id, const char *fact, struct zd_str got, struct zd_str want)
{
    n_facts++;
    if (zd_str_eq(got, want))
        return;
    n_wrong++;
    print_message("  %s %s: \"%.*s\", expected \"%.*s\"\n", id, fact, (int)got.n, got.p,
                  (int)want.n, want.p);
}

static void compare_date(const char *id, const char *fact, int32_t got, struct zd_str want)
{
    char text[ZD_DATE_TEXT_BYTES];

    compare(id, fact, zd_str_c(zd_date_text(got, text)), want);
}

static bool holds(const struct zd_facts *facts, struct zd_str target)
{
    for (uint32_t i = 0; i < facts->n_supersedes; i++)
        if (zd_str_eq(facts->supersedes[i], target))
            return true;
    return false;
}

static void compare_supersedes(const char *id, const struct zd_facts *facts, const json_t *want)
{
    const json_t *item;
    size_t i;

    if (!want)
        return;
    n_facts++;
    if (facts->n_supersedes != json_array_size(want)) {
        n_wrong++;
        print_message("  %s supersedes %u, expected %zu\n", id, facts->n_supersedes,
                      json_array_size(want));
    }
    json_array_foreach(want, i, item)
    {
        if (holds(facts, zd_str_c(json_string_value(item))))
            continue;
        n_wrong++;
        print_message("  %s does not supersede \"%s\"\n", id, json_string_value(item));
    }
}

static void check_side(const json_t *pair, const char *side, const char *expect)
{
    const json_t *file = json_object_get(pair, side), *want = json_object_get(pair, expect);
    struct zd_arena *arena = parse_arena();
    char id[64];
    struct zd_facts facts;

    snprintf(id, sizeof id, "%s %s", json_string_value(json_object_get(pair, "id")), side);
    facts = parse_text(arena, json_string_value(json_object_get(file, "name")),
                       json_string_value(json_object_get(file, "text")))
                .facts;
    compare(id, "title", facts.title, zd_json_str(want, "title"));
    compare(id, "issuer", facts.issuer, zd_json_str(want, "issuer"));
    compare(id, "number", facts.number, zd_json_str(want, "number"));
    compare_date(id, "issued", facts.issued, zd_json_str(want, "issued"));
    compare_date(id, "effective", facts.effective, zd_json_str(want, "effective"));
    compare_date(id, "expires", facts.expires, zd_json_str(want, "expires"));
    compare_supersedes(id, &facts, json_object_get(want, "supersedes"));
    zd_arena_free(arena);
}

static void test_reads_the_facts_of_every_pair(void **state)
{
    struct zd_owned_bytes file = {0};
    struct zd_error err = {0};
    char path[4096];
    struct zd_str rest;
    size_t n = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/tests/golden/validity/pairs.jsonl", getenv("ZD_SOURCE"));
    assert_int_equal(zd_file_read(path, 64 * ZD_MiB, &file, &err), ZD_OK);
    rest = (struct zd_str){(const char *)file.p, file.n};
    while (rest.n) {
        size_t end = zd_str_find(rest, ZD_STR("\n"), 0);
        json_t *pair = NULL;

        end = end == SIZE_MAX ? rest.n : end;
        if (end > 0) {
            assert_int_equal(zd_json_parse(zd_str_cut(rest, 0, end), &pair, &err), ZD_OK);
            check_side(pair, "old", "expect_old");
            check_side(pair, "new", "expect_new");
            json_decref(pair);
            n++;
        }
        rest = zd_str_cut(rest, end + 1, rest.n);
    }
    zd_free(file.p);
    print_message("  %zu pairs, %u facts, %u wrong\n", n, n_facts, n_wrong);
    assert_true(n >= 60);
    assert_int_equal(n_wrong, 0);
}

static struct zd_facts facts_of(struct zd_arena *arena, const char *name, const char *text)
{
    return parse_text(arena, name, text).facts;
}

/* A law that was revised keeps its first day of effect in its last article. */
static void test_a_revised_law_holds_from_its_revision(void **state)
{
    struct zd_arena *arena = parse_arena();
    struct zd_facts facts;

    (void)state;
    facts = facts_of(arena, "停车法(2018-10-26).md",
                     "# 停车法\n\n1993年12月29日 第八届全国人民代表大会常务委员会第五次会议通过\n\n"
                     "2018年10月26日 第十三届全国人民代表大会常务委员会第六次会议"
                     "《关于修改〈停车法〉的决定》第四次修正\n\n<!-- INFO END -->\n\n"
                     "第一条 为了停车。\n\n第二条 本法自2006年1月1日起施行。\n");
    assert_int_equal(facts.issued, 20181026);
    assert_int_equal(facts.effective, 20181026);
    assert_string_equal(facts.issuer.p, "全国人民代表大会常务委员会");
    facts =
        facts_of(arena, "停车法(2023-12-29).md",
                 "# 停车法\n\n1993年12月29日 第八届全国人民代表大会常务委员会第五次会议通过\n\n"
                 "2023年12月29日 第十四届全国人民代表大会常务委员会第七次会议第二次修订\n\n"
                 "<!-- INFO END -->\n\n第一条 为了停车。\n\n第二条 本法自2024年7月1日起施行。\n");
    assert_int_equal(facts.issued, 20231229);
    assert_int_equal(facts.effective, 20240701);
    facts = facts_of(arena, "规则(2019-03-02).md",
                     "# 规则\n\n2004年4月30日 国务院令第406号公布\n\n<!-- INFO END -->\n\n"
                     "第一条 甲。\n\n第二条 本规则自2004年7月1日起施行。\n");
    assert_int_equal(facts.issued, 20190302); /* the file is of a later version than its note */
    assert_int_equal(facts.effective, 20190302);
    zd_arena_free(arena);
}

static void test_terms_of_things_are_not_the_texts_own(void **state)
{
    struct zd_arena *arena = parse_arena();
    struct zd_facts facts =
        facts_of(arena, "办法.md",
                 "# 养犬办法\n\n第一条 养犬登记证有效期一年，自发证之日起计算。\n\n"
                 "第二条 居住证自2020年1月1日起施行电子化的，有效期至2021年1月1日。\n\n"
                 "第三条 本办法自2022年3月1日起施行。\n\n甲县人民政府\n2022年2月1日\n");

    (void)state;
    assert_int_equal(facts.expires, 0);
    assert_int_equal(facts.effective, 20220301);
    zd_arena_free(arena);
}

static void test_a_repeal_of_many_is_told_apart(void **state)
{
    struct zd_arena *arena = parse_arena();
    struct zd_facts facts =
        facts_of(arena, "决定.md",
                 "# 甲市人民政府关于废止部分文件的决定\n\n现决定废止下列文件：\n\n"
                 "1.《甲市停车办法》（甲政发〔2010〕3号）；\n"
                 "2.《甲市养犬规定》第三条；\n3.《甲市水价办法》。\n\n"
                 "本决定自公布之日起施行。\n\n甲市人民政府\n2022年3月25日\n");

    (void)state;
    assert_true(facts.repeals_only);
    assert_int_equal(facts.n_supersedes, 3);
    assert_true(holds(&facts, ZD_STR("甲市停车办法")));
    assert_true(holds(&facts, ZD_STR("甲政发〔2010〕3号")));
    assert_true(holds(&facts, ZD_STR("甲市水价办法")));
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_the_facts_of_every_pair),
        cmocka_unit_test(test_a_revised_law_holds_from_its_revision),
        cmocka_unit_test(test_terms_of_things_are_not_the_texts_own),
        cmocka_unit_test(test_a_repeal_of_many_is_told_apart),
    };

    zd_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
