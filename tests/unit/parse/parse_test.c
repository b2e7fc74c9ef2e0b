/* The face of the room: what is refused and why, every cap at it and one above, JSON lines, places
 * inside an article, and the keys of titles. */
#include "parse_case.h"

#include <stdlib.h>

#include "base/json.h"

static void test_names_the_kind_it_refuses(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } rows[] = {
        {"", 0, "empty"},
        {" \n\t\n", 4, "no text"},
        {"%PDF-1.7", 8, "PDF"},
        {"PK\3\4....", 8, "ZIP"},
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", 12, "Office"},
        {"\x89PNG\r\n\x1a\n....", 12, "damaged"},
        {"\x1F\x8B\x08\x00....", 8, "gzip"},
        {"\x7F"
         "ELF....",
         8, "ELF"},
        {"{\\rtf1 }", 8, "no text"},
        {"{\"id\":\"a\"}\n{\"id\":\"b\"}\n", 22, "--jsonl"},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_refused(rows[i].bytes, rows[i].n, "a.md", ZD_INVALID, rows[i].says);
}

static void repeat(struct zd_buf *out, const char *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        zd_buf_c(out, words);
}

static void assert_page(struct zd_buf *page, const char *limit)
{
    if (limit)
        assert_refused(page->p, page->n, "a.html", ZD_LIMIT, limit);
    else
        (void)parse_text(parse_arena(), "a.html", zd_buf_cstr(page));
    zd_buf_clear(page);
}

static void test_holds_the_caps_of_a_page(void **state)
{
    struct zd_buf page = {.max = ZD_MiB};

    (void)state;
    zd_buf_c(&page, "<html>"); /* the root is open too */
    repeat(&page, "<div>", ZD_HTML_MAX_DEPTH - 1);
    zd_buf_c(&page, "深处。");
    assert_refused("<html>", 0, "a.html", ZD_INVALID, "empty");
    {
        struct zd_arena *arena = parse_arena();

        (void)parse_text(arena, "a.html", zd_buf_cstr(&page));
        zd_arena_free(arena);
    }
    zd_buf_clear(&page);
    zd_buf_c(&page, "<html>");
    repeat(&page, "<div>", ZD_HTML_MAX_DEPTH);
    zd_buf_c(&page, "深处。");
    assert_page(&page, "open at once");
    zd_buf_c(&page, "<html><p");
    repeat(&page, " a=1", ZD_HTML_MAX_ATTRIBUTES + 1);
    zd_buf_c(&page, ">文。</p>");
    assert_page(&page, "attributes");
    zd_buf_done(&page);
}

static void test_keeps_a_table_within_its_columns(void **state)
{
    struct zd_buf page = {.max = ZD_MiB};
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed;

    (void)state;
    zd_buf_c(&page, "<table><tr><th>甲</th><th>乙</th></tr><tr>");
    repeat(&page, "<td>格</td>", ZD_TABLE_MAX_COLUMNS + 9);
    zd_buf_c(&page, "</tr></table>");
    parsed = parse_text(arena, "a.html", zd_buf_cstr(&page));
    for (size_t i = 0; i < parsed.blocks.n; i++)
        assert_true(parsed.blocks.p[i].n_cells <= ZD_TABLE_MAX_COLUMNS);
    zd_buf_done(&page);
    zd_arena_free(arena);
}

static void test_refuses_more_passages_than_allowed(void **state)
{
    struct zd_buf text = {.max = 64 * ZD_MiB};

    (void)state;
    zd_buf_c(&text, "# 题\n");
    for (unsigned i = 0; i <= ZD_DOCUMENT_MAX_PASSAGES; i++)
        zd_buf_printf(&text, "## 节%u\n文%u。\n", i, i);
    assert_false(text.bad);
    assert_refused(text.p, text.n, "a.md", ZD_LIMIT, "passages");
    zd_buf_done(&text);
}

/* A refusal and a reading leave the same bytes behind, whatever was read before. */
static void test_reads_alike_twice(void **state)
{
    static const char text[] = "# 办法\n\n第一条 甲。\n\n第二条 乙：\n（一）丙；\n（二）丁。\n";
    struct zd_buf first = {.max = ZD_MiB}, second = {.max = ZD_MiB};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct zd_arena *arena = parse_arena();
        struct zd_parsed parsed = parse_text(arena, "a.md", text);

        dump_passages(&parsed, i ? &second : &first);
        zd_arena_free(arena);
    }
    assert_string_equal(zd_buf_cstr(&first), zd_buf_cstr(&second));
    zd_buf_done(&first);
    zd_buf_done(&second);
}

/* Every allocation fails once: an error or the same passages, never a crash or half a result. */
static void test_survives_every_failing_allocation(void **state)
{
    static const char text[] =
        "<!DOCTYPE html><title>题</title><h1>办法</h1><table><tr><th>甲<th>乙<tr><td>1<td>2</table>"
        "<p>第一条 甲《乙》同时废止。</p><p>本办法自2021年1月1日起施行。</p>";
    struct zd_buf whole = {.max = ZD_MiB}, now = {.max = ZD_MiB};
    unsigned n_failed = 0, n_right = 0;
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = parse_text(arena, "a.html", text);

    (void)state;
    dump_passages(&parsed, &whole);
    zd_arena_free(arena);
    for (uint64_t nth = 1; nth < 600 && n_right < 100; nth++) {
        struct zd_error err = {0};
        enum zd_status st;

        arena = parse_arena();
        parsed = (struct zd_parsed){0};
        zd_alloc_fail_at(nth);
        st = zd_parse_file((struct zd_bytes){(const uint8_t *)text, sizeof text - 1},
                           ZD_STR("a.html"), arena, &parsed, &err);
        zd_alloc_fail_at(0);
        if (st != ZD_OK) {
            assert_null(parsed.passages.p);
            assert_true(err.what[0] != 0);
            n_failed++;
            n_right = 0;
        } else {
            zd_buf_clear(&now);
            dump_passages(&parsed, &now);
            if (strcmp(zd_buf_cstr(&now), zd_buf_cstr(&whole)) != 0)
                fail_msg("allocation %u failed unseen:\n%s", (unsigned)nth, zd_buf_cstr(&now));
            n_right++;
        }
        zd_arena_free(arena);
    }
    print_message("  %u allocations failed and were told\n", n_failed);
    assert_true(n_failed > 20);
    zd_buf_done(&whole);
    zd_buf_done(&now);
}

/* ---- JSON lines ---- */

static void assert_line(const char *line, enum zd_status status, const char *says)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = {0};
    struct zd_error err = {0};
    struct zd_str id = {0};

    assert_int_equal(zd_parse_json_line(zd_str_c(line), arena, &id, &parsed, &err), status);
    if (says && !strstr(err.what, says))
        fail_msg("%s: \"%s\" does not say \"%s\"", line, err.what, says);
    zd_arena_free(arena);
}

static void test_takes_one_document_from_a_line(void **state)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = {0};
    struct zd_buf out = {.max = ZD_MiB};
    struct zd_str id = {0};

    (void)state;
    assert_int_equal(zd_parse_json_line(
                         ZD_STR("{\"id\":\"a7\",\"title\":\"甲法\",\"headings\":[\"第一编 总则\","
                                "\"第一章\"],\"number\":\"第十七条之一\",\"text\":\"甲。\\n乙。\","
                                "\"effective\":\"2021-01-01\",\"other\":1}"),
                         arena, &id, &parsed, NULL),
                     ZD_OK);
    assert_true(zd_str_eq(id, ZD_STR("a7")));
    dump_passages(&parsed, &out);
    assert_string_equal(zd_buf_cstr(&out),
                        "clause | 第一编 总则 > 第一章 | 第十七条之一 | 甲。⏎乙。 | \n");
    assert_int_equal(parsed.facts.effective, 20210101);
    assert_true(zd_str_eq(parsed.facts.title, ZD_STR("甲法")));
    zd_buf_done(&out);
    zd_arena_free(arena);
    assert_line("{\"text\":\"甲\"}", ZD_INVALID, "\"id\"");
    assert_line("{\"id\":\"a\"}", ZD_INVALID, "\"text\"");
    assert_line("{\"id\":\"a\",\"text\":\" \"}", ZD_INVALID, "no text");
    assert_line("{\"id\":7,\"text\":\"甲\"}", ZD_INVALID, "\"id\" is not a string");
    assert_line("{\"id\":\"a\",\"text\":\"甲\",\"effective\":\"2021-13-01\"}", ZD_INVALID,
                "\"effective\"");
    assert_line("{\"id\":\"a\",\"text\":\"甲\",\"headings\":[1]}", ZD_INVALID, "\"headings\"");
    assert_line("[]", ZD_INVALID, "not a JSON object");
    assert_line("{\"id\":\"a\",\"text\":\"甲\"", ZD_INVALID, NULL);
}

/* ---- places and keys ---- */

static void test_tells_paragraph_and_item(void **state)
{
    static const char text[] =
        "甲应当登记。\n有下列情形之一的：\n（一）乙；\n（二）丙：\n1.丁；\n2.戊。\n己。";
    static const struct {
        const char *at, *place;
    } rows[] = {{"甲", "第一款"},
                {"有下列", "第二款"},
                {"乙", "第二款第（一）项"},
                {"丙", "第二款第（二）项"},
                {"戊", "第二款第（二）项第2目"},
                {"己", "第三款"}};
    struct zd_arena *arena = parse_arena();

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str place =
            zd_clause_place(zd_str_c(text), (uint32_t)(strstr(text, rows[i].at) - text), arena);

        assert_true(zd_str_eq(place, zd_str_c(rows[i].place)));
    }
    assert_int_equal(zd_clause_place(ZD_STR("只有一款。"), 3, arena).n, 0);
    assert_true(
        zd_str_eq(zd_clause_place(ZD_STR("下列：\n（一）甲。"), 12, arena), ZD_STR("第（一）项")));
    zd_arena_free(arena);
}

static void test_titles_of_one_text_share_a_key(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"中华人民共和国公司法", "公司法", true}, {"《停车办法》", "停车办法（2023年修订）", true},
        {"停车办法（试行）", "停车办法", true},   {"停车 办法(2021-12-24)", "停车办法", true},
        {"停車辦法", "停车办法", true},           {"停车暂行办法", "停车办法", false},
        {"修正案（一）", "修正案（二）", false},  {"停车条例", "停车办法", false},
    };
    struct zd_arena *arena = parse_arena();

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        bool same = zd_str_eq(zd_title_key(zd_str_c(rows[i].a), arena),
                              zd_title_key(zd_str_c(rows[i].b), arena));

        if (same != rows[i].same)
            fail_msg("%s and %s: %s", rows[i].a, rows[i].b, same ? "one key" : "two keys");
    }
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_kind_it_refuses),
        cmocka_unit_test(test_holds_the_caps_of_a_page),
        cmocka_unit_test(test_keeps_a_table_within_its_columns),
        cmocka_unit_test(test_refuses_more_passages_than_allowed),
        cmocka_unit_test(test_reads_alike_twice),
        cmocka_unit_test(test_survives_every_failing_allocation),
        cmocka_unit_test(test_takes_one_document_from_a_line),
        cmocka_unit_test(test_tells_paragraph_and_item),
        cmocka_unit_test(test_titles_of_one_text_share_a_key),
    };

    zd_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
