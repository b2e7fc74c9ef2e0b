#include "text/text.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/caps.h"
#include "base/utf8.h"

/* Texts of every kind an office has: rules, guides, tables, news, names, numbers. */
static const char *const simplified[] = {
    "第一条　为了规范城市道路停车管理，保障道路交通安全、有序、畅通，根据有关法律、法规，制定本办法"
    "。",
    "申请人应当提交下列材料：（一）身份证明；（二）住所证明；（三）近三个月的收入证明。",
    "办理时限：自受理之日起五个工作日。收费标准：不收费。咨询电话：0999-80066123。",
    "窗口上午九点开门，下午五点半下班，中午不休息，星期六可以预约，法定节假日除外。",
    "云岫市人民政府办公室关于印发《云岫市养犬管理若干规定》的通知，各区县人民政府：",
    "请问孩子户口在外地，能不能在这里上小学？需要准备哪些东西，要不要交借读费？",
    "公司注册资本由全体股东认缴，股东应当按期足额缴纳公司章程规定的各自所认缴的出资额。",
    "序号\t名称\t地址\t电话\n1\t东屏区政务服务中心\t东屏路18号\t80061100\n2\t石梁县民政局\t解放街3"
    "号\t80063321",
    "增值税小规模纳税人发生应税销售行为，合计月销售额未超过10万元（季度30万元）的，免征增值税。",
    "秋天的湿地公园里，芦苇摇曳，白鹭低飞，孩子们举着望远镜，数着远处沙洲上的候鸟。",
    "张伟、王芳、李娜、刘洋、陈静、杨勇、赵磊、黄敏、周杰、吴秀英、徐丽、孙涛等十二人出席会议。",
    "报关单填制错误（代码E2005）：收发货人与备案不一致，请核对海关编码后重新申报，并上传合同和发票"
    "。",
    "二、资金来源：中央财政补助35%，省级配套25%，其余由县级财政预算安排；专款专用，不得挪作他用。",
    "对行政处罚决定不服的，可以在收到决定书之日起六十日内申请行政复议，或者六个月内提起诉讼。",
    "患者持社保卡和转诊单就医，起付线以上、封顶线以下的合规费用，由统筹基金按比例报销。",
};
static const char *const traditional[] = {
    "第一條　為了規範城市道路停車管理，保障道路交通安全、有序、暢通，根據有關法律、法規，制定本辦法"
    "。",
    "申請人應當提交下列材料：（一）身份證明；（二）住所證明；（三）近三個月的收入證明。",
    "辦理時限：自受理之日起五個工作日。收費標準：不收費。諮詢電話：0999-80066123。",
    "窗口上午九點開門，下午五點半下班，中午不休息，星期六可以預約，法定節假日除外。",
    "請問孩子戶口在外地，能不能在這裡上小學？需要準備哪些東西，要不要交借讀費？",
    "公司註冊資本由全體股東認繳，股東應當按期足額繳納公司章程規定的各自所認繳的出資額。",
    "序號\t名稱\t地址\t電話\n1\t東屏區政務服務中心\t東屏路18號\t80061100\n2\t石梁縣民政局\t解放街3"
    "號\t80063321",
    "秋天的濕地公園裡，蘆葦搖曳，白鷺低飛，孩子們舉著望遠鏡，數著遠處沙洲上的候鳥。",
    "張偉、王芳、李娜、劉洋、陳靜、楊勇、趙磊、黃敏、周傑、吳秀英、徐麗、孫濤等十二人出席會議。",
    "報關單填製錯誤（代碼E2005）：收發貨人與備案不一致，請核對海關編碼後重新申報，並上傳合約和發票"
    "。",
    "對行政處罰決定不服的，可以在收到決定書之日起六十日內申請行政覆議，或者六個月內提起訴訟。",
    "病人持健保卡和轉診單就醫，起付線以上、封頂線以下的合規費用，由統籌基金按比例給付。",
    "圖書館週末開放至晚上九點，讀者憑證入場，請勿飲食、喧嘩，違者由館員勸導離開。",
};

struct encoding {
    const char *iconv_name, *bom;
    size_t bom_bytes;
    const char *found;
};

static const struct encoding for_all[] = {
    {"UTF-8", "", 0, "UTF-8"},
    {"UTF-8", "\xEF\xBB\xBF", 3, "UTF-8"},
    {"UTF-16LE", "\xFF\xFE", 2, "UTF-16LE"},
    {"UTF-16BE", "\xFE\xFF", 2, "UTF-16BE"},
    {"GB18030", "", 0, "GB18030"},
};
static const struct encoding for_traditional[] = {
    {"BIG5", "", 0, "Big5"}, {"CP950", "", 0, "Big5"}, {"BIG5-HKSCS", "", 0, "Big5"}};

static bool encode(struct zd_str s, const struct encoding *to, uint8_t *out, size_t room,
                   size_t *ret_n)
{
    char source[4096], *in = source, *p = (char *)out + to->bom_bytes;
    size_t left = s.n, room_left = room - to->bom_bytes;
    iconv_t cd = iconv_open(to->iconv_name, "UTF-8");
    size_t r;

    assert_true(cd != (iconv_t)-1 && s.n <= sizeof source);
    memcpy(source, s.p, s.n);
    memcpy(out, to->bom, to->bom_bytes);
    r = iconv(cd, &in, &left, &p, &room_left);
    if (r != (size_t)-1)
        r = iconv(cd, NULL, NULL, &p, &room_left);
    assert_int_equal(iconv_close(cd), 0);
    *ret_n = room - room_left;
    return r != (size_t)-1;
}

/* Decodes the text from the encoding and compares; counts a case. Text that the encoding lacks a
 * character for is no case. */
static void check(struct zd_str s, const struct encoding *encoding, struct zd_str hint,
                  size_t *n_cases)
{
    uint8_t raw[8192];
    struct zd_buf out = {.max = 1 << 20};
    struct zd_error err = {0};
    const char *name = NULL;
    enum zd_status st;
    size_t n;

    if (!encode(s, encoding, raw, sizeof raw, &n))
        return;
    st = zd_decode((struct zd_bytes){raw, n}, hint, &out, &name, &err);
    if (st != ZD_OK || !zd_str_eq(zd_buf_view(&out), s) || strcmp(name, encoding->found) != 0)
        fail_msg("%s was read as %s: %.*s %s", encoding->iconv_name, name ? name : "nothing",
                 (int)out.n, out.p ? (const char *)out.p : "", err.what);
    zd_buf_done(&out);
    *n_cases += 1;
}

/* Each text whole and in pieces of 20 characters, in each encoding. */
static void check_text(const char *text, const struct encoding *encodings, size_t n,
                       size_t *n_cases)
{
    static const struct zd_str no_hint = {"", 0};
    struct zd_str s = zd_str_c(text);

    for (size_t k = 0; k < n; k++) {
        check(s, &encodings[k], no_hint, n_cases);
        for (size_t from = 0; zd_utf8_chars(s) >= from + 20; from += 7) {
            size_t start = zd_utf8_byte_of(s, from), end = zd_utf8_byte_of(s, from + 20);

            check(zd_str_cut(s, start, end), &encodings[k], no_hint, n_cases);
        }
    }
}

static void test_tells_encodings_by_content(void **state)
{
    size_t n_cases = 0;

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(simplified); i++)
        check_text(simplified[i], for_all, ZD_COUNT(for_all), &n_cases);
    for (size_t i = 0; i < ZD_COUNT(traditional); i++) {
        check_text(traditional[i], for_all, ZD_COUNT(for_all), &n_cases);
        check_text(traditional[i], for_traditional, ZD_COUNT(for_traditional), &n_cases);
    }
    print_message("  %zu cases\n", n_cases);
    assert_true(n_cases >= 200);
}

struct row {
    const char *name, *raw;
    size_t n;
    const char *hint, *text, *found;
};
#define RAW(literal) literal, sizeof(literal) - 1

static void test_single_cases(void **state)
{
    static const struct row rows[] = {
        {"nothing", RAW(""), "", "", "UTF-8"},
        {"only a mark", RAW("\xEF\xBB\xBF"), "", "", "UTF-8"},
        {"ASCII", RAW("abc\n"), "gbk", "abc\n", "UTF-8"},
        {"a carriage return at the end", RAW("a\r"), "", "a\n", "UTF-8"},
        {"line ends", RAW("a\r\nb\rc\n\r\n"), "", "a\nb\nc\n\n", "UTF-8"},
        {"a wrong hint on UTF-8", RAW("政务"), "gb2312", "政务", "UTF-8"},
        {"GBK 联通, valid UTF-8 by accident", RAW("\xC1\xAA\xCD\xA8"), "gb2312", "联通", "GB18030"},
        {"the same undeclared is as it reads", RAW("\xC4\xAA\xCD\xA8"), "", "\xC4\xAA\xCD\xA8",
         "UTF-8"},
        {"UTF-8 with accents, declared GBK", RAW("caf\xC3\xA9"), "gbk", "caf\xC3\xA9", "UTF-8"},
        {"four bytes of GB18030", RAW("\xBC\xAA\xC1\xD6\x95\x32\x82\x36\xB5\xC4"), "",
         "吉林\xF0\xA0\x80\x80的", "GB18030"},
        {"the wave dash of Big5", RAW("a \xA9\x50\xA4\x40\xA1\xE3\xA9\x50\xA4\xAD"), "",
         "a 周一～周五", "Big5"},
        {"UTF-16 beyond the first plane", RAW("\xFF\xFE\x42\xD8\xB7\xDF"), "", "𠮷", "UTF-16LE"},
        {"one control character",
         RAW("ab\x0C\x1B"
             "cd"),
         "",
         "ab\x0C\x1B"
         "cd",
         "UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_buf out = {.max = 4096};
        const char *name = NULL;
        struct zd_error err = {0};

        print_message("  %s\n", rows[i].name);
        assert_int_equal(zd_decode((struct zd_bytes){(const uint8_t *)rows[i].raw, rows[i].n},
                                   zd_str_c(rows[i].hint), &out, &name, &err),
                         ZD_OK);
        assert_string_equal(zd_buf_cstr(&out), rows[i].text);
        assert_string_equal(name, rows[i].found);
        zd_buf_done(&out);
    }
}

static void test_refuses_what_is_no_text_and_says_where(void **state)
{
    static const struct {
        const char *name, *raw;
        size_t n;
        uint64_t at;
        const char *says;
    } rows[] = {
        {"PNG", RAW("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), 8, "NUL byte at byte 8"},
        {"a zip", RAW("PK\3\4\24\0\6\0"), 5, "NUL"},
        {"control characters", RAW("ab\1\2\3\4\5\6\7"), 2, "7 control characters"},
        {"a damaged character", RAW("政务\xE6\x9C服务中心的办理时间是上午九点"), 6, "6 fit none"},
        {"a cut character", RAW("政务服务中心的办理时间\xE6\x9C"), 33, "33 fit none"},
        {"Latin-1", RAW("R\xE9sum\xE9 du caf\xE9"), 1, "1 fit none"},
        {"random bytes", RAW("\x9F\xC3\x28\xF8\x88\xFE\xFF\x80\x81"), 0, "0 fit none"},
        {"a mark, then damage",
         RAW("\xEF\xBB\xBF"
             "a\xFF"),
         1, "not valid UTF-8 at byte 1"},
        {"half a unit of UTF-16",
         RAW("\xFF\xFE"
             "a\0b"),
         2, "byte 2 is not UTF-16LE"},
        {"a lone surrogate",
         RAW("\xFF\xFE\x42\xD8"
             "a\0"),
         0, "byte 0 is not UTF-16LE"},
        {"NUL in UTF-16", RAW("\xFE\xFF\0a\0\0"), 0, "NUL character"},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_buf out = {.max = 4096};
        const char *name = "untouched";
        struct zd_error err = {0};

        print_message("  %s\n", rows[i].name);
        assert_int_equal(zd_decode((struct zd_bytes){(const uint8_t *)rows[i].raw, rows[i].n},
                                   ZD_STR(""), &out, &name, &err),
                         ZD_INVALID);
        assert_non_null(strstr(err.what, rows[i].says));
        assert_int_equal(err.at, rows[i].at);
        assert_string_equal(name, "untouched");
        assert_int_equal(out.n, 0);
        zd_buf_done(&out);
    }
}

static void test_keeps_the_buffers_limit(void **state)
{
    struct zd_buf out = {.max = 5};
    const char *name = NULL;

    (void)state;
    assert_int_equal(
        zd_decode((struct zd_bytes){(const uint8_t *)"abcdef", 6}, ZD_STR(""), &out, &name, NULL),
        ZD_LIMIT);
    zd_buf_done(&out);
}

static void test_survives_each_failed_allocation(void **state)
{
    enum zd_status st = ZD_NOMEM;

    (void)state;
    for (uint64_t nth = 1; st == ZD_NOMEM; nth++) {
        struct zd_buf out = {.max = 4096};
        const char *name = NULL;

        zd_alloc_fail_at(nth);
        st = zd_decode((struct zd_bytes){(const uint8_t *)RAW("\xD6\xA7\xB5\xE3")}, ZD_STR(""),
                       &out, &name, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || name == NULL);
        assert_true(nth < 50);
        zd_buf_done(&out);
    }
    assert_int_equal(st, ZD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_encodings_by_content),
        cmocka_unit_test(test_single_cases),
        cmocka_unit_test(test_refuses_what_is_no_text_and_says_where),
        cmocka_unit_test(test_keeps_the_buffers_limit),
        cmocka_unit_test(test_survives_each_failed_allocation),
    };

    return cmocka_run_group_tests_name("text/decode", tests, NULL, NULL);
}
