/* numbers.c: numbers in a line, however they are spaced: runs of letters and digits are put together
 * group by group and shown to the checks of codes.c.
 *
 * A candidate begins with a group and ends with one; between groups stand one or two spaces, or one
 * hyphen, the same throughout. No letter or digit touches it, but an id may follow letters
 * ("sfz1101…"), and a mobile number the words that announce it ("tel138…"). Where the check is
 * weak the grouping must be one that people write (138 1234 5678), and what stands around it must
 * not say that it is something else: a decimal, a quantity (…元), an order number.
 */
#include <string.h>

#include "guard/guard_private.h"

#define MAX_CODE 19
#define MAX_GROUPS MAX_CODE

struct code {
    char s[MAX_CODE + 1];
    size_t n;
    uint8_t groups[MAX_GROUPS]; /* [n_groups] their lengths */
    size_t n_groups;
    size_t start, end; /* units */
};

static bool groups_are(const struct code *c, const char *shape)
{
    if (c->n_groups != strlen(shape))
        return false;
    for (size_t i = 0; i < c->n_groups; i++)
        if (c->groups[i] != shape[i] - 'a' + 1)
            return false;
    return true;
}

static bool groups_are_singles(const struct code *c)
{
    return c->n_groups == c->n;
}

/* In fours, or six and the rest, or whole, or digit by digit. */
static bool groups_suit_card(const struct code *c)
{
    if (c->n_groups == 1 || groups_are_singles(c) || (c->n_groups == 2 && c->groups[0] == 6))
        return true;
    for (size_t i = 0; i + 1 < c->n_groups; i++)
        if (c->groups[i] != 4)
            return false;
    return c->groups[c->n_groups - 1] <= 4;
}

/* Lengths as letters, a = 1: 3-4-4, 3-8, 7-4, 4-4-3. */
static bool groups_suit_mobile(const struct code *c)
{
    return c->n_groups == 1 || groups_are_singles(c) || groups_are(c, "cdd") ||
           groups_are(c, "ch") || groups_are(c, "gd") || groups_are(c, "ddc");
}

static uint32_t unit_before(const struct zd_guard__segment *s, size_t at, size_t back)
{
    return at >= back ? s->u[at - back].c : 0;
}

static bool is_in_decimal(const struct zd_guard__segment *s, size_t start, size_t end)
{
    return (unit_before(s, start, 1) == '.' && zd_guard__is_digit(unit_before(s, start, 2))) ||
           (s->u[end].c == '.' && end + 1 < s->n && zd_guard__is_digit(s->u[end + 1].c));
}

/* A part of a hyphenated number: "2024-13812345678", and letters: a UUID. */
static bool is_hyphenated(const struct zd_guard__segment *s, size_t start, size_t end)
{
    return (unit_before(s, start, 1) == '-' && zd_guard__is_alnum(unit_before(s, start, 2))) ||
           (s->u[end].c == '-' && end + 1 < s->n && zd_guard__is_alnum(s->u[end + 1].c));
}

/* Followed by what is counted: 13812345678元. */
static bool is_quantity(const struct zd_guard__segment *s, size_t end)
{
    static const char *const counted[] = {"元",   "万",   "亿",   "吨",   "%",    "‰",
                                          "平方", "公里", "公顷", "公斤", "千克", "千瓦",
                                          "美元", "港元", "人次", "立方", "亩",   "度电"};

    for (size_t i = 0; i < ZD_COUNT(counted); i++)
        if (zd_guard__label_at(s, end, counted[i]))
            return true;
    return false;
}

static bool names_something_else(const struct zd_guard__segment *s, size_t start)
{
    static const char *const other[] = {"订单",   "流水", "单号",   "编号", "文号",  "批号",
                                        "条码",   "条形", "追踪",   "物流", "快递",  "型号",
                                        "序列号", "货号", "版本",   "合同", "发票",  "税票",
                                        "时间戳", "编码", "受理号", "案号", "证书号"};
    static const char *const card[] = {"卡", "账号", "帐号", "账户", "帐户", "证件", "护照"};

    return zd_guard__label_before(s, start, 9, other, ZD_COUNT(other)) &&
           !zd_guard__label_before(s, start, 9, card, ZD_COUNT(card));
}

static bool names_passport(const struct zd_guard__segment *s, size_t start)
{
    static const char *const labels[] = {"护照", "通行证", "旅行证", "证件", "passport"};

    return zd_guard__label_before(s, start, 16, labels, ZD_COUNT(labels));
}

static bool names_id(const struct zd_guard__segment *s, size_t start)
{
    static const char *const labels[] = {"身份证", "公民身份", "身份号", "证件号"};

    return zd_guard__label_before(s, start, 16, labels, ZD_COUNT(labels));
}

/* A mobile number with or without the country's code, which then belongs to it. */
static bool suits_mobile(const struct zd_guard__segment *s, const struct code *c)
{
    struct code rest = *c;
    size_t n_country = 0;

    if (c->n == 13 && memcmp(c->s, "86", 2) == 0)
        n_country = 2;
    else if (c->n == 15 && memcmp(c->s, "0086", 4) == 0)
        n_country = 4;
    if (!zd_guard__is_mobile(c->s + n_country, c->n - n_country))
        return false;
    if (n_country && c->n_groups > 1) {
        if (c->groups[0] != n_country)
            return false;
        rest.n -= n_country;
        rest.n_groups--;
        memmove(rest.groups, rest.groups + 1, rest.n_groups);
    }
    return groups_suit_mobile(&rest) && !is_in_decimal(s, c->start, c->end) &&
           !is_quantity(s, c->end) && !is_hyphenated(s, c->start, c->end) &&
           !names_something_else(s, c->start);
}

static bool suits_passport(const struct zd_guard__segment *s, const struct code *c)
{
    const bool grouped_well =
        c->n_groups == 1 || groups_are_singles(c) || (c->n_groups == 2 && c->groups[0] <= 2);

    return (c->n == 9 || c->n == 11) && grouped_well &&
           zd_guard__is_passport(c->s, c->n, names_passport(s, c->start)) &&
           !is_hyphenated(s, c->start, c->end) && !names_something_else(s, c->start);
}

static bool suits_card(const struct zd_guard__segment *s, const struct code *c)
{
    static const char *const labels[] = {"卡", "账号", "帐号", "账户", "帐户", "card"};
    const bool announced =
        c->n_groups > 1 || zd_guard__label_before(s, c->start, 12, labels, ZD_COUNT(labels));

    return groups_suit_card(c) && zd_guard__is_card(c->s, c->n, announced) &&
           !is_in_decimal(s, c->start, c->end) && !is_quantity(s, c->end) &&
           !names_something_else(s, c->start);
}

/* One in 31 of any digits fits; digits alone must be announced, or hold the older code as well. */
static bool suits_credit(const struct zd_guard__segment *s, const struct code *c)
{
    static const char *const labels[] = {"信用代码", "代码", "税号", "识别号", "组织机构"};
    bool letters = false;

    if (!groups_suit_card(c) || !zd_guard__is_credit(c->s, c->n))
        return false;
    for (size_t i = 0; i < c->n; i++)
        letters = letters || zd_guard__is_letter((uint8_t)c->s[i]);
    return letters || zd_guard__holds_organisation(c->s) ||
           zd_guard__label_before(s, c->start, 16, labels, ZD_COUNT(labels));
}

/* Shows a candidate to every check of its length; `glued`: a letter touches it on the left. */
static void judge(struct zd_guard__segment *s, const struct code *c, bool glued)
{
    if (c->n == 18 && !is_in_decimal(s, c->start, c->end)) {
        if (zd_guard__is_id(c->s, c->n))
            zd_guard__add(s, ZD_PERSONAL_ID, c->start, c->end);
        if (!glued && zd_guard__is_residence(c->s, c->n))
            zd_guard__add(s, ZD_PERSONAL_RESIDENCE, c->start, c->end);
        if (!glued && suits_credit(s, c))
            zd_guard__add(s, ZD_PERSONAL_CREDIT, c->start, c->end);
    }
    if (glued)
        return;
    if (c->n == 15 && (c->n_groups <= 2 || groups_are_singles(c)) &&
        zd_guard__is_residence(c->s, c->n))
        zd_guard__add(s, ZD_PERSONAL_RESIDENCE, c->start, c->end);
    if (c->n == 15 && zd_guard__is_old_id(c->s, c->n) && names_id(s, c->start))
        zd_guard__add(s, ZD_PERSONAL_OLD_ID, c->start, c->end);
    if (c->n >= 15 && suits_card(s, c))
        zd_guard__add(s, ZD_PERSONAL_CARD, c->start, c->end);
    if (suits_passport(s, c))
        zd_guard__add(s, ZD_PERSONAL_PASSPORT, c->start, c->end);
    if (suits_mobile(s, c))
        zd_guard__add(s, ZD_PERSONAL_MOBILE, c->start, c->end);
}

/* Separators at `at` that may stand inside a number: their count, and their character. */
static size_t separators_at(const struct zd_guard__segment *s, size_t at, uint32_t *ret_c)
{
    *ret_c = s->u[at].c;
    if (s->u[at].c == '-')
        return 1;
    if (s->u[at].c != ' ')
        return 0;
    return s->u[at + 1].c == ' ' ? 2 : 1;
}

/* What can begin a number at all: a digit, or letters of which at most three come first. */
static bool may_begin(const struct zd_guard__segment *s, size_t at)
{
    size_t n_letters = 0;

    while (zd_guard__is_letter(s->u[at].c) && n_letters < 4) {
        n_letters++;
        at++;
        if (n_letters < 4 && (s->u[at].c == ' ' || s->u[at].c == '-'))
            at++;
    }
    return n_letters < 4 && zd_guard__is_digit(s->u[at].c);
}

/* Tries every candidate that begins at `start`, one group longer each time. */
static void try_from(struct zd_guard__segment *s, size_t start, bool glued)
{
    struct code c = {.start = start};
    uint32_t separator = 0;
    size_t at = start;

    if (!may_begin(s, start))
        return;
    for (;;) {
        const size_t group = at;
        uint32_t next_separator;
        size_t n_between;

        while (zd_guard__is_alnum(s->u[at].c)) {
            if (c.n == MAX_CODE)
                return;
            c.s[c.n++] = (char)s->u[at++].c;
        }
        c.groups[c.n_groups++] = (uint8_t)(at - group);
        c.end = at;
        if (c.n >= 9)
            judge(s, &c, glued);
        n_between = separators_at(s, at, &next_separator);
        if (n_between == 0 || !zd_guard__is_alnum(s->u[at + n_between].c) || c.n == MAX_CODE ||
            (separator && separator != next_separator))
            return;
        separator = next_separator;
        at += n_between;
    }
}

/* tel13812345678: letters that announce a number and touch it. */
static void try_announced(struct zd_guard__segment *s, size_t word, size_t at)
{
    static const char *const words[] = {"tel", "phone", "mobile", "mob", "cell"};

    for (size_t i = 0; i < ZD_COUNT(words); i++) {
        struct code c = {.start = at, .n_groups = 1, .n = 11, .groups = {11}};

        if (at - word != strlen(words[i]) || !zd_guard__label_at(s, word, words[i]))
            continue;
        while (zd_guard__is_digit(s->u[at].c) && at - c.start < 11) {
            c.s[at - c.start] = (char)s->u[at].c;
            at++;
        }
        c.end = at;
        if (at - c.start == 11 && !zd_guard__is_alnum(s->u[at].c) && suits_mobile(s, &c))
            zd_guard__add(s, ZD_PERSONAL_MOBILE, c.start, c.end);
        return;
    }
}

void zd_guard__find_numbers(struct zd_guard__segment *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const size_t word = i;

        if (!zd_guard__is_alnum(s->u[i].c))
            continue;
        try_from(s, i, false);
        while (zd_guard__is_alnum(s->u[i + 1].c)) {
            i++;
            if (zd_guard__is_letter(s->u[i - 1].c) && zd_guard__is_digit(s->u[i].c)) {
                try_from(s, i, true);
                try_announced(s, word, i);
            }
        }
    }
}
