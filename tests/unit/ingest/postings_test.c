#include "ingest/postings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/text.h"

struct want {
    uint64_t p[256];
    size_t n;
};

static bool take(void *context, const struct zd_token *token)
{
    struct want *want = context;

    want->p[want->n++] = token->term;
    return true;
}

/* The slow, obvious way: fold and cut the whole field. */
static void assert_terms(const struct zd_index_passage *got, enum zd_field field, const char *text)
{
    struct zd_buf folded = {.max = 4096};
    struct want want = {0};

    zd_text_fold(zd_str_c(text), &folded);
    zd_tokens(zd_buf_view(&folded), take, &want);
    assert_int_equal(got->n_terms[field], want.n);
    if (want.n > 0)
        assert_memory_equal(got->terms[field], want.p, want.n * sizeof want.p[0]);
    zd_buf_done(&folded);
}

static void test_fields_hold_what_the_header_says(void **state)
{
    static const struct {
        const char *title, *path, *context, *number, *text, *headings, *body;
    } rows[] = {
        {"停車办法", "总则", "", "第一条", "收费5元。", "总则\n", "第一条\n收费5元。"},
        {"停車办法", "总则", "", "第二条", "免费。", "总则\n", "第二条\n免费。"},
        {"停車办法", "总则", "表头", "", "免费。", "总则\n表头", "\n免费。"},
        {"养犬办法", "总则", "表头", "", "", "总则\n表头", ""},
        {"", "", "", "", "ＡＢＣ 2024", "", "ABC 2024"},
        {"停車办法", "", "总则", "", "免费。", "\n总则", "\n免费。"},
    };
    struct zd_postings *postings = zd_postings_new();

    (void)state;
    assert_non_null(postings);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        const struct zd_stored_passage passage = {.path = zd_str_c(rows[i].path),
                                                  .context = zd_str_c(rows[i].context),
                                                  .number = zd_str_c(rows[i].number),
                                                  .text = zd_str_c(rows[i].text)};
        struct zd_index_passage got = {.id = 7, .attributes.group = 9};

        assert_int_equal(zd_postings_of(postings, zd_str_c(rows[i].title), &passage, &got, NULL),
                         ZD_OK);
        assert_terms(&got, ZD_FIELD_TITLE, rows[i].title);
        assert_terms(&got, ZD_FIELD_HEADINGS, rows[i].headings);
        assert_terms(&got, ZD_FIELD_BODY, rows[i].body);
        assert_int_equal(got.id, 7);
        assert_int_equal(got.attributes.group, 9);
    }
    zd_postings_free(postings);
}

/* A text that is named in 《》 can be counted, however its title is spelt. */
static void test_the_body_holds_the_titles_it_names(void **state)
{
    const struct zd_stored_passage passage = {
        .text = ZD_STR("依照《中华人民共和国公司法》和《停车办法（试行）》办理，《没有结尾")};
    struct zd_postings *postings = zd_postings_new();
    struct zd_index_passage got = {0};
    size_t n;

    (void)state;
    assert_non_null(postings);
    assert_int_equal(zd_postings_of(postings, ZD_STR("办法"), &passage, &got, NULL), ZD_OK);
    n = got.n_terms[ZD_FIELD_BODY];
    assert_true(n > 2);
    assert_true(got.terms[ZD_FIELD_BODY][n - 2] == zd_title_term(ZD_STR("公司法")));
    assert_true(got.terms[ZD_FIELD_BODY][n - 1] == zd_title_term(ZD_STR("停车办法")));
    zd_postings_free(postings);
}

/* After a failure nothing half is kept: the next call is right again. */
static void test_a_failed_allocation_spoils_nothing(void **state)
{
    const struct zd_stored_passage passage = {.path = ZD_STR("总则"), .text = ZD_STR("收费五元。")};

    (void)state;
    for (uint64_t nth = 1; nth < 30; nth++) {
        struct zd_postings *postings = zd_postings_new();
        struct zd_index_passage got = {0};
        enum zd_status st;

        assert_non_null(postings);
        zd_alloc_fail_at(nth);
        st = zd_postings_of(postings, ZD_STR("办法"), &passage, &got, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || st == ZD_NOMEM);
        assert_int_equal(zd_postings_of(postings, ZD_STR("办法"), &passage, &got, NULL), ZD_OK);
        assert_terms(&got, ZD_FIELD_TITLE, "办法");
        assert_terms(&got, ZD_FIELD_HEADINGS, "总则");
        assert_terms(&got, ZD_FIELD_BODY, "收费五元。");
        zd_postings_free(postings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_hold_what_the_header_says),
        cmocka_unit_test(test_the_body_holds_the_titles_it_names),
        cmocka_unit_test(test_a_failed_allocation_spoils_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
