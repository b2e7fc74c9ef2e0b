/* guide.c: the labels of service guides (办事指南) and of the data sheets above official texts.
 *
 * A guide says the same twelve things under many names; the table below maps the names seen in
 * provincial guide templates to one field. Matching is exact after numbers, blanks, brackets and
 * the colon are taken off; a few words match as an ending ("住房公积金提取办理材料" is no label,
 * but "需提交的材料" is). First exact names, then endings for labels of at most 10 characters.
 */
#include "base/utf8.h"
#include "parse/parse_private.h"
#include "text/text.h"

#define LABEL_MAX_CHARS 12
#define ENDING_MAX_CHARS 10
#define FOLD_MAX_BYTES 64  /* longer ones are no labels in any script */
#define GAP_LABEL_CHARS 10 /* a label without a colon, ended by a wide blank */

struct name {
    const char *word;
    enum zd_guide_field field;
};

static const struct name names[] = {
    {"受理条件", ZD_GUIDE_CONDITIONS},
    {"申请条件", ZD_GUIDE_CONDITIONS},
    {"办理条件", ZD_GUIDE_CONDITIONS},
    {"申办条件", ZD_GUIDE_CONDITIONS},
    {"申报条件", ZD_GUIDE_CONDITIONS},
    {"许可条件", ZD_GUIDE_CONDITIONS},
    {"准予条件", ZD_GUIDE_CONDITIONS},
    {"审批条件", ZD_GUIDE_CONDITIONS},
    {"适用对象", ZD_GUIDE_CONDITIONS},
    {"适用范围", ZD_GUIDE_CONDITIONS},
    {"服务对象", ZD_GUIDE_CONDITIONS},
    {"办理对象", ZD_GUIDE_CONDITIONS},
    {"申请对象", ZD_GUIDE_CONDITIONS},
    {"申请人条件", ZD_GUIDE_CONDITIONS},
    {"谁可以办", ZD_GUIDE_CONDITIONS},
    {"谁能办", ZD_GUIDE_CONDITIONS},
    {"享受条件", ZD_GUIDE_CONDITIONS},
    {"领取条件", ZD_GUIDE_CONDITIONS},
    {"补贴对象", ZD_GUIDE_CONDITIONS},
    {"申请材料", ZD_GUIDE_MATERIALS},
    {"办理材料", ZD_GUIDE_MATERIALS},
    {"所需材料", ZD_GUIDE_MATERIALS},
    {"申报材料", ZD_GUIDE_MATERIALS},
    {"提交材料", ZD_GUIDE_MATERIALS},
    {"申办材料", ZD_GUIDE_MATERIALS},
    {"材料清单", ZD_GUIDE_MATERIALS},
    {"申请材料清单", ZD_GUIDE_MATERIALS},
    {"申请材料目录", ZD_GUIDE_MATERIALS},
    {"需要材料", ZD_GUIDE_MATERIALS},
    {"要带什么", ZD_GUIDE_MATERIALS},
    {"需要带什么", ZD_GUIDE_MATERIALS},
    {"办理流程", ZD_GUIDE_PROCESS},
    {"办理程序", ZD_GUIDE_PROCESS},
    {"办事流程", ZD_GUIDE_PROCESS},
    {"办理步骤", ZD_GUIDE_PROCESS},
    {"申请流程", ZD_GUIDE_PROCESS},
    {"申办流程", ZD_GUIDE_PROCESS},
    {"办理方式", ZD_GUIDE_PROCESS},
    {"申请方式", ZD_GUIDE_PROCESS},
    {"办理渠道", ZD_GUIDE_PROCESS},
    {"受理方式", ZD_GUIDE_PROCESS},
    {"网上办理", ZD_GUIDE_PROCESS},
    {"操作步骤", ZD_GUIDE_PROCESS},
    {"怎么办", ZD_GUIDE_PROCESS},
    {"办理时限", ZD_GUIDE_TIME},
    {"办结时限", ZD_GUIDE_TIME},
    {"法定时限", ZD_GUIDE_TIME},
    {"承诺时限", ZD_GUIDE_TIME},
    {"法定办结时限", ZD_GUIDE_TIME},
    {"承诺办结时限", ZD_GUIDE_TIME},
    {"办理期限", ZD_GUIDE_TIME},
    {"审批时限", ZD_GUIDE_TIME},
    {"办结时间", ZD_GUIDE_TIME},
    {"多久办好", ZD_GUIDE_TIME},
    {"收费标准", ZD_GUIDE_FEE},
    {"收费情况", ZD_GUIDE_FEE},
    {"是否收费", ZD_GUIDE_FEE},
    {"收费标准及依据", ZD_GUIDE_FEE},
    {"收费依据及标准", ZD_GUIDE_FEE},
    {"收费依据", ZD_GUIDE_FEE},
    {"收费", ZD_GUIDE_FEE},
    {"费用", ZD_GUIDE_FEE},
    {"办理费用", ZD_GUIDE_FEE},
    {"办理地点", ZD_GUIDE_PLACE},
    {"受理地点", ZD_GUIDE_PLACE},
    {"办公地址", ZD_GUIDE_PLACE},
    {"办公地点", ZD_GUIDE_PLACE},
    {"办理地址", ZD_GUIDE_PLACE},
    {"受理地址", ZD_GUIDE_PLACE},
    {"窗口地址", ZD_GUIDE_PLACE},
    {"办事窗口", ZD_GUIDE_PLACE},
    {"办理窗口", ZD_GUIDE_PLACE},
    {"受理窗口", ZD_GUIDE_PLACE},
    {"地址", ZD_GUIDE_PLACE},
    {"地点", ZD_GUIDE_PLACE},
    {"去哪里办", ZD_GUIDE_PLACE},
    {"办理时间", ZD_GUIDE_HOURS},
    {"办公时间", ZD_GUIDE_HOURS},
    {"受理时间", ZD_GUIDE_HOURS},
    {"工作时间", ZD_GUIDE_HOURS},
    {"服务时间", ZD_GUIDE_HOURS},
    {"对外办公时间", ZD_GUIDE_HOURS},
    {"接待时间", ZD_GUIDE_HOURS},
    {"咨询电话", ZD_GUIDE_PHONE},
    {"联系电话", ZD_GUIDE_PHONE},
    {"监督电话", ZD_GUIDE_PHONE},
    {"投诉电话", ZD_GUIDE_PHONE},
    {"监督投诉电话", ZD_GUIDE_PHONE},
    {"咨询方式", ZD_GUIDE_PHONE},
    {"咨询途径", ZD_GUIDE_PHONE},
    {"联系方式", ZD_GUIDE_PHONE},
    {"咨询投诉", ZD_GUIDE_PHONE},
    {"咨询投诉电话", ZD_GUIDE_PHONE},
    {"咨询监督电话", ZD_GUIDE_PHONE},
    {"咨询与监督", ZD_GUIDE_PHONE},
    {"咨询和监督", ZD_GUIDE_PHONE},
    {"服务热线", ZD_GUIDE_PHONE},
    {"电话", ZD_GUIDE_PHONE},
    {"设定依据", ZD_GUIDE_BASIS},
    {"法律依据", ZD_GUIDE_BASIS},
    {"办理依据", ZD_GUIDE_BASIS},
    {"实施依据", ZD_GUIDE_BASIS},
    {"审批依据", ZD_GUIDE_BASIS},
    {"法定依据", ZD_GUIDE_BASIS},
    {"政策依据", ZD_GUIDE_BASIS},
    {"实施机关", ZD_GUIDE_OFFICE},
    {"实施主体", ZD_GUIDE_OFFICE},
    {"受理机构", ZD_GUIDE_OFFICE},
    {"办理机构", ZD_GUIDE_OFFICE},
    {"受理部门", ZD_GUIDE_OFFICE},
    {"办理部门", ZD_GUIDE_OFFICE},
    {"主管部门", ZD_GUIDE_OFFICE},
    {"责任部门", ZD_GUIDE_OFFICE},
    {"办理单位", ZD_GUIDE_OFFICE},
    {"受理单位", ZD_GUIDE_OFFICE},
    {"决定机构", ZD_GUIDE_OFFICE},
    {"办理机关", ZD_GUIDE_OFFICE},
    {"受理机关", ZD_GUIDE_OFFICE},
    {"办理结果", ZD_GUIDE_RESULT},
    {"审批结果", ZD_GUIDE_RESULT},
    {"结果名称", ZD_GUIDE_RESULT},
    {"办理结果及领取方式", ZD_GUIDE_RESULT},
    {"结果送达", ZD_GUIDE_RESULT},
    {"结果领取", ZD_GUIDE_RESULT},
    {"办件结果", ZD_GUIDE_RESULT},
    {"领取方式", ZD_GUIDE_RESULT},
    {"条件", ZD_GUIDE_CONDITIONS},
    {"申报对象", ZD_GUIDE_CONDITIONS},
    {"申领条件", ZD_GUIDE_CONDITIONS},
    {"申领对象", ZD_GUIDE_CONDITIONS},
    {"适用人员", ZD_GUIDE_CONDITIONS},
    {"适用人群", ZD_GUIDE_CONDITIONS},
    {"办理人群", ZD_GUIDE_CONDITIONS},
    {"谁需要办理", ZD_GUIDE_CONDITIONS},
    {"谁可以申请", ZD_GUIDE_CONDITIONS},
    {"什么人可以办", ZD_GUIDE_CONDITIONS},
    {"材料", ZD_GUIDE_MATERIALS},
    {"带什么材料", ZD_GUIDE_MATERIALS},
    {"需要什么材料", ZD_GUIDE_MATERIALS},
    {"申领材料", ZD_GUIDE_MATERIALS},
    {"流程", ZD_GUIDE_PROCESS},
    {"程序", ZD_GUIDE_PROCESS},
    {"申报方式", ZD_GUIDE_PROCESS},
    {"申报流程", ZD_GUIDE_PROCESS},
    {"申领方式", ZD_GUIDE_PROCESS},
    {"申领流程", ZD_GUIDE_PROCESS},
    {"报名方式", ZD_GUIDE_PROCESS},
    {"怎么办理", ZD_GUIDE_PROCESS},
    {"时限", ZD_GUIDE_TIME},
    {"几天能办好", ZD_GUIDE_TIME},
    {"多久能办好", ZD_GUIDE_TIME},
    {"时限和收费", ZD_GUIDE_TIME},
    {"收多少钱", ZD_GUIDE_FEE},
    {"要多少钱", ZD_GUIDE_FEE},
    {"收费项目和标准", ZD_GUIDE_FEE},
    {"收费项目", ZD_GUIDE_FEE},
    {"去哪里办", ZD_GUIDE_PLACE},
    {"在哪里办", ZD_GUIDE_PLACE},
    {"地点和电话", ZD_GUIDE_PLACE},
    {"办理地点和电话", ZD_GUIDE_PLACE},
    {"办理地点和时间", ZD_GUIDE_PLACE},
    {"办理地点及时间", ZD_GUIDE_PLACE},
    {"依据", ZD_GUIDE_BASIS},
};

/* Labels of a guide's table that name no field, but whose neighbour is their value. */
static const char *const sheet_labels[] = {
    "事项名称", "事项类型", "办件类型", "到现场次数", "办理形式",     "服务类型",   "权力来源",
    "行使层级", "联办机构", "通办范围", "数量限制",   "事项编码",     "基本编码",   "实施编码",
    "事项版本", "办理深度", "网办深度", "预约办理",   "是否支持网办", "许可有效期", "证件有效期",
    "承诺件",   "备注",     "温馨提示", "注意事项",   "中介服务",     "年审年检",   "物流快递",
};

static const struct name endings[] = {
    {"的材料", ZD_GUIDE_MATERIALS},    {"材料清单", ZD_GUIDE_MATERIALS},
    {"申请材料", ZD_GUIDE_MATERIALS},  {"办理材料", ZD_GUIDE_MATERIALS},
    {"申请条件", ZD_GUIDE_CONDITIONS}, {"办理条件", ZD_GUIDE_CONDITIONS},
    {"办理流程", ZD_GUIDE_PROCESS},    {"办理程序", ZD_GUIDE_PROCESS},
    {"申请流程", ZD_GUIDE_PROCESS},    {"办理时限", ZD_GUIDE_TIME},
    {"办结时限", ZD_GUIDE_TIME},       {"收费标准", ZD_GUIDE_FEE},
    {"办理地点", ZD_GUIDE_PLACE},      {"办理地址", ZD_GUIDE_PLACE},
    {"办理时间", ZD_GUIDE_HOURS},      {"办公时间", ZD_GUIDE_HOURS},
    {"工作时间", ZD_GUIDE_HOURS},      {"咨询电话", ZD_GUIDE_PHONE},
    {"联系电话", ZD_GUIDE_PHONE},      {"监督电话", ZD_GUIDE_PHONE},
    {"投诉电话", ZD_GUIDE_PHONE},
};

static const char *const meta_labels[] = {
    "索引号",   "发布机构", "发文机关", "发布单位", "发文单位",   "制定机关",  "发布机关",
    "成文日期", "发布日期", "发文日期", "公布日期", "印发日期",   "生成日期",  "生效日期",
    "施行日期", "实施日期", "文号",     "发文字号", "文件编号",   "主题分类",  "主题词",
    "有效期",   "有效期限", "失效日期", "废止日期", "时效性",     "有效性",    "来源",
    "信息来源", "浏览次数", "阅读次数", "点击数",   "公开方式",   "公开类别",  "公文种类",
    "体裁分类", "责任编辑", "组配分类", "信息分类", "统一登记号", "公开目录",  "公开范围",
    "关键词",   "内容分类", "制发机关", "文件状态", "效力状态",   "更新日期",  "更新时间",
    "发布时间", "主题",     "类别",     "题注",     "颁布日期",   "有效状态",  "适用地区",
    "适用区域", "title",    "issuer",   "number",   "date",       "effective", "expires",
    "region",   "author",   "source"};

/* "4 申请材料", "2.1 条件": without the number of a decimal outline. */
static struct zd_str without_decimal(struct zd_str label)
{
    size_t n = 0;

    while (n < label.n && ((label.p[n] >= '0' && label.p[n] <= '9') || label.p[n] == '.'))
        n++;
    if (n == 0 || n >= label.n)
        return label;
    return zd_parse__trim(zd_str_cut(label, n, label.n));
}

/* Takes off numbers, 【】, blanks and the colon around a label. */
static struct zd_str strip_label(struct zd_str label)
{
    static const char *const ends[] = {"：", ":", "】", "]", "、"};
    static const char *const starts[] = {"【", "[", "★", "●", "■", "◆", "※"};
    struct zd_parse__mark mark;

    label = zd_parse__trim(label);
    for (size_t i = 0; i < ZD_COUNT(starts); i++)
        if (zd_str_starts(label, zd_str_c(starts[i])))
            label = zd_parse__trim(zd_str_cut(label, zd_str_c(starts[i]).n, label.n));
    if (zd_parse__mark_read(label, &mark))
        label = zd_str_cut(label, mark.body, label.n);
    else
        label = without_decimal(label);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < ZD_COUNT(ends); i++)
            if (zd_str_ends(label, zd_str_c(ends[i])))
                label = zd_parse__trim(zd_str_cut(label, 0, label.n - zd_str_c(ends[i]).n));
    return label;
}

/* The same characters with inner blanks passed over: "办 理 时 限". */
static bool same_but_blanks(struct zd_str label, struct zd_str word)
{
    size_t at = 0, n = 0;

    while (at < label.n) {
        size_t from = at;

        if (zd_parse__is_space(zd_utf8_next(label, &at)))
            continue;
        for (; from < at; from++)
            if (n >= word.n || label.p[from] != word.p[n++])
                return false;
    }
    return n == word.n;
}

static enum zd_guide_field field_of(struct zd_str label)
{
    size_t n_chars;

    n_chars = zd_parse__chars(label);
    if (n_chars < 2 || n_chars > LABEL_MAX_CHARS + 4)
        return ZD_GUIDE_NONE;
    for (size_t i = 0; i < ZD_COUNT(names); i++)
        if (same_but_blanks(label, zd_str_c(names[i].word)))
            return names[i].field;
    if (n_chars > ENDING_MAX_CHARS)
        return ZD_GUIDE_NONE;
    for (size_t i = 0; i < ZD_COUNT(endings); i++)
        if (zd_str_ends(label, zd_str_c(endings[i].word)))
            return endings[i].field;
    return ZD_GUIDE_NONE;
}

static bool is_sheet_label(struct zd_str label)
{
    for (size_t i = 0; i < ZD_COUNT(sheet_labels); i++)
        if (same_but_blanks(label, zd_str_c(sheet_labels[i])))
            return true;
    return false;
}

static bool is_meta_label(struct zd_str label)
{
    for (size_t i = 0; i < ZD_COUNT(meta_labels); i++)
        if (same_but_blanks(label, zd_str_c(meta_labels[i])))
            return true;
    return false;
}

/* What a label is, judged as it stands and, where that says nothing, in simplified characters. */
struct look {
    enum zd_guide_field field;
    bool meta, sheet;
};

static struct look look_at(struct zd_str label)
{
    struct look look = {field_of(label), is_meta_label(label), is_sheet_label(label)};

    return look;
}

static struct look look_at_label(struct zd_str label)
{
    struct zd_buf folded = {.max = 1024};
    struct look look;

    label = strip_label(label);
    look = look_at(label);
    if (look.field != ZD_GUIDE_NONE || look.meta || look.sheet || label.n > FOLD_MAX_BYTES)
        return look;
    zd_text_fold(label, &folded);
    if (!folded.bad && !zd_str_eq(zd_buf_view(&folded), label))
        look = look_at(zd_buf_view(&folded));
    zd_buf_done(&folded);
    return look;
}

enum zd_guide_field zd_parse__guide_field(struct zd_str label)
{
    return look_at_label(label).field;
}

bool zd_parse__is_meta_label(struct zd_str label)
{
    return look_at_label(label).meta;
}

bool zd_parse__is_sheet_label(struct zd_str label)
{
    return look_at_label(label).sheet;
}

/* An ideographic blank, a tab or two blanks: what stands between a label and its value where no
 * colon does. */
static bool is_gap(struct zd_str line, size_t at)
{
    struct zd_str rest = zd_str_cut(line, at, line.n);

    return zd_str_starts(rest, ZD_STR("\u3000")) || zd_str_starts(rest, ZD_STR("\t")) ||
           zd_str_starts(rest, ZD_STR("  "));
}

static bool is_known(struct zd_str label)
{
    label = strip_label(label);
    for (size_t i = 0; i < ZD_COUNT(names); i++)
        if (zd_str_eq(label, zd_str_c(names[i].word)))
            return true;
    return zd_parse__is_meta_label(label) || zd_parse__is_sheet_label(label);
}

static bool is_label_char(uint32_t c)
{
    return zd_is_han(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' ||
           c == 0x3000 || c == 0x3001 || c == '/';
}

bool zd_parse__label_cut(struct zd_str line, struct zd_str *ret_label, struct zd_str *ret_value)
{
    struct zd_parse__mark mark;
    size_t at = 0, n_chars = 0, from, to;

    if (zd_str_starts(line, ZD_STR("【"))) {
        to = zd_str_find(line, ZD_STR("】"), 0);
        if (to == SIZE_MAX || zd_parse__chars(zd_str_cut(line, 3, to)) > LABEL_MAX_CHARS)
            return false;
        *ret_label = zd_parse__trim(zd_str_cut(line, 3, to));
        *ret_value = zd_parse__trim(zd_str_cut(line, to + 3, line.n));
        if (zd_str_starts(*ret_value, ZD_STR("：")))
            *ret_value = zd_parse__trim(zd_str_cut(*ret_value, 3, ret_value->n));
        return ret_label->n > 0;
    }
    if (zd_parse__mark_read(line, &mark))
        at = mark.body;
    from = at;
    while (at < line.n) {
        uint32_t c;

        to = at;
        c = zd_utf8_next(line, &at);
        if (n_chars >= 2 && is_gap(line, to) && zd_parse__trim(zd_str_cut(line, to, line.n)).n &&
            (n_chars <= GAP_LABEL_CHARS || is_known(zd_str_cut(line, from, to)))) {
            *ret_label = zd_str_cut(line, from, to);
            *ret_value = zd_parse__trim(zd_str_cut(line, to, line.n));
            return true;
        }
        if (c == 0xFF1A || c == ':') {
            *ret_label = zd_parse__trim(zd_str_cut(line, from, to));
            *ret_value = zd_parse__trim(zd_str_cut(line, at, line.n));
            return ret_label->n > 0;
        }
        if (!is_label_char(c) || ++n_chars > LABEL_MAX_CHARS)
            return false;
    }
    return false;
}
