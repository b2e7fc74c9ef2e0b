/* labelled.c: what a shape of signs or a word before it makes certain: plates, e-mail addresses,
 * landlines, names and addresses.
 *
 *     plate     province, letter, 5 (GA 36-2018), or 6 of which one says electric; I and O never
 *     email     RFC 5321's dot-atoms, a domain with a dot
 *     landline  area code and number, in brackets, hyphenated or spaced; bare only behind 电话：
 *     name      behind 姓名：, 联系人：, 我叫 …: a known surname, two to four characters, and an end
 *     address   behind 住址：, 家住 …: long enough, with a street and a house number or the like
 *
 * Names without a label are not looked for: 高峰, 文明 and 方便 are surnames with a character, and a
 * text masked at every such place would be unreadable for the model and for people.
 */
#include <string.h>

#include "base/utf8.h"
#include "guard/guard_private.h"

size_t zd_guard__label_at(const struct zd_guard__segment *s, size_t at, const char *label)
{
    const struct zd_str text = zd_str_c(label);
    const size_t from = at;
    size_t first = 0;

    if (s->u[at].c != zd_utf8_next(text, &first))
        return 0;
    for (size_t i = 0; i < text.n;) {
        const uint32_t c = zd_utf8_next(text, &i);

        if (at > from && c >= 0x80)
            while (s->u[at].c == ' ')
                at++;
        if (at >= s->n || s->u[at].c != c)
            return 0;
        at++;
    }
    return at - from;
}

bool zd_guard__label_before(const struct zd_guard__segment *s, size_t at, size_t window,
                            const char *const *labels, size_t n)
{
    for (size_t from = at > window ? at - window : 0; from < at; from++)
        for (size_t i = 0; i < n; i++) {
            const size_t taken = zd_guard__label_at(s, from, labels[i]);

            if (taken && from + taken <= at)
                return true;
        }
    return false;
}

static bool contains(const char *signs, uint32_t c)
{
    const struct zd_str set = zd_str_c(signs);

    for (size_t i = 0; i < set.n;)
        if (zd_utf8_next(set, &i) == c)
            return true;
    return false;
}

/* ---- plates ---- */

static bool is_plate_sign(uint32_t c)
{
    return zd_guard__is_alnum(c) && c != 'i' && c != 'o';
}

static bool says_electric(uint32_t c)
{
    return contains("abcdefghjk", c);
}

/* The signs behind province and letter: five, or six of a new-energy car. */
static bool is_plate_rest(const uint32_t *c, size_t n)
{
    size_t n_digits = 0;

    for (size_t i = 0; i < n; i++) {
        if (!is_plate_sign(c[i]) && !(i == 4 && n == 5 && contains("挂学警港澳领", c[i])))
            return false;
        n_digits += zd_guard__is_digit(c[i]);
    }
    if (n == 5)
        return n_digits >= 2;
    if (says_electric(c[5]))
        return n_digits == 5;
    return says_electric(c[0]) && n_digits + !zd_guard__is_digit(c[1]) == 5;
}

/* One space or middle dot may stand behind the letter, or one space behind every sign. */
static void find_plate(struct zd_guard__segment *s, size_t at)
{
    uint32_t c[7];
    size_t n = 0, end = at + 1;
    bool spaced = s->u[end].c == ' ';

    if (spaced)
        end++;
    if (!zd_guard__is_letter(s->u[end].c) || s->u[end].c == 'i')
        return;
    end++;
    if (s->u[end].c == 0xB7 || s->u[end].c == '.' || s->u[end].c == '-' || s->u[end].c == ' ')
        end++;
    while (n < 7 && end < s->n &&
           (zd_guard__is_alnum(s->u[end].c) || (n == 4 && contains("挂学警港澳领", s->u[end].c)))) {
        c[n++] = s->u[end++].c;
        if (spaced && n < 6 && s->u[end].c == ' ' && zd_guard__is_alnum(s->u[end + 1].c))
            end++;
    }
    if ((n == 5 || n == 6) && is_plate_rest(c, n) && !zd_guard__is_alnum(s->u[end].c))
        zd_guard__add(s, ZD_PERSONAL_PLATE, at, end);
}

static bool is_plate_province(uint32_t c)
{
    switch (c) {
    case 0x4EAC:
    case 0x6D25:
    case 0x6CAA:
    case 0x6E1D:
    case 0x5180:
    case 0x8C6B:
    case 0x4E91:
    case 0x8FBD:
    case 0x9ED1:
    case 0x6E58:
    case 0x7696:
    case 0x9C81:
    case 0x65B0:
    case 0x82CF:
    case 0x6D59:
    case 0x8D63:
    case 0x9102:
    case 0x6842:
    case 0x7518:
    case 0x664B:
    case 0x8499:
    case 0x9655:
    case 0x5409:
    case 0x95FD:
    case 0x8D35:
    case 0x7CA4:
    case 0x9752:
    case 0x85CF:
    case 0x5DDD:
    case 0x5B81:
    case 0x743C:
        return true; /* 京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼 */
    default:
        return false;
    }
}

/* ---- e-mail ---- */

static bool is_local_sign(uint32_t c)
{
    return zd_guard__is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
}

static void find_email(struct zd_guard__segment *s, size_t at)
{
    size_t start = at, end = at + 1, last_dot = 0;

    while (start > 0 && at - start < 64 && is_local_sign(s->u[start - 1].c))
        start--;
    while (start < at && !zd_guard__is_alnum(s->u[start].c))
        start++;
    while (zd_guard__is_alnum(s->u[end].c) || s->u[end].c == '-' || s->u[end].c == '.') {
        if (s->u[end].c == '.') {
            if (!zd_guard__is_alnum(s->u[end - 1].c) || !zd_guard__is_alnum(s->u[end + 1].c))
                break;
            last_dot = end;
        }
        end++;
    }
    if (start < at && last_dot > at + 1 && end - last_dot > 2 &&
        zd_guard__is_letter(s->u[last_dot + 1].c))
        zd_guard__add(s, ZD_PERSONAL_EMAIL, start, end);
}

/* ---- landlines ---- */

static size_t digits_at(const struct zd_guard__segment *s, size_t at)
{
    size_t n = 0;

    while (zd_guard__is_digit(s->u[at + n].c))
        n++;
    return n;
}

/* 3 or 4 digits: 010, 02x, 0[3-9]xx. */
static bool is_area(const struct zd_guard__segment *s, size_t at, size_t n)
{
    if (s->u[at].c != '0')
        return false;
    if (s->u[at + 1].c == '1')
        return n == 3 && s->u[at + 2].c == '0';
    return s->u[at + 1].c == '2' ? n == 3 : n == 4 && s->u[at + 1].c >= '3';
}

/* The subscriber's number: 7 or 8 digits from 2 to 8, in one or in two groups. Units, or 0. */
static size_t subscriber_at(const struct zd_guard__segment *s, size_t at)
{
    size_t n = digits_at(s, at), second;

    if (s->u[at].c < '2' || s->u[at].c > '8')
        return 0;
    if ((n == 3 || n == 4) && (s->u[at + n].c == '-' || s->u[at + n].c == ' ')) {
        second = digits_at(s, at + n + 1);
        if (second != 4)
            return 0;
        n += 1 + second;
    } else if (n != 7 && n != 8) {
        return 0;
    }
    return zd_guard__is_letter(s->u[at + n].c) ? 0 : n;
}

static size_t extension_at(const struct zd_guard__segment *s, size_t at)
{
    const size_t n_mark = s->u[at].c == '-' ? 1 : zd_guard__label_at(s, at, "转");
    const size_t n = n_mark ? digits_at(s, at + n_mark) : 0;

    return n >= 1 && n <= 5 && !zd_guard__is_alnum(s->u[at + n_mark + n].c) ? n_mark + n : 0;
}

static bool names_phone(const struct zd_guard__segment *s, size_t at, size_t window)
{
    static const char *const labels[] = {"电话", "座机", "固话", "传真", "tel", "联系方式"};

    return zd_guard__label_before(s, at, window, labels, ZD_COUNT(labels));
}

/* Where the subscriber's own number begins behind the area code at `at`, of n digits; 0: it does not. */
static size_t behind_area(const struct zd_guard__segment *s, size_t at, size_t n, bool bracket)
{
    const size_t number = at + n + (bracket ? 1 : 0);

    if (s->u[number].c == '-' || s->u[number].c == ' ')
        return number + 1;
    return bracket ? number : 0;
}

/* The same in a run of n digits that a word names as a phone: a local number, or an area code that
 * runs on into the number. */
static size_t within_run(struct zd_guard__segment *s, size_t at, size_t n)
{
    size_t n_area = 0;

    if (n == 11 && s->u[at].c == '0')
        n_area = is_area(s, at, 3) ? 3 : 4;
    else if (n == 12 && is_area(s, at, 4))
        n_area = 4;
    return n_area == 0 || is_area(s, at, n_area) ? at + n_area : 0;
}

/* A group of digits at `at`, which no letter or digit touches on the left. */
static void find_landline(struct zd_guard__segment *s, size_t at)
{
    const size_t n = digits_at(s, at);
    const bool bracket = at > 0 && s->u[at - 1].c == '(' && s->u[at + n].c == ')';
    size_t number = 0, end;

    if (at > 1 && s->u[at - 1].c == '-' && zd_guard__is_alnum(s->u[at - 2].c))
        return; /* the middle of a longer number */
    if (is_area(s, at, n))
        number = behind_area(s, at, n, bracket);
    else if (names_phone(s, at, 5))
        number = within_run(s, at, n);
    end = number > 0 ? subscriber_at(s, number) : 0;
    if (end == 0)
        return;
    end += number;
    end += extension_at(s, end);
    if (!zd_guard__is_alnum(s->u[end].c))
        zd_guard__add(s, ZD_PERSONAL_LANDLINE, bracket ? at - 1 : at, end);
}

/* ---- names ---- */

static bool is_surname(uint32_t first, uint32_t second, size_t *ret_units)
{
    static const char single[] =
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜"
        "叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺"
        "顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿"
        "关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍"
        "华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏"
        "宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈"
        "匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖"
        "练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘"
        "亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利于呼居揭干但尉冶斯元束檀衣信"
        "展阴昝智幸奉植衡富尧闭由";
    static const char *const twofold[] = {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟",
                                          "公孙", "轩辕", "令狐", "慕容", "司徒", "夏侯", "长孙",
                                          "宇文", "端木", "百里", "南宫", "呼延", "澹台", "淳于",
                                          "单于", "太史", "申屠", "闻人", "赫连", "东郭"};

    for (size_t i = 0; i < ZD_COUNT(twofold); i++) {
        const struct zd_str name = zd_str_c(twofold[i]);
        size_t at = 0;

        if (zd_utf8_next(name, &at) == first && zd_utf8_next(name, &at) == second) {
            *ret_units = 2;
            return true;
        }
    }
    *ret_units = 1;
    return contains(single, first);
}

/* A name ends where its line, phrase or field does; not before a colon, which makes it a label. */
static bool name_ends(const struct zd_guard__segment *s, size_t at)
{
    static const char *const fields[] = {"性别", "身份", "电话", "手机", "联系", "出生",
                                         "民族", "住址", "男",   "女",   "年龄", "今年",
                                         "证件", "工作", "户籍", "先生", "女士", "同志",
                                         "系",   "住在", "家住", "是",   "来自", "籍贯"};
    const uint32_t c = s->u[at].c;

    if (c == ':')
        return false;
    if (at >= s->n || !zd_is_han(c))
        return true;
    for (size_t i = 0; i < ZD_COUNT(fields); i++)
        if (zd_guard__label_at(s, at, fields[i]))
            return true;
    return false;
}

/* Words that stand where a name would and begin like one. */
static bool is_no_name(const struct zd_guard__segment *s, size_t at)
{
    static const char *const words[] = {
        "单位", "公司", "法定", "应当", "应为", "和其", "方可", "相关", "于某", "时间", "全体",
        "全部", "明确", "国家", "公安", "公民", "关于", "任何", "常住", "成年", "石油", "管理",
        "安全", "海关", "高校", "高中", "计划", "原件", "平台", "信息", "支行", "相应", "都",
        "成员", "同上", "万元", "项目", "符合", "向",   "应",   "由",   "解除", "解决"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (zd_guard__label_at(s, at, words[i]))
            return true;
    return false;
}

static size_t han_run(const struct zd_guard__segment *s, size_t at, size_t max)
{
    size_t n = 0;

    while (n < max && at + n < s->n && zd_is_han(s->u[at + n].c))
        n++;
    return n;
}

/* 买买提·吐尔逊: parts of Han characters joined by a middle dot. */
static size_t dotted_name_at(const struct zd_guard__segment *s, size_t at)
{
    size_t end = at + han_run(s, at, 8), n_parts = 1;

    while (s->u[end].c == 0xB7 && zd_is_han(s->u[end + 1].c) && n_parts < 5) {
        end += 1 + han_run(s, end + 1, 8);
        n_parts++;
    }
    return n_parts > 1 && name_ends(s, end) ? end - at : 0;
}

static void find_name(struct zd_guard__segment *s, size_t at)
{
    size_t n_surname = 0, n = dotted_name_at(s, at), longest;

    if (n == 0) {
        if (at + 1 >= s->n || !zd_is_han(s->u[at].c) ||
            !is_surname(s->u[at].c, s->u[at + 1].c, &n_surname) || is_no_name(s, at))
            return;
        longest = han_run(s, at, n_surname + 2);
        for (size_t take = longest; take > n_surname && n == 0; take--)
            if (name_ends(s, at + take))
                n = take;
    }
    if (n > 0)
        zd_guard__add(s, ZD_PERSONAL_NAME, at, at + n);
}

/* ---- addresses ---- */

static bool is_address_sign(uint32_t c)
{
    return zd_is_han(c) || zd_guard__is_alnum(c) || c == '-' || c == '#' || c == '(' || c == ')';
}

static void find_address(struct zd_guard__segment *s, size_t at, bool dwelling_only)
{
    static const char *const next_fields[] = {"电话", "手机", "邮编", "身份证", "姓名", "联系"};
    size_t end = at;
    bool has_place = false, has_house = false, ended = false;

    while (end < s->n && end - at < 60 && !ended) {
        const uint32_t c = s->u[end].c;

        for (size_t i = 0; i < ZD_COUNT(next_fields); i++)
            ended = ended || zd_guard__label_at(s, end, next_fields[i]);
        if (c == ' ' && !ended && !has_house && end > at && is_address_sign(s->u[end + 1].c)) {
            end++;
            continue;
        }
        if (ended || !is_address_sign(c))
            break;
        has_place = has_place || contains("省市区县镇乡街路道村旗州", c);
        has_house = has_house || contains("室栋幢户弄", c) || zd_guard__label_at(s, end, "单元") ||
                    (!dwelling_only && contains("号村组巷楼", c));
        end++;
    }
    while (end > at && s->u[end - 1].c == ' ')
        end--;
    if (has_place && has_house && end - at >= 6)
        zd_guard__add(s, ZD_PERSONAL_ADDRESS, at, end);
}

/* ---- labels ---- */

enum label_kind { NAME_BEHIND_COLON, NAME, ADDRESS, ADDRESS_BEHIND_COLON, DWELLING_BEHIND_COLON };

/* What may stand between a label and its value: a colon, 是 or 为, spaces. */
static size_t colon_at(const struct zd_guard__segment *s, size_t at)
{
    const size_t from = at;
    bool colon = false;

    while (s->u[at].c == ' ' || (!colon && (s->u[at].c == ':' || contains("是为", s->u[at].c)))) {
        colon = colon || s->u[at].c != ' ';
        at++;
    }
    return colon ? at - from : 0;
}

static void find_behind_label(struct zd_guard__segment *s, size_t at)
{
    static const struct {
        const char *label;
        enum label_kind kind;
    } labels[] = {
        {"姓名", NAME_BEHIND_COLON},
        {"联系人", NAME_BEHIND_COLON},
        {"收件人", NAME_BEHIND_COLON},
        {"收货人", NAME_BEHIND_COLON},
        {"户主", NAME_BEHIND_COLON},
        {"经办人", NAME_BEHIND_COLON},
        {"申请人", NAME_BEHIND_COLON},
        {"法定代表人", NAME_BEHIND_COLON},
        {"当事人", NAME_BEHIND_COLON},
        {"投诉人", NAME_BEHIND_COLON},
        {"举报人", NAME_BEHIND_COLON},
        {"信访人", NAME_BEHIND_COLON},
        {"患者", NAME_BEHIND_COLON},
        {"监护人", NAME_BEHIND_COLON},
        {"我叫", NAME},
        {"我的名字叫", NAME},
        {"我的名字是", NAME},
        {"本人叫", NAME},
        {"住址", ADDRESS_BEHIND_COLON},
        {"家庭地址", ADDRESS_BEHIND_COLON},
        {"户籍地址", ADDRESS_BEHIND_COLON},
        {"户籍所在地", ADDRESS_BEHIND_COLON},
        {"户籍地", ADDRESS_BEHIND_COLON},
        {"居住地", ADDRESS_BEHIND_COLON},
        {"居住地址", ADDRESS_BEHIND_COLON},
        {"收货地址", ADDRESS_BEHIND_COLON},
        {"收件地址", ADDRESS_BEHIND_COLON},
        {"常住地址", ADDRESS_BEHIND_COLON},
        {"家住", ADDRESS},
        {"我住在", ADDRESS},
        {"现住", ADDRESS},
        {"联系地址", DWELLING_BEHIND_COLON},
        {"通讯地址", DWELLING_BEHIND_COLON},
        {"地址", DWELLING_BEHIND_COLON},
    };

    for (size_t i = 0; i < ZD_COUNT(labels); i++) {
        const enum label_kind kind = labels[i].kind;
        size_t value = zd_guard__label_at(s, at, labels[i].label), n_colon;

        if (value == 0)
            continue;
        value += at;
        n_colon = colon_at(s, value);
        if (n_colon == 0 && kind != NAME && kind != ADDRESS) {
            if (strcmp(labels[i].label, "姓名") != 0 || s->u[value].c != ' ')
                continue;
            while (s->u[value].c == ' ') /* a form: 姓名 张三 */
                value++;
        }
        value += n_colon;
        if (kind == NAME_BEHIND_COLON || kind == NAME)
            find_name(s, value);
        else
            find_address(s, value, kind == DWELLING_BEHIND_COLON);
    }
}

static bool may_be_label(uint32_t c)
{
    switch (c) {
    case 0x4E3E:
    case 0x4F4F:
    case 0x4FE1:
    case 0x5730:
    case 0x59D3:
    case 0x5BB6:
    case 0x5C45:
    case 0x5E38:
    case 0x5F53:
    case 0x60A3:
    case 0x6211:
    case 0x6237:
    case 0x6295:
    case 0x6536:
    case 0x672C:
    case 0x6CD5:
    case 0x73B0:
    case 0x7533:
    case 0x76D1:
    case 0x7ECF:
    case 0x8054:
    case 0x901A:
        return true; /* 举住信地姓家居常当患我户投收本法现申监经联通 */
    default:
        return false;
    }
}

void zd_guard__find_labelled(struct zd_guard__segment *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t c = s->u[i].c;

        if (c < 0x80) {
            if (c == '@')
                find_email(s, i);
            else if (zd_guard__is_digit(c) && (i == 0 || !zd_guard__is_alnum(s->u[i - 1].c)))
                find_landline(s, i);
            continue;
        }
        if (is_plate_province(c))
            find_plate(s, i);
        if (may_be_label(c))
            find_behind_label(s, i);
    }
}
