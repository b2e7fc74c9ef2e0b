/* The frame comes back as it went in, and nothing else is believed: every cut and many damaged bytes
 * of a whole frame are refused or still give a result that holds. */
#include "parse_case.h"

#include <stdlib.h>

#include "parse/frame.h"

static const char page[] =
    "<div style='display:none'>内部★资料</div><h1>某市收费公告</h1><p>某市财政局 "
    "2024年3月1日</p><p>自2024年5月1日起施行。</p>"
    "<table><tr><th>项目</th><th>标准（元）</th></tr><tr><td>首次申领</td><td>10</td></tr>"
    "<tr><td>补领</td><td>20</td></tr></table>";

static void write_page(struct zd_arena *arena, struct zd_buf *out)
{
    struct zd_parsed parsed = parse_text(arena, "a.html", page);

    zd_frame_write(out, ZD_OK, ZD_STR("编号"), &parsed, NULL);
    assert_false(out->bad);
}

static enum zd_status read_frame(struct zd_bytes b, struct zd_arena *arena,
                                 struct zd_parsed *parsed, struct zd_error *err)
{
    struct zd_str id = {0};
    size_t at = 0;

    return zd_frame_read(b, &at, arena, &id, parsed, err);
}

static void test_comes_back_as_it_went(void **state)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed before = parse_text(arena, "a.html", page), after = {0};
    struct zd_buf out = {.max = ZD_FRAME_MAX_BYTES}, one = {.max = ZD_MiB}, two = {.max = ZD_MiB};
    struct zd_str id = {0};
    size_t at = 0;

    (void)state;
    before.blocks.reading.n_pages = 7;
    before.blocks.reading.n_left_out[ZD_LEFT_OUT_HIDDEN] = 3;
    zd_frame_write(&out, ZD_OK, ZD_STR("编号"), &before, NULL);
    assert_int_equal(zd_frame_read((struct zd_bytes){out.p, out.n}, &at, arena, &id, &after, NULL),
                     ZD_OK);
    assert_int_equal(at, out.n);
    assert_true(zd_str_eq(id, ZD_STR("编号")));
    dump_passages(&before, &one);
    dump_passages(&after, &two);
    assert_true(zd_str_eq(zd_buf_view(&one), zd_buf_view(&two)));
    assert_true(zd_str_eq(before.facts.issuer, after.facts.issuer));
    assert_true(zd_str_eq(after.blocks.aside, ZD_STR("内部★资料\n")));
    assert_int_equal(after.facts.effective, 20240501);
    assert_int_equal(after.blocks.reading.n_pages, 7);
    assert_int_equal(after.blocks.reading.n_tables, 1);
    assert_int_equal(after.blocks.reading.n_left_out[ZD_LEFT_OUT_HIDDEN], 3);
    assert_int_equal(after.passages.p[after.passages.n - 1].row, 3);
    assert_int_equal(after.passages.p[after.passages.n - 1].n_cells, 2);
    assert_true(zd_str_eq(after.passages.p[after.passages.n - 1].cells[1].header_path,
                          ZD_STR("标准（元）")));
    zd_buf_done(&one);
    zd_buf_done(&two);
    zd_buf_done(&out);
    zd_arena_free(arena);
}

static void test_brings_a_failure(void **state)
{
    struct zd_buf out = {.max = ZD_MiB};
    struct zd_arena *arena = parse_arena();
    struct zd_error why = {.status = ZD_LIMIT, .at = 5, .what = "too deep"}, err = {0};
    struct zd_parsed parsed = {0};

    (void)state;
    zd_frame_write(&out, ZD_LIMIT, ZD_STR(""), NULL, &why);
    assert_int_equal(read_frame((struct zd_bytes){out.p, out.n}, arena, &parsed, &err), ZD_LIMIT);
    assert_string_equal(err.what, "too deep");
    assert_int_equal(err.at, 5);
    zd_buf_clear(&out);
    why.status = ZD_IO; /* a worker cannot make the server believe that the disk failed */
    zd_frame_write(&out, ZD_IO, ZD_STR(""), NULL, &why);
    assert_int_equal(read_frame((struct zd_bytes){out.p, out.n}, arena, &parsed, &err), ZD_CORRUPT);
    zd_buf_done(&out);
    zd_arena_free(arena);
}

static void test_refuses_every_cut(void **state)
{
    struct zd_buf out = {.max = ZD_FRAME_MAX_BYTES};
    struct zd_arena *arena = parse_arena();

    (void)state;
    write_page(arena, &out);
    for (size_t n = 0; n < out.n; n++) {
        struct zd_parsed parsed = {0};

        assert_int_equal(read_frame((struct zd_bytes){out.p, n}, arena, &parsed, NULL),
                         ZD_NOT_FOUND);
        /* the same with a head that says it is whole */
        if (n < ZD_FRAME_HEAD_BYTES)
            continue;
        for (size_t i = 0; i < 4; i++)
            out.p[4 + i] = (uint8_t)((n - ZD_FRAME_HEAD_BYTES) >> (8 * i));
        assert_int_equal(read_frame((struct zd_bytes){out.p, n}, arena, &parsed, NULL), ZD_CORRUPT);
        for (size_t i = 0; i < 4; i++)
            out.p[4 + i] = (uint8_t)((out.n - ZD_FRAME_HEAD_BYTES) >> (8 * i));
    }
    zd_buf_done(&out);
    zd_arena_free(arena);
}

/* Spans, counts and texts are all of what a byte can be part of. */
static void test_survives_every_damaged_byte(void **state)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xFF};
    struct zd_buf out = {.max = ZD_FRAME_MAX_BYTES};
    struct zd_arena *arena = parse_arena();
    size_t n_refused = 0;

    (void)state;
    write_page(arena, &out);
    for (size_t i = 0; i < out.n; i++)
        for (size_t k = 0; k < sizeof masks; k++) {
            struct zd_arena *fresh = zd_arena_new(16 * ZD_MiB);
            struct zd_parsed parsed = {0};
            struct zd_error err = {0};

            assert_non_null(fresh);
            out.p[i] ^= masks[k];
            if (read_frame((struct zd_bytes){out.p, out.n}, fresh, &parsed, &err) != ZD_OK) {
                assert_true(err.what[0] != '\0');
                n_refused++;
            }
            for (size_t j = 0; j < parsed.passages.n; j++)
                assert_true(parsed.passages.p[j].end <= parsed.blocks.text.n);
            out.p[i] ^= masks[k];
            zd_arena_free(fresh);
        }
    print_message("%zu of %zu damaged frames refused\n", n_refused, out.n * sizeof masks);
    assert_true(n_refused * 2 > out.n * sizeof masks);
    zd_buf_done(&out);
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back_as_it_went),
        cmocka_unit_test(test_brings_a_failure),
        cmocka_unit_test(test_refuses_every_cut),
        cmocka_unit_test(test_survives_every_damaged_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
