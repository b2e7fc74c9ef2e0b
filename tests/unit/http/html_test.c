#include "http/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_fills_holes_with_escaped_text(void **state)
{
    struct zd_buf out = {.max = 4096};

    (void)state;
    ZD_HTML(&out, "<a href=\"{}\">{}</a>{}", ZD_STR("/?a=1&b=\"'"), ZD_STR("<b>{}</b>"),
            ZD_STR(""));
    assert_string_equal(zd_buf_cstr(&out), "<a href=\"/?a=1&amp;b=&quot;&#39;\">"
                                           "&lt;b&gt;{}&lt;/b&gt;</a>");
    zd_buf_done(&out);
}

static void test_no_byte_of_a_text_can_end_element_or_attribute(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        struct zd_buf out = {.max = 64};

        zd_html_escape(&out, (struct zd_str){&byte, 1});
        assert_null(memchr(out.p, '<', out.n));
        assert_null(memchr(out.p, '>', out.n));
        assert_null(memchr(out.p, '"', out.n));
        assert_null(memchr(out.p, '\'', out.n));
        assert_null(memchr(out.p, '\0', out.n));
        assert_true(c == '&' ? out.n == 5 : true);
        zd_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_holes_with_escaped_text),
        cmocka_unit_test(test_no_byte_of_a_text_can_end_element_or_attribute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
