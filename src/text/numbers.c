/* numbers.c: Chinese numbers, see zd_number_read in text.h.
 *
 *     number  = piece { piece }
 *     piece   = [ run ] small | run | tens | big      units fall inside a section (千 百 十)
 *     run     = digits of one kind, read by position (二〇二三, 2023, 1,000)
 *
 * A section is what stands before 万 or 亿. A single digit right after a unit of 100 or more, with
 * no 零 between, stands one place lower (一百二 is 120), as people say it.
 * What does not fit ends the number before it; an overflow of 64 bits is no number. */
#include "text/text.h"

#include "base/utf8.h"
#include "text/sign_private.h"

struct zd_sign zd_sign_of(uint32_t c)
{
    /* Three spellings a digit: plain, financial, other. */
    static const uint16_t digits[10][4] = {
        {0x3007, 0x96F6, 0x25CB, 0x25EF}, /* 〇 零 ○ ◯ */
        {0x4E00, 0x58F9, 0x5F0C, 0x58F1}, /* 一 壹 弌 壱 */
        {0x4E8C, 0x8D30, 0x8CB3, 0x4E24}, /* 二 贰 貳 两 */
        {0x4E09, 0x53C1, 0x53C3, 0x5F0E}, /* 三 叁 參 弎 */
        {0x56DB, 0x8086, 0, 0},           /* 四 肆 */
        {0x4E94, 0x4F0D, 0, 0},           /* 五 伍 */
        {0x516D, 0x9646, 0x9678, 0},      /* 六 陆 陸 */
        {0x4E03, 0x67D2, 0, 0},           /* 七 柒 */
        {0x516B, 0x634C, 0, 0},           /* 八 捌 */
        {0x4E5D, 0x7396, 0, 0},           /* 九 玖 */
    };
    static const struct {
        uint16_t c;
        struct zd_sign sign;
    } others[] = {
        {0x5169, {ZD_SIGN_HAN, 2}},         {0x5341, {ZD_SIGN_SMALL, 10}},      /* 兩 十 */
        {0x62FE, {ZD_SIGN_SMALL, 10}},      {0x767E, {ZD_SIGN_SMALL, 100}},     /* 拾 百 */
        {0x4F70, {ZD_SIGN_SMALL, 100}},     {0x5343, {ZD_SIGN_SMALL, 1000}},    /* 佰 千 */
        {0x4EDF, {ZD_SIGN_SMALL, 1000}},    {0x5EFF, {ZD_SIGN_TENS, 20}},       /* 仟 廿 */
        {0x5344, {ZD_SIGN_TENS, 20}},       {0x5345, {ZD_SIGN_TENS, 30}},       /* 卄 卅 */
        {0x534C, {ZD_SIGN_TENS, 40}},       {0x4E07, {ZD_SIGN_BIG, 10000}},     /* 卌 万 */
        {0x842C, {ZD_SIGN_BIG, 10000}},     {0x4EBF, {ZD_SIGN_BIG, 100000000}}, /* 萬 亿 */
        {0x5104, {ZD_SIGN_BIG, 100000000}},                                     /* 億 */
    };

    if (c >= '0' && c <= '9')
        return (struct zd_sign){ZD_SIGN_ARABIC, c - '0'};
    if (c >= 0xFF10 && c <= 0xFF19)
        return (struct zd_sign){ZD_SIGN_ARABIC, c - 0xFF10};
    if (c < 0x25CB || c > 0x9FFF)
        return (struct zd_sign){ZD_SIGN_OTHER, 0};
    for (uint32_t value = 0; value < 10; value++)
        for (size_t k = 0; k < 4; k++)
            if (digits[value][k] == c)
                return (struct zd_sign){value ? ZD_SIGN_HAN : ZD_SIGN_ZERO, value};
    for (size_t k = 0; k < ZD_COUNT(others); k++)
        if (others[k].c == c)
            return others[k].sign;
    return (struct zd_sign){ZD_SIGN_OTHER, 0};
}

static struct zd_sign sign_at(struct zd_str s, size_t at, size_t *ret_next)
{
    *ret_next = at;
    if (at >= s.n)
        return (struct zd_sign){ZD_SIGN_OTHER, 0};
    return zd_sign_of(zd_utf8_next(s, ret_next));
}

struct run {
    uint64_t value;
    uint32_t n_digits;
    bool leading_zero;
    bool han;
    size_t end;
};

/* "," and exactly three ASCII digits. */
static bool is_thousands_comma(struct zd_str s, size_t at)
{
    size_t n = 0;

    if (at >= s.n || s.p[at] != ',')
        return false;
    for (at++; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++)
        n++;
    return n == 3;
}

/* The longest row of digits of one kind at `at`; false where it overflows. No digit gives
 * n_digits 0. */
static bool read_run(struct zd_str s, size_t at, struct run *ret_run)
{
    enum zd_sign_kind kind = ZD_SIGN_OTHER;
    struct run run = {.end = at};

    for (;;) {
        size_t next;
        struct zd_sign sign = sign_at(s, run.end, &next);

        if (run.n_digits > 0 && kind == ZD_SIGN_ARABIC && is_thousands_comma(s, run.end)) {
            run.end++;
            continue;
        }
        if (sign.kind != ZD_SIGN_ARABIC && sign.kind != ZD_SIGN_HAN && sign.kind != ZD_SIGN_ZERO)
            break;
        if (sign.value != 0) {
            if (kind != ZD_SIGN_OTHER && kind != sign.kind)
                break;
            kind = sign.kind;
        }
        run.leading_zero |= run.n_digits == 0 && sign.value == 0;
        run.han |= sign.kind != ZD_SIGN_ARABIC;
        if (__builtin_mul_overflow(run.value, 10, &run.value) ||
            __builtin_add_overflow(run.value, sign.value, &run.value))
            return false;
        run.n_digits++;
        run.end = next;
    }
    *ret_run = run;
    return true;
}

struct reading {
    uint64_t total, section; /* finished big units; what stands before the next one */
    uint64_t last_big;       /* last 万 or 亿, 0 before one */
    uint64_t last_small;     /* last unit of this section, 0 before one */
    uint64_t last_unit;      /* of either kind, 0 before one */
    size_t end;
};

static bool add_product(uint64_t *to, uint64_t a, uint64_t b)
{
    uint64_t product;

    return !__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(*to, product, to);
}

/* 万 and 亿: times the section, or times all that was read when a bigger one follows (一万亿). */
static bool close_section(struct reading *r, uint64_t big)
{
    uint64_t base = 0;

    if (big > r->last_big) {
        if (__builtin_add_overflow(r->total, r->section, &base))
            return false;
        r->total = 0;
    } else {
        base = r->section;
    }
    if (!add_product(&r->total, base, big))
        return false;
    r->section = r->last_small = 0;
    r->last_big = r->last_unit = big;
    return true;
}

/* A last row of digits with no unit behind it. False where it cannot be part of the number. */
static bool add_tail(struct reading *r, const struct run *run)
{
    uint64_t value = run->value;

    if (r->last_unit >= 100 && run->n_digits == 1 && !run->leading_zero)
        value *= r->last_unit / 10;
    else if (r->last_unit != 0 && value >= r->last_unit)
        return false;
    if (__builtin_add_overflow(r->section, value, &r->section))
        return false;
    r->end = run->end;
    return true;
}

/* One piece; sets *ret_more while another may follow. False: no number of 64 bits. */
static bool read_piece(struct zd_str s, struct reading *r, bool *ret_more)
{
    struct run run;
    struct zd_sign unit;
    size_t next;

    *ret_more = false;
    if (!read_run(s, r->end, &run))
        return r->end > 0;
    unit = sign_at(s, run.end, &next);
    if (unit.kind == ZD_SIGN_SMALL && (r->last_small == 0 || unit.value < r->last_small) &&
        (run.n_digits > 0 ? !run.han || run.n_digits - run.leading_zero <= 1 : unit.value == 10)) {
        r->last_small = r->last_unit = unit.value;
        r->end = next;
        *ret_more = true;
        return add_product(&r->section, run.n_digits ? run.value : 1, unit.value);
    }
    if (unit.kind == ZD_SIGN_TENS && run.n_digits - run.leading_zero == 0 &&
        (r->last_small == 0 || r->last_small > 10)) {
        r->last_small = r->last_unit = 10;
        r->end = next;
        *ret_more = true;
        return add_product(&r->section, unit.value, 1);
    }
    if (unit.kind == ZD_SIGN_BIG && (run.n_digits > 0 || r->section > 0 || r->total > 0) &&
        (r->last_unit == 0 || run.n_digits == 0 || run.value < r->last_unit)) {
        if (__builtin_add_overflow(r->section, run.value, &r->section) ||
            !close_section(r, unit.value))
            return false;
        r->end = next;
        *ret_more = true;
        return true;
    }
    if (run.n_digits > 0)
        (void)add_tail(r, &run);
    return true;
}

bool zd_number_read(struct zd_str s, uint64_t *ret_value, size_t *ret_bytes)
{
    struct reading r = {0};
    bool more = true;
    uint64_t value;

    while (more)
        if (!read_piece(s, &r, &more))
            return false;
    if (r.end == 0 || __builtin_add_overflow(r.total, r.section, &value))
        return false;
    *ret_value = value;
    *ret_bytes = r.end;
    return true;
}
