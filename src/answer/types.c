/* types.c: the kind of thing a question asks for, and the kinds of thing a clause holds.
 *
 * Tables of phrases over folded text (full-width marks are ASCII there). Deliberately coarse: the
 * model of features.c weighs what follows from a match, and a table that is wrong for some
 * question only costs that weight. */
#include "answer/answer_private.h"
#include "base/utf8.h"

struct phrase {
    enum zd_answer__type type;
    const char *words;
};

static const struct phrase asked[] = {
    {ZD_ANSWER__PHONE, "电话"},     {ZD_ANSWER__PHONE, "热线"},     {ZD_ANSWER__PHONE, "号码"},
    {ZD_ANSWER__PHONE, "联系方式"}, {ZD_ANSWER__PHONE, "拨打"},

    {ZD_ANSWER__WHEN, "什么时候"},  {ZD_ANSWER__WHEN, "啥时候"},    {ZD_ANSWER__WHEN, "何时"},
    {ZD_ANSWER__WHEN, "哪年"},      {ZD_ANSWER__WHEN, "哪一年"},    {ZD_ANSWER__WHEN, "哪天"},
    {ZD_ANSWER__WHEN, "时间"},      {ZD_ANSWER__WHEN, "日期"},      {ZD_ANSWER__WHEN, "几月"},
    {ZD_ANSWER__WHEN, "几号"},      {ZD_ANSWER__WHEN, "期限"},      {ZD_ANSWER__WHEN, "截止"},
    {ZD_ANSWER__WHEN, "多久"},      {ZD_ANSWER__WHEN, "多长"},      {ZD_ANSWER__WHEN, "几年"},
    {ZD_ANSWER__WHEN, "几天"},      {ZD_ANSWER__WHEN, "几点"},      {ZD_ANSWER__WHEN, "年份"},
    {ZD_ANSWER__WHEN, "年代"},      {ZD_ANSWER__WHEN, "世纪"},      {ZD_ANSWER__WHEN, "时期"},
    {ZD_ANSWER__WHEN, "朝代"},      {ZD_ANSWER__WHEN, "何年"},

    {ZD_ANSWER__NUMBER, "多少"},    {ZD_ANSWER__NUMBER, "几"},      {ZD_ANSWER__NUMBER, "多高"},
    {ZD_ANSWER__NUMBER, "多大"},    {ZD_ANSWER__NUMBER, "多长"},    {ZD_ANSWER__NUMBER, "金额"},
    {ZD_ANSWER__NUMBER, "比例"},    {ZD_ANSWER__NUMBER, "百分"},    {ZD_ANSWER__NUMBER, "标准"},
    {ZD_ANSWER__NUMBER, "数量"},    {ZD_ANSWER__NUMBER, "规模"},    {ZD_ANSWER__NUMBER, "人口"},
    {ZD_ANSWER__NUMBER, "面积"},

    {ZD_ANSWER__WHERE, "哪里"},     {ZD_ANSWER__WHERE, "在哪"},     {ZD_ANSWER__WHERE, "哪儿"},
    {ZD_ANSWER__WHERE, "何处"},     {ZD_ANSWER__WHERE, "什么地方"}, {ZD_ANSWER__WHERE, "哪个城"},
    {ZD_ANSWER__WHERE, "哪个省"},   {ZD_ANSWER__WHERE, "哪个国"},   {ZD_ANSWER__WHERE, "哪个地"},
    {ZD_ANSWER__WHERE, "哪个县"},   {ZD_ANSWER__WHERE, "哪个市"},   {ZD_ANSWER__WHERE, "哪个州"},
    {ZD_ANSWER__WHERE, "哪个区"},   {ZD_ANSWER__WHERE, "哪座"},     {ZD_ANSWER__WHERE, "哪国"},
    {ZD_ANSWER__WHERE, "哪一国"},   {ZD_ANSWER__WHERE, "地址"},     {ZD_ANSWER__WHERE, "位于"},
    {ZD_ANSWER__WHERE, "地点"},     {ZD_ANSWER__WHERE, "途径"},     {ZD_ANSWER__WHERE, "渠道"},
    {ZD_ANSWER__WHERE, "哪些地方"},

    {ZD_ANSWER__WHO, "谁"},         {ZD_ANSWER__WHO, "哪位"},       {ZD_ANSWER__WHO, "什么人"},
    {ZD_ANSWER__WHO, "哪个人"},     {ZD_ANSWER__WHO, "哪些人"},     {ZD_ANSWER__WHO, "何人"},
    {ZD_ANSWER__WHO, "人名"},       {ZD_ANSWER__WHO, "哪家"},       {ZD_ANSWER__WHO, "哪个部门"},
    {ZD_ANSWER__WHO, "哪个机构"},   {ZD_ANSWER__WHO, "哪个单位"},   {ZD_ANSWER__WHO, "哪个公司"},
    {ZD_ANSWER__WHO, "哪个组织"},   {ZD_ANSWER__WHO, "什么部门"},   {ZD_ANSWER__WHO, "什么机构"},
    {ZD_ANSWER__WHO, "什么单位"},   {ZD_ANSWER__WHO, "什么公司"},   {ZD_ANSWER__WHO, "由哪"},

    {ZD_ANSWER__LIST, "哪些"},      {ZD_ANSWER__LIST, "哪几"},      {ZD_ANSWER__LIST, "包括"},
    {ZD_ANSWER__LIST, "如何"},      {ZD_ANSWER__LIST, "怎么"},      {ZD_ANSWER__LIST, "怎样"},
    {ZD_ANSWER__LIST, "流程"},      {ZD_ANSWER__LIST, "步骤"},      {ZD_ANSWER__LIST, "材料"},
    {ZD_ANSWER__LIST, "条件"},      {ZD_ANSWER__LIST, "内容"},      {ZD_ANSWER__LIST, "措施"},
    {ZD_ANSWER__LIST, "什么要求"},  {ZD_ANSWER__LIST, "什么政策"},  {ZD_ANSWER__LIST, "什么规定"},
    {ZD_ANSWER__LIST, "什么做法"},  {ZD_ANSWER__LIST, "什么办法"},  {ZD_ANSWER__LIST, "什么程序"},
    {ZD_ANSWER__LIST, "什么情况"},

    {ZD_ANSWER__WHY, "为什么"},     {ZD_ANSWER__WHY, "为何"},       {ZD_ANSWER__WHY, "原因"},
    {ZD_ANSWER__WHY, "目的"},       {ZD_ANSWER__WHY, "由于"},       {ZD_ANSWER__WHY, "因为"},

    {ZD_ANSWER__NAME, "什么名"},    {ZD_ANSWER__NAME, "叫什么"},    {ZD_ANSWER__NAME, "称为"},
    {ZD_ANSWER__NAME, "称作"},      {ZD_ANSWER__NAME, "名称"},      {ZD_ANSWER__NAME, "叫做"},
    {ZD_ANSWER__NAME, "平台"},      {ZD_ANSWER__NAME, "公众号"},    {ZD_ANSWER__NAME, "小程序"},
    {ZD_ANSWER__NAME, "书名"},      {ZD_ANSWER__NAME, "作品"},
};

static const char *const descriptions[] = {"哪些", "哪几", "包括", "如何",   "怎么", "怎样", "流程",
                                           "步骤", "材料", "条件", "措施",   "政策", "要求", "规定",
                                           "内容", "做法", "办法", "为什么", "为何", "原因"};

static bool has(struct zd_str s, const char *words)
{
    return zd_str_find(s, zd_str_c(words), 0) != SIZE_MAX;
}

uint32_t zd_answer__types_asked(struct zd_str folded)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < ZD_COUNT(asked); i++)
        if (has(folded, asked[i].words))
            bits |= 1u << asked[i].type;
    return bits;
}

bool zd_answer__asks_for_fact(struct zd_str folded)
{
    for (size_t i = 0; i < ZD_COUNT(descriptions); i++)
        if (has(folded, descriptions[i]))
            return false;
    return true;
}

static bool in_set(struct zd_str set, struct zd_str one)
{
    return zd_str_find(set, one, 0) != SIZE_MAX;
}

static bool has_any(struct zd_str folded, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has(folded, words[i]))
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What stands behind a number: 年, 个工作日, 元 … */
static uint32_t types_of_number(struct zd_str rest, bool han)
{
    const struct zd_str measures = ZD_STR("个项条家种大人次名类方元米%千百万亿");
    const char *const times[] = {"年",       "月",   "日",   "天", "小时", "时",
                                 "个工作日", "个月", "分钟", "周", "世纪"};
    uint32_t bits = han ? 0 : 1u << ZD_ANSWER__NUMBER;
    size_t next = 0;

    rest = zd_str_trim(rest);
    for (size_t i = 0; i < ZD_COUNT(times); i++)
        if (zd_str_starts(rest, zd_str_c(times[i])))
            bits |= 1u << ZD_ANSWER__WHEN;
    if (rest.n > 0) {
        zd_utf8_next(rest, &next);
        if (in_set(measures, zd_str_cut(rest, 0, next)))
            bits |= 1u << ZD_ANSWER__NUMBER;
    }
    return bits;
}

static uint32_t types_of_digits(struct zd_str folded)
{
    uint32_t bits = 0;

    for (size_t at = 0; at < folded.n;) {
        size_t end = at;

        while (end < folded.n && is_digit(folded.p[end]))
            end++;
        if (end == at) {
            zd_utf8_next(folded, &at);
            continue;
        }
        bits |= types_of_number(zd_str_cut(folded, end, folded.n), false);
        if (end - at >= 5 || (end - at >= 3 && end + 5 < folded.n && folded.p[end] == '-' &&
                              is_digit(folded.p[end + 1])))
            bits |= 1u << ZD_ANSWER__PHONE;
        at = end;
    }
    return bits;
}

static uint32_t types_of_signs(struct zd_str folded)
{
    const struct zd_str numerals = ZD_STR("一二两三四五六七八九十百千万亿");
    const struct zd_str places = ZD_STR("省市县区州国镇乡村路街号楼站岛山河湖海院校网址");
    const struct zd_str people = ZD_STR("局部委厅院会公司人者长员家王帝·");
    const struct zd_str quotes = ZD_STR("“”《》「」『』\"");
    uint32_t bits = 0;

    for (size_t at = 0; at < folded.n;) {
        size_t from = at;
        struct zd_str one;

        zd_utf8_next(folded, &at);
        one = zd_str_cut(folded, from, at);
        if (in_set(places, one))
            bits |= 1u << ZD_ANSWER__WHERE;
        if (in_set(people, one))
            bits |= 1u << ZD_ANSWER__WHO;
        if (in_set(quotes, one))
            bits |= 1u << ZD_ANSWER__NAME;
        if (in_set(numerals, one))
            bits |= types_of_number(zd_str_cut(folded, at, folded.n), true);
    }
    return bits;
}

uint32_t zd_answer__types_given(struct zd_str folded)
{
    const char *const times[] = {"期间", "之前", "之后", "为止", "年代"};
    const char *const lists[] = {";", "、", "1.", "2.", "3.", "(一)", "(二)", "(三)", "(1)", "(2)"};
    const char *const reasons[] = {"因", "由于", "为", "所以", "以便", "从而", "目的"};
    uint32_t bits = types_of_digits(folded) | types_of_signs(folded);

    if (has_any(folded, times, ZD_COUNT(times)))
        bits |= 1u << ZD_ANSWER__WHEN;
    if (has_any(folded, lists, ZD_COUNT(lists)))
        bits |= 1u << ZD_ANSWER__LIST;
    if (has_any(folded, reasons, ZD_COUNT(reasons)))
        bits |= 1u << ZD_ANSWER__WHY;
    return bits;
}
