/* label.c: numbers as lists write them: 3, 三, 丙, ③, c, iii. */
#include "parse/office_private.h"

static void put_letters(struct zd_buf *out, uint32_t n, char first)
{
    uint32_t times = (n - 1) / 26 + 1; /* Word: z, aa, bb */

    for (uint32_t i = 0; i < times && i < 8; i++)
        zd_buf_byte(out, (uint8_t)(first + (char)((n - 1) % 26)));
}

static void put_roman(struct zd_buf *out, uint32_t n, bool upper)
{
    static const struct {
        uint32_t value;
        const char *lower, *upper;
    } rows[] = {{1000, "m", "M"}, {900, "cm", "CM"}, {500, "d", "D"}, {400, "cd", "CD"},
                {100, "c", "C"},  {90, "xc", "XC"},  {50, "l", "L"},  {40, "xl", "XL"},
                {10, "x", "X"},   {9, "ix", "IX"},   {5, "v", "V"},   {4, "iv", "IV"},
                {1, "i", "I"}};

    for (size_t i = 0; i < ZD_COUNT(rows) && n < 4000; i++)
        for (; n >= rows[i].value; n -= rows[i].value)
            zd_buf_c(out, upper ? rows[i].upper : rows[i].lower);
}

/* 1 … 9999: 十, 十一, 二十, 一百零五. */
static void put_han(struct zd_buf *out, uint32_t n)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四",
                                         "五", "六", "七", "八", "九"};
    static const struct {
        uint32_t value;
        const char *word;
    } places[] = {{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}};
    bool begun = false, gap = false;

    for (size_t i = 0; i < ZD_COUNT(places); i++) {
        uint32_t digit = n / places[i].value % 10;

        if (digit == 0) {
            gap = begun;
            continue;
        }
        if (gap)
            zd_buf_c(out, digits[0]);
        if (begun || digit != 1 || places[i].value != 10)
            zd_buf_c(out, digits[digit]);
        zd_buf_c(out, places[i].word);
        begun = true;
        gap = false;
    }
}

void zd_parse__number_write(struct zd_buf *out, enum zd_parse__number_format format, uint32_t n)
{
    static const char *const stems[] = {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"};

    if (n == 0 || n > 9999)
        format = ZD_PARSE__NUMBER_DECIMAL;
    switch (format) {
    case ZD_PARSE__NUMBER_NONE:
    case ZD_PARSE__NUMBER_BULLET:
        return;
    case ZD_PARSE__NUMBER_HAN:
        put_han(out, n);
        return;
    case ZD_PARSE__NUMBER_STEM:
        if (n <= 10)
            zd_buf_c(out, stems[n - 1]);
        else
            put_han(out, n);
        return;
    case ZD_PARSE__NUMBER_CIRCLE:
        if (n <= 20)
            zd_buf_code_point(out, 0x2460 + n - 1);
        else
            zd_buf_printf(out, "(%u)", n);
        return;
    case ZD_PARSE__NUMBER_LOWER_LETTER:
        put_letters(out, n, 'a');
        return;
    case ZD_PARSE__NUMBER_UPPER_LETTER:
        put_letters(out, n, 'A');
        return;
    case ZD_PARSE__NUMBER_LOWER_ROMAN:
        put_roman(out, n, false);
        return;
    case ZD_PARSE__NUMBER_UPPER_ROMAN:
        put_roman(out, n, true);
        return;
    case ZD_PARSE__NUMBER_DECIMAL_ZERO:
        zd_buf_printf(out, "%02u", n);
        return;
    case ZD_PARSE__NUMBER_DECIMAL:
        break;
    }
    zd_buf_printf(out, "%u", n);
}
