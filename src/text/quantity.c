/* quantity.c: see quantity.h. */
#include "text/quantity.h"

#define UNIT_MAX_BYTES 24
#define PLAIN_MAX_DIGITS 11 /* a longer row of digits is a code */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "," and exactly three digits. */
static bool is_comma(struct zd_str s, size_t at)
{
    size_t n = 0;

    if (at >= s.n || s.p[at] != ',')
        return false;
    while (at + 1 + n < s.n && is_digit(s.p[at + 1 + n]))
        n++;
    return n == 3;
}

/* Whole digits at *at, commas passed over. */
static bool read_digits(struct zd_str s, size_t *at, uint32_t *ret_n, int64_t *value)
{
    const bool zero = *at < s.n && s.p[*at] == '0';
    uint32_t n = 0;

    while (*at < s.n && (is_digit(s.p[*at]) || (n > 0 && is_comma(s, *at)))) {
        if (s.p[*at] != ',') {
            if (__builtin_mul_overflow(*value, 10, value) ||
                __builtin_add_overflow(*value, s.p[*at] - '0', value))
                return false;
            n++;
        }
        ++*at;
    }
    *ret_n = n;
    return n > 0 && n <= PLAIN_MAX_DIGITS && !(zero && n > 1);
}

static bool read_decimals(struct zd_str s, size_t *at, int64_t *millionths)
{
    int64_t worth = ZD_QUANTITY_MILLION / 10;

    if (*at >= s.n || s.p[*at] != '.')
        return true;
    if (*at + 1 >= s.n || !is_digit(s.p[*at + 1]))
        return false;
    for (++*at; *at < s.n && is_digit(s.p[*at]); ++*at) {
        if (worth == 0)
            return false;
        *millionths += worth * (s.p[*at] - '0');
        worth /= 10;
    }
    return *at >= s.n || s.p[*at] != '.'; /* 1.2.3 is none */
}

bool zd_quantity_read(struct zd_str folded, int64_t *ret_millionths, size_t *ret_bytes)
{
    const bool negative = folded.n > 0 && folded.p[0] == '-';
    int64_t value = 0, decimals = 0;
    size_t at = negative;
    uint32_t n;

    if (!read_digits(folded, &at, &n, &value) || !read_decimals(folded, &at, &decimals) ||
        __builtin_mul_overflow(value, ZD_QUANTITY_MILLION, &value) ||
        __builtin_add_overflow(value, decimals, &value))
        return false;
    if (zd_str_starts(zd_str_cut(folded, at, folded.n), ZD_STR("万"))) {
        if (__builtin_mul_overflow(value, 10000, &value))
            return false;
        at += 3;
    } else if (zd_str_starts(zd_str_cut(folded, at, folded.n), ZD_STR("亿"))) {
        if (__builtin_mul_overflow(value, 100000000, &value))
            return false;
        at += 3;
    }
    *ret_millionths = negative ? -value : value;
    *ret_bytes = at;
    return true;
}

/* What may stand behind a number: letters, Han characters, %, and "/" and "·" between them. */
static bool is_unit(struct zd_str s)
{
    static const char *const never[] = {"以", "至", "到", "起", "约", "左右", "-", "~", "(",
                                        ")",  ",",  ".",  ":",  "、", "或",   "*", "+", "="};

    if (s.n > UNIT_MAX_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]))
            return false;
    for (size_t i = 0; i < ZD_COUNT(never); i++)
        if (zd_str_find(s, zd_str_c(never[i]), 0) != SIZE_MAX)
            return false;
    return true;
}

bool zd_quantity_whole(struct zd_str folded, int64_t *ret_millionths, struct zd_str *ret_unit)
{
    int64_t value;
    struct zd_str s = zd_str_trim(folded), unit;
    bool yuan = false;
    size_t n;

    if (zd_str_starts(s, ZD_STR("¥"))) {
        s = zd_str_cut(s, 2, s.n);
        yuan = true;
    }
    if (!zd_quantity_read(s, &value, &n))
        return false;
    unit = zd_str_trim(zd_str_cut(s, n, s.n));
    if (!is_unit(unit) || (yuan && unit.n > 0 && !zd_str_eq(unit, ZD_STR("元"))))
        return false;
    if (zd_str_starts(unit, ZD_STR("年")) && value >= 1900 * (int64_t)ZD_QUANTITY_MILLION &&
        value <= 2100 * (int64_t)ZD_QUANTITY_MILLION)
        return false;
    *ret_millionths = value;
    *ret_unit = yuan ? ZD_STR("元") : unit;
    return true;
}
