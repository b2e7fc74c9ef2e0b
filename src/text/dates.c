/* dates.c: days as officials write them, see zd_date_read in text.h.
 *
 *     han      = year 年 [ month 月 [ day (日|号) ] ]     spaces allowed between the parts
 *     marked   = year sep month sep day                   one of - . / and the same one twice
 *     packed   = eight digits yyyymmdd, years 1900 to 2099
 *
 * A year is four digits: 2023, ２０２３, 二〇二三. Zero is written 〇 ○ 零 0 or, where no other key
 * was at hand, the letter O. Months and days are numbers of one or two digits or 十一, 廿五; 元月
 * is January. A day that the calendar does not have is no date. */
#include "text/text.h"

#include "base/date.h"
#include "base/utf8.h"
#include "text/sign_private.h"

#define PACKED_FIRST_YEAR 1900
#define PACKED_LAST_YEAR 2099
#define MAX_SPACES 4

struct scan {
    struct zd_str s;
    size_t at;
};

static uint32_t peek(const struct scan *scan)
{
    size_t at = scan->at;

    return at < scan->s.n ? zd_utf8_next(scan->s, &at) : 0;
}

static bool take(struct scan *scan, uint32_t c)
{
    if (scan->at >= scan->s.n || peek(scan) != c)
        return false;
    (void)zd_utf8_next(scan->s, &scan->at);
    return true;
}

static void skip_spaces(struct scan *scan)
{
    for (int n = 0; n < MAX_SPACES; n++)
        if (!take(scan, ' ') && !take(scan, 0x3000) && !take(scan, 0xA0))
            return;
}

static bool is_letter_o(uint32_t c)
{
    return c == 'O' || c == 'o' || c == 0xFF2F || c == 0xFF4F || c == 0x39F || c == 0x41E;
}

/* The digit at the scan, or -1. A letter O counts between Han digits only. */
static int digit_at(const struct scan *scan, bool after_han, bool *ret_han)
{
    uint32_t c = peek(scan);
    struct zd_sign sign = zd_sign_of(c);

    *ret_han = sign.kind == ZD_SIGN_HAN || sign.kind == ZD_SIGN_ZERO;
    if (sign.kind == ZD_SIGN_ARABIC || *ret_han)
        return (int)sign.value;
    return after_han && is_letter_o(c) ? 0 : -1;
}

/* A row of digits at the scan, at most max; their number, 0 where there are more. */
static int take_digits(struct scan *scan, int max, int *ret_value, bool *ret_han)
{
    bool han = false, han_digit;
    int value = 0, n = 0;

    for (;; n++) {
        int digit = digit_at(scan, han, &han_digit);

        if (digit < 0)
            break;
        if (n == max)
            return 0;
        han |= han_digit;
        value = value * 10 + digit;
        (void)zd_utf8_next(scan->s, &scan->at);
    }
    *ret_value = value;
    *ret_han = han;
    return n;
}

/* A month or day before `mark`, spaces around it: 5, 05, 十二, 廿五. */
static bool take_part(struct scan *scan, uint32_t mark, uint32_t other_mark, int *ret_value)
{
    struct scan ahead = *scan;
    uint64_t value;
    size_t n_bytes;

    skip_spaces(&ahead);
    if (mark == 0x6708 && take(&ahead, 0x5143)) { /* 元月 */
        value = 1;
    } else {
        struct zd_str rest = zd_str_cut(ahead.s, ahead.at, ahead.s.n);

        if (!zd_number_read(rest, &value, &n_bytes) || value > 31)
            return false;
        ahead.at += n_bytes;
    }
    skip_spaces(&ahead);
    if (!take(&ahead, mark) && !take(&ahead, other_mark))
        return false;
    *scan = ahead;
    *ret_value = (int)value;
    return true;
}

static bool read_han(struct scan *scan, int year, int32_t *ret_date, int *ret_precision)
{
    int month = 1, day = 1;
    int precision = 1;

    if (take_part(scan, 0x6708, 0x6708, &month)) { /* 月 */
        precision = 2;
        if (take_part(scan, 0x65E5, 0x53F7, &day) || take_part(scan, 0x65E5, 0x865F, &day))
            precision = 3; /* 日 号 號 */
    }
    *ret_date = zd_date_of(year, month, day);
    *ret_precision = precision;
    return *ret_date != 0;
}

static bool is_digit_next(const struct scan *scan)
{
    return zd_sign_of(peek(scan)).kind == ZD_SIGN_ARABIC;
}

/* The separator at the scan as one of - . /, or 0. */
static uint32_t take_separator(struct scan *scan)
{
    static const uint32_t forms[][3] = {
        {'-', 0xFF0D, 0x2010}, {'.', 0xFF0E, '.'}, {'/', 0xFF0F, '/'}};

    for (size_t i = 0; i < ZD_COUNT(forms); i++)
        for (size_t k = 0; k < 3; k++)
            if (take(scan, forms[i][k]))
                return forms[i][0];
    return 0;
}

static bool read_marked(struct scan *scan, int year, int32_t *ret_date)
{
    uint32_t separator = take_separator(scan);
    struct scan after;
    int month, day;
    bool han;

    if (!separator || !take_digits(scan, 2, &month, &han) || han)
        return false;
    if (take_separator(scan) != separator || !take_digits(scan, 2, &day, &han) || han)
        return false;
    after = *scan;
    if (take_separator(&after) == separator && is_digit_next(&after))
        return false; /* 2023.5.1.2 is a version or a place in a text */
    *ret_date = zd_date_of(year, month, day);
    return *ret_date != 0;
}

static bool read_packed(struct scan *scan, int32_t *ret_date)
{
    int value;
    bool han;

    if (take_digits(scan, 8, &value, &han) != 8 || han)
        return false;
    if (value / 10000 < PACKED_FIRST_YEAR || value / 10000 > PACKED_LAST_YEAR)
        return false;
    *ret_date = zd_date_of(value / 10000, value / 100 % 100, value % 100);
    return *ret_date != 0;
}

bool zd_date_read(struct zd_str s, int32_t *ret_date, int *ret_precision, size_t *ret_bytes)
{
    struct scan scan = {s, 0}, packed = {s, 0}, spaced;
    int32_t date = 0;
    int year, precision = 3;
    bool han;

    if (read_packed(&packed, &date)) {
        scan = packed;
        goto found;
    }
    if (take_digits(&scan, 4, &year, &han) != 4)
        return false;
    spaced = scan;
    skip_spaces(&spaced);
    if (take(&spaced, 0x5E74)) { /* 年 */
        scan = spaced;
        if (!read_han(&scan, year, &date, &precision))
            return false;
    } else if (han || !read_marked(&scan, year, &date)) {
        return false;
    }
found:
    *ret_date = date;
    *ret_precision = precision;
    *ret_bytes = scan.at;
    return true;
}
