/* Also replays tests/golden/gloss (NN.in.txt beside NN.out.txt; adding a case is adding two
 * files) and, where the shared data is there, a real article and the real laws. */
#include "text/text.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/mapping.h"
#include "base/utf8.h"

static void clean(struct zd_str text, struct zd_buf *out, struct zd_clean_report *ret_report)
{
    struct zd_error err = {0};

    zd_buf_clear(out);
    if (zd_clean(text, out, ret_report, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

struct row {
    const char *text, *cleaned; /* NULL: as it was */
};

static void check_rows(const struct row *rows, size_t n)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report;

    for (size_t i = 0; i < n; i++) {
        print_message("  %.60s\n", rows[i].text);
        clean(zd_str_c(rows[i].text), &out, &report);
        assert_string_equal(zd_buf_cstr(&out), rows[i].cleaned ? rows[i].cleaned : rows[i].text);
    }
    zd_buf_done(&out);
}

static void test_removes_glosses_on_the_evidence_of_the_text(void **state)
{
    static const struct row rows[] = {
        {"政務(wù)服務(wù)數(shù)字化", "政務服務數字化"},
        {"今年来的(de)(de)行程", "今年来的行程"},
        {"领导(lǐngdǎo)干部(gànbù)学习(xuéxí)AI(人工智能)", "领导干部学习AI(人工智能)"},
        {"领导(ling3dao3)干部(gan4bu4)学习(xue2xi2)和(he2)", "领导干部学习和"},
        {"湖北(hubei)的(de)领导(lingdao)干部在(zai)学习(xuexi)人工智能(rengongzhineng)的(de)技术"
         "(jishu)。",
         "湖北的领导干部在学习人工智能的技术。"},
        {"领导[lǐngdǎo]干部学习【xuéxí】，技术〔jìshù〕，见[注]", "领导干部学习，技术，见[注]"},
        {"领导 (lǐngdǎo) 干部 (gànbù) 学习 (xuéxí)", "领导干部学习 "},
        {"学习(xue\xCC\x81xi\xCC\x81)技术(ji\xCC\x80shu\xCC\x80)前沿(qia\xCC\x81nya\xCC\x81n)",
         "学习技术前沿"},
        {"学习(xuéxí)技术(jìshù)变化(change)，数据(data)，李明(Li Ming)，厘米(cm)，前沿(qiányán)",
         "学习技术变化(change)，数据(data)，李明(Li Ming)，厘米(cm)，前沿"},
        {"学习(xuéxí)技术(jìshù)【(湖北日报(húběirìbào)全媒记者 摄)】",
         "学习技术【(湖北日报全媒记者 摄)】"},
        {"学习(xuéxí)技术(jìshù)前沿(qiányán)，事儿(shir)，陕西先(xian)进，项目(Zhōngguó)",
         "学习技术前沿，事儿，陕西先进，项目(Zhōngguó)"},
        {"学习(xuéxí)技术(jìshù)前沿(qiányán)，数(shu\xCC\x81\xCC\x80)",
         "学习技术前沿，数(shu\xCC\x81\xCC\x80)"},
        {"学习(xuéxí)技术(jìshù)前沿(qiányán)，[企业](qiye)", "学习技术前沿，[企业](qiye)"},
    };

    (void)state;
    check_rows(rows, ZD_COUNT(rows));
}

static void test_keeps_an_authors_brackets(void **state)
{
    static const struct row rows[] = {
        {"豇(jiāng)豆、蛏(chēng)子、泥蚶(hān)上市", NULL},
        {"六(lù)安、单(shàn)县、乐(yuè)清、大(dài)城、番(pān)禺的读音要注意", NULL},
        {"石堡(Shípù)、绿塘(Lǜtáng)、西安(Xī'ān)", NULL},
        {"张三(zhangsan)、李四(lisi)、王五(wangwu)、赵六(zhaoliu)、孙七(sunqi)、周八(zhouba)",
         NULL},
        {"世界卫生组织(WHO)、李明(Li Ming)、一氧化碳(CO)、甲烷(CH4)、f(x)、(a)、(b)", NULL},
        {"领导(lǐngdǎo)干部带头学习，这一处注音是作者自己的，全文只有这一处，所以留下来。", NULL},
        {"((((((((((领导((((((", NULL},
        {"()（）(，)( )", NULL},
        {"", NULL},
        {"\n\n", NULL},
        {"没有行尾", NULL},
    };

    (void)state;
    check_rows(rows, ZD_COUNT(rows));
}

#define BODY                                                                                                \
    "秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起队。\n" \
    "今年收购价格每斤一元四角二分，水分超过标准的，由库里免费烘干。\n"       \
    "农户可以通过手机预约，避免长时间等候。\n"

static void test_leaves_one_title_and_one_body(void **state)
{
    static const struct row rows[] = {
        {"秋粮收购开秤\n秋粮收购开秤\n秋粮收购开秤" BODY, "秋粮收购开秤\n" BODY},
        {"秋粮收购开秤\n" BODY BODY, "秋粮收购开秤\n" BODY},
        {"秋粮收购开秤\n" BODY "\n秋粮收购开秤\n\n" BODY "相关推荐\n别的文章\n",
         "秋粮收购开秤\n" BODY},
        {BODY "\n" BODY "\n" BODY, BODY},
        /* one line of the second copy is another: it stays */
        {"秋粮收购开秤\n" BODY BODY "记者王明报道。\n", "秋粮收购开秤\n" BODY "记者王明报道。\n"},
        {"秋粮收购开秤\n" BODY
         "秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起队。\n（图略）\n"
         "今年收购价格每斤一元四角二分，水分超过标准的，由库里免费烘干。\n"
         "农户可以通过手机预约，避免长时间等候。\n",
         "秋粮收购开秤\n" BODY "（图略）\n"},
        /* twice on one line */
        {"秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起队，农户可以通过手机预约，"
         "避免"
         "长时间等候，由库里免费烘干。 "
         "秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起"
         "队，农户可以通过手机预约，避免长时间等候，由库里免费烘干。\n末行\n",
         "秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起队，农户可以通过手机预约，"
         "避免"
         "长时间等候，由库里免费烘干。\n末行\n"},
        /* white space is no difference */
        {"秋粮收购开秤\n" BODY
         "　　秋粮收购进入高峰期，东屏区粮食储备库前， 送粮车辆从早上六点排起队。\n"
         "　　今年收购价格每斤一元四角二分，水分超过标准的，由库里免费烘干。\n"
         "　　农户可以通过手机预约，避免长时间等候。\n",
         "秋粮收购开秤\n" BODY},
        /* the second copy lost its line breaks */
        {"秋粮收购开秤\n" BODY "秋粮收购进入高峰期，东屏区粮食储备库前，送粮车辆从早上六点排起队。"
         "今年收购价格每斤一元四角"
         "二分，水分超过标准的，由库里免费烘干。农户可以通过手机预约，避免长时间等候。\n末行\n",
         "秋粮收购开秤\n" BODY "末行\n"},
        /* short lines and rows of forms repeat rightly */
        {"登记表\n姓名\n电话\n姓名\n电话\n姓名\n电话\n", NULL},
        {"第一条　甲方应当按时付款。\n第二条　乙方应当按时交货。\n第一条　甲方应当按时付款。\n",
         NULL},
        {"| 社区 | 地址 |\n| 文昌 | 东屏路 |\n| 文昌 | 东屏路 |\n", NULL},
    };

    (void)state;
    check_rows(rows, ZD_COUNT(rows));
}

static void test_removes_what_a_site_adds_at_the_end_only(void **state)
{
    static const struct row rows[] = {
        {"正文。\n\n相关推荐\n另一篇\n评论列表\n暂无评论,快抢沙发吧~\n你 发表评论:\n欢迎",
         "正文。\n"},
        {"正文。\n责任编辑：小云\n分享到：微信 微博\n", "正文。\n"},
        {"正文。\n上一篇：甲\n下一篇：乙\n", "正文。\n"},
        {"正文。\n【打印】【关闭】\n", "正文。\n"},
        {"正文一。\n相关推荐\n这里其实还是正文，而且说了一整句话。\n", NULL},
        {"正文。\n云岫市人民政府\n2026年5月30日\n", NULL},
        {"正文。\n责任编辑：小云\n云岫市人民政府\n", NULL},
        {"欢迎\n", NULL},
        {"相关推荐\n", NULL},
        {"正文。\n欢迎\n", NULL},
    };

    (void)state;
    check_rows(rows, ZD_COUNT(rows));
}

static void test_removes_what_nobody_sees(void **state)
{
    static const struct row rows[] = {
        {"社会保\xE2\x80\x8B障\xEF\xBB\xBF卡\xE2\x81\xA0", "社会保障卡"},
        {"a\xC2\xAD"
         "b\x01"
         "c\x7F",
         "abc"},
        {"支\xE2\x80\xAE点\xF3\xA0\x81\x81", "支点"},
        {"支\xE2\x80\x8D点", "支点"},
        {"👨\xE2\x80\x8D👩", NULL},                       /* joined emoji */
        {"\xD9\x85\xE2\x80\x8C\xDB\x8C", NULL},         /* a joiner that Arabic writing needs */
        {"\xE1\xA0\xA8\xE1\xA0\x8E\xE1\xA0\xA0", NULL}, /* Mongolian's vowel separator */
    };

    (void)state;
    check_rows(rows, ZD_COUNT(rows));
}

static void test_counts_what_it_removed(void **state)
{
    struct zd_buf out = {.max = 4096};
    struct zd_clean_report report = {0};

    (void)state;
    clean(ZD_STR("秋粮收购开秤\n秋粮收购开秤\n学习(xuéxí)技\xE2\x80\x8B术(jìshù)前沿(qiányán)。\n"
                 "相关推荐\n别的\n"),
          &out, &report);
    assert_string_equal(zd_buf_cstr(&out), "秋粮收购开秤\n学习技术前沿。\n");
    assert_int_equal(report.n_glosses, 3);
    assert_int_equal(report.n_invisible_chars, 1);
    assert_int_equal(report.n_repeated_lines, 1);
    assert_int_equal(report.n_furniture_lines, 2);
    zd_buf_done(&out);
}

static void test_survives_each_failed_allocation(void **state)
{
    enum zd_status st = ZD_NOMEM;

    (void)state;
    for (uint64_t nth = 1; st == ZD_NOMEM; nth++) {
        struct zd_buf out = {.max = 4096};
        struct zd_clean_report report = {.n_glosses = 77};

        zd_alloc_fail_at(nth);
        st = zd_clean(ZD_STR(BODY BODY "学习(xuéxí)"), &out, &report, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || report.n_glosses == 77);
        assert_true(nth < 100);
        zd_buf_done(&out);
    }
    assert_int_equal(st, ZD_OK);
}

/* What could make a step quadratic. Two megabytes of it would then take hours and end at the time
 * limit of the test; the clock itself is not asked. */
static void test_ends_on_heaps_of_hostile_pieces(void **state)
{
    static const char *const pieces[] = {"(",
                                         "的(de)",
                                         "(lǐngdǎolǐngdǎolǐngdǎolǐngdǎo)",
                                         "人工智能人工智能(réngōngzhìnéngréngōngzhìnéng)",
                                         "同一行文字同一行文字\n",
                                         "相关推荐\n",
                                         "\xE2\x80\x8B",
                                         "甲乙丙丁",
                                         "\n",
                                         " ",
                                         "“”“”(a)",
                                         "))))))(de)"};

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(pieces); i++) {
        struct zd_buf in = {.max = 4 * ZD_MiB}, out = {.max = ZD_TEXT_MAX_BYTES};
        struct zd_clean_report report;

        while (in.n < 2 * ZD_MiB)
            zd_buf_c(&in, pieces[i]);
        clean(zd_buf_view(&in), &out, &report);
        assert_true(out.n <= in.n + 1);
        zd_buf_done(&in);
        zd_buf_done(&out);
    }
}

static struct zd_str map_file(const char *path, struct zd_mapping *file)
{
    struct zd_error err = {0};
    struct zd_bytes b;

    if (zd_mapping_open(path, ZD_TEXT_MAX_BYTES, file, &err) != ZD_OK)
        fail_msg("%s", err.what);
    b = zd_mapping_bytes(file);
    return (struct zd_str){(const char *)b.p, b.n};
}

static const char *source_folder(void)
{
    const char *folder = getenv("ZD_SOURCE");

    return folder ? folder : ".";
}

/* The folder of real data, or NULL. */
static const char *shared_folder(char out[4096])
{
    const char *folder = getenv("ZD_SHARED");

    if (folder)
        (void)snprintf(out, 4096, "%s/data", folder);
    else
        (void)snprintf(out, 4096, "%s/../shared/data", source_folder());
    return access(out, R_OK) == 0 ? out : NULL;
}

static void test_golden_pairs(void **state)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report;
    int n = 0;

    (void)state;
    for (int i = 1; i < 100; i++) {
        struct zd_mapping in = {0}, expected = {0};
        struct zd_str text, want;
        char path[4096];

        (void)snprintf(path, sizeof path, "%s/tests/golden/gloss/%02d.in.txt", source_folder(), i);
        if (access(path, R_OK) != 0)
            continue;
        text = map_file(path, &in);
        (void)snprintf(path, sizeof path, "%s/tests/golden/gloss/%02d.out.txt", source_folder(), i);
        want = map_file(path, &expected);
        clean(text, &out, &report);
        if (!zd_str_eq(zd_buf_view(&out), want))
            fail_msg("pair %02d comes out as\n%s", i, zd_buf_cstr(&out));
        clean(want, &out, &report);
        if (!zd_str_eq(zd_buf_view(&out), want))
            fail_msg("pair %02d: what is clean changes when cleaned again", i);
        n++;
        zd_mapping_close(&in);
        zd_mapping_close(&expected);
    }
    print_message("  %d pairs\n", n);
    assert_true(n >= 20);
    zd_buf_done(&out);
}

static size_t count(struct zd_str s, const char *needle)
{
    size_t n = 0, at = 0;

    while ((at = zd_str_find(s, zd_str_c(needle), at)) != SIZE_MAX) {
        at++;
        n++;
    }
    return n;
}

static void test_the_real_article_comes_out_once(void **state)
{
    static const char *const once[] = {
        "湖北领导干部为何集中学习人工智能?\n湖北日报全媒记者肖丽琼\n5月29日,",
        "AI(人工智能)",
        "(省营商办)",
        "(湖北日报全媒记者 张竞恒 摄)",
        "(湖北日报全媒记者 魏铼 摄)",
        "今年来的行程",
        "都是“AI+政务”的代表之作",
        "关于人工智能的重要论述"};
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_mapping file = {0};
    struct zd_clean_report report;
    char path[8192], folder[4096];

    (void)state;
    if (!shared_folder(folder)) {
        print_message("  skipped: no shared data\n");
        skip();
    }
    (void)snprintf(path, sizeof path, "%s/web/hubei-ai-study.txt", folder);
    clean(map_file(path, &file), &out, &report);
    for (size_t i = 0; i < ZD_COUNT(once); i++)
        assert_int_equal(count(zd_buf_view(&out), once[i]), 1);
    assert_int_equal(count(zd_buf_view(&out), "("), 4);
    assert_int_equal(count(zd_buf_view(&out), "\n"), 36);
    assert_true(zd_str_ends(zd_buf_view(&out), ZD_STR("在线互动等系列特色功能。\n")));
    for (size_t at = 0; at < out.n;) {
        uint32_t c = zd_utf8_next(zd_buf_view(&out), &at);

        assert_false(c >= 0xE0 && c < 0x250); /* a letter with a tone */
    }
    zd_mapping_close(&file);
    zd_buf_done(&out);
}

/* Puts a gloss behind every word of the list, in one of five styles. */
static void put_glosses(struct zd_str s, unsigned style, struct zd_buf *out)
{
    static const struct {
        const char *word, *gloss;
    } words[] = {
        {"申请", "shēnqǐng"},  {"材料", "cáiliào"},   {"办理", "bànlǐ"},   {"条件", "tiáojiàn"},
        {"部门", "bùmén"},     {"规定", "guīdìng"},   {"时间", "shíjiān"}, {"的", "de"},
        {"登记", "dēngjì"},    {"窗口", "chuāngkǒu"}, {"企业", "qǐyè"},    {"人民", "rénmín"},
        {"户口", "hùkǒu"},     {"应当", "yīngdāng"},  {"可以", "kěyǐ"},    {"不", "bù"},
        {"城市", "chéngshì"},  {"管理", "guǎnlǐ"},    {"服务", "fúwù"},    {"日", "rì"},
        {"证明", "zhèngmíng"}, {"单位", "dānwèi"},    {"本人", "běnrén"},  {"费用", "fèiyòng"}};
    static const char *const styles[] = {"(%s)", "(%s)(%s)", "（%s）", " (%s) ", "[%s]"};
    size_t kept = 0, at = 0;

    zd_buf_clear(out);
    while (at < s.n) {
        struct zd_str rest = zd_str_cut(s, at, s.n);
        size_t k = 0;

        while (k < ZD_COUNT(words) && !zd_str_starts(rest, zd_str_c(words[k].word)))
            k++;
        if (k == ZD_COUNT(words)) {
            (void)zd_utf8_next(s, &at);
            continue;
        }
        at += strlen(words[k].word);
        if (style == 3) { /* spaces only where they can be told from the author's */
            size_t next = at;

            if (at == s.n || !zd_is_han(zd_utf8_next(s, &next)))
                continue;
        }
        if (style == 4 && strcmp(words[k].gloss, "de") == 0)
            continue; /* [de] may be the author's: square brackets go with a tone only */
        zd_buf_str(out, zd_str_cut(s, kept, at));
        zd_buf_printf(out, styles[style], words[k].gloss, words[k].gloss);
        kept = at;
    }
    zd_buf_str(out, zd_str_cut(s, kept, s.n));
}

static size_t n_glossed;

static int check_example(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
    struct zd_buf in = {.max = ZD_TEXT_MAX_BYTES}, out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_mapping file = {0};
    struct zd_clean_report report;
    struct zd_str text;

    (void)sb;
    (void)ftw;
    if (kind != FTW_F || !(zd_str_ends(zd_str_c(path), ZD_STR(".md")) ||
                           zd_str_ends(zd_str_c(path), ZD_STR(".txt"))))
        return 0;
    text = map_file(path, &file);
    for (unsigned style = 0; style < 5; style++) {
        if (zd_utf8_valid_prefix(zd_str_bytes(text)) != text.n)
            break;
        put_glosses(text, style, &in);
        clean(zd_buf_view(&in), &out, &report);
        if (report.n_glosses < 3 && in.n > text.n + 100)
            fail_msg("%s: style %u keeps its glosses", path, style);
        if (report.n_glosses >= 3 && !zd_str_eq(zd_buf_view(&out), text))
            fail_msg("%s: style %u comes out as\n%s", path, style, zd_buf_cstr(&out));
        n_glossed += report.n_glosses >= 3;
    }
    zd_mapping_close(&file);
    zd_buf_done(&in);
    zd_buf_done(&out);
    return 0;
}

/* What is put in comes out again, whatever the author's own brackets are. */
static void test_glosses_put_into_the_examples_go_without_a_trace(void **state)
{
    char path[4096];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/examples", source_folder());
    n_glossed = 0;
    assert_int_equal(nftw(path, check_example, 16, FTW_PHYS), 0);
    print_message("  %zu glossed texts\n", n_glossed);
    assert_true(n_glossed >= 200);
}

static size_t n_laws, n_changed;

/* Nothing may go from a law but invisible characters. */
static int check_law(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_mapping file = {0};
    struct zd_clean_report report = {0};
    struct zd_str text;

    (void)sb;
    (void)ftw;
    if (kind != FTW_F || !zd_str_ends(zd_str_c(path), ZD_STR(".md")))
        return 0;
    text = map_file(path, &file);
    if (zd_utf8_valid_prefix(zd_str_bytes(text)) == text.n) {
        clean(text, &out, &report);
        n_laws++;
        if (report.n_glosses || report.n_repeated_lines || report.n_furniture_lines) {
            n_changed++;
            print_message("  changed: %s\n", path);
        }
    }
    zd_mapping_close(&file);
    zd_buf_done(&out);
    return 0;
}

static void test_real_laws_stay_as_they_are(void **state)
{
    char folder[4096], path[8192];

    (void)state;
    if (!shared_folder(folder)) {
        print_message("  skipped: no shared data\n");
        skip();
    }
    (void)snprintf(path, sizeof path, "%s/laws/national", folder);
    n_laws = n_changed = 0;
    assert_int_equal(nftw(path, check_law, 16, FTW_PHYS), 0);
    print_message("  %zu laws, %zu changed\n", n_laws, n_changed);
    assert_true(n_laws > 1000);
    assert_int_equal(n_changed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removes_glosses_on_the_evidence_of_the_text),
        cmocka_unit_test(test_keeps_an_authors_brackets),
        cmocka_unit_test(test_leaves_one_title_and_one_body),
        cmocka_unit_test(test_removes_what_a_site_adds_at_the_end_only),
        cmocka_unit_test(test_removes_what_nobody_sees),
        cmocka_unit_test(test_counts_what_it_removed),
        cmocka_unit_test(test_survives_each_failed_allocation),
        cmocka_unit_test(test_ends_on_heaps_of_hostile_pieces),
        cmocka_unit_test(test_golden_pairs),
        cmocka_unit_test(test_glosses_put_into_the_examples_go_without_a_trace),
        cmocka_unit_test(test_the_real_article_comes_out_once),
        cmocka_unit_test(test_real_laws_stay_as_they_are),
    };

    return cmocka_run_group_tests_name("text/clean", tests, NULL, NULL);
}
