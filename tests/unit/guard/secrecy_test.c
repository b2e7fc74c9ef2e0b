#include "guard/secrecy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_tells_marks_from_mentions(void **state)
{
    static const struct {
        const char *text;
        enum zd_secrecy level;
    } rows[] = {
        {"机密★1年\n云岫市人民政府文件", ZD_SECRECY_CONFIDENTIAL},
        {"000012\n绝密★长期\n特急\n", ZD_SECRECY_TOP},
        {"秘 密 ★ 6 个 月", ZD_SECRECY_SECRET},
        {"機密☆十年", ZD_SECRECY_CONFIDENTIAL},
        {"关于报送情况的通知  机密★5年", ZD_SECRECY_CONFIDENTIAL},
        {"【秘密★1年】关于报送情况的通知", ZD_SECRECY_SECRET},
        {"| 绝密★ | 000001 |", ZD_SECRECY_TOP},
        {"绝密★启用前\n2026年考试试题", ZD_SECRECY_TOP},
        {"特急 机密\n\n关于", ZD_SECRECY_CONFIDENTIAL},
        {"机密\n特急\n云岫市人民政府", ZD_SECRECY_CONFIDENTIAL},
        {"标题\n密级：秘密  保密期限：10年", ZD_SECRECY_SECRET},
        {"文件密级：机密\n", ZD_SECRECY_CONFIDENTIAL},
        {"秘密★1年\n正文\n绝密★30年", ZD_SECRECY_TOP},
        {"机密*3年\n", ZD_SECRECY_CONFIDENTIAL},
        {"\f机密\n第二页", ZD_SECRECY_CONFIDENTIAL},
        {"第一页\n\n机密★2年\n", ZD_SECRECY_CONFIDENTIAL},
        {"", ZD_SECRECY_NONE},
        {"国家秘密的密级分为绝密、机密、秘密三级。", ZD_SECRECY_NONE},
        {"绝密、机密、秘密三级国家秘密的保密期限", ZD_SECRECY_NONE},
        {"保守商业秘密\n不得泄露个人隐私。", ZD_SECRECY_NONE},
        {"泄露国家秘密的，依法处理。", ZD_SECRECY_NONE},
        {"密级：绝密、机密、秘密", ZD_SECRECY_NONE},
        {"应当标注密级和保密期限，例如“秘密★1年”。", ZD_SECRECY_NONE},
        {"标注方式为“机密★10年”，放在左上角", ZD_SECRECY_NONE},
        {"**机密**信息不得外传", ZD_SECRECY_NONE},
        {"商业秘密", ZD_SECRECY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        const struct zd_secrecy_mark mark = zd_secrecy_find(zd_str_c(rows[i].text), false);

        if (mark.level != rows[i].level)
            print_message("  %s\n", rows[i].text);
        assert_int_equal(mark.level, rows[i].level);
        assert_true(mark.level == ZD_SECRECY_NONE || mark.start < mark.end);
    }
}

/* As recognition gives what is printed: the star is read as a character, or not at all. */
static void test_sees_marks_whose_star_was_misread(void **state)
{
    static const struct {
        const char *text;
        enum zd_secrecy level, recognised; /* as a text of characters, as one from pictures */
    } rows[] = {
        {"机密女10年\n云岫市人民政府文件", ZD_SECRECY_CONFIDENTIAL, ZD_SECRECY_CONFIDENTIAL},
        {"000012\n绝密妈长期\n特急\n", ZD_SECRECY_TOP, ZD_SECRECY_TOP},
        {"秘密启用前\n试题", ZD_SECRECY_SECRET, ZD_SECRECY_SECRET},
        {"000003 特急 秘 密 友 6 个 月", ZD_SECRECY_SECRET, ZD_SECRECY_SECRET},
        {"绝密妇\n关于", ZD_SECRECY_NONE, ZD_SECRECY_TOP},
        {"第一页\n\f机密妇\n", ZD_SECRECY_NONE, ZD_SECRECY_CONFIDENTIAL},
        {"绝密妈10人年\n云岫市", ZD_SECRECY_NONE, ZD_SECRECY_TOP},
        {"机密文件保存10年以上\n", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
        {"机密文件\n", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
        {"秘密三级\n", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
        {"保密期限：秘密级不超过10年", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
        {"国家秘密的10年\n", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
        {"商业秘密\n", ZD_SECRECY_NONE, ZD_SECRECY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        const struct zd_str text = zd_str_c(rows[i].text);

        assert_int_equal(zd_secrecy_find(text, false).level, rows[i].level);
        assert_int_equal(zd_secrecy_find(text, true).level, rows[i].recognised);
    }
}

static void test_names_the_bytes_of_the_mark(void **state)
{
    const struct zd_str text = ZD_STR("标题\n机 密 ★ 1 年 \n正文");
    const struct zd_secrecy_mark mark = zd_secrecy_find(text, false);

    (void)state;
    assert_true(zd_str_eq(zd_str_cut(text, mark.start, mark.end), ZD_STR("机 密 ★ 1 年")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_marks_from_mentions),
        cmocka_unit_test(test_sees_marks_whose_star_was_misread),
        cmocka_unit_test(test_names_the_bytes_of_the_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
