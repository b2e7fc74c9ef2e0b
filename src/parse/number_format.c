/* number_format.c: what a cell shows: its number written by a format code (ECMA-376 part 1, 18.8.31).
 *
 * Digits and placeholders, thousands, per cent, exponents, literals, sections for negative and zero,
 * dates and times with 年月日. Not written as shown: fractions, which come as decimals. Serial days
 * count from 1899-12-30 (or 1904-01-01), as all dates after 1900-03-01 do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse/xlsx_private.h"

#define DIGITS_MAX 30

const char *zd_parse__number_format_builtin(uint32_t id)
{
    static const struct {
        uint32_t id;
        const char *code;
    } rows[] = {{1, "0"},
                {2, "0.00"},
                {3, "#,##0"},
                {4, "#,##0.00"},
                {9, "0%"},
                {10, "0.00%"},
                {11, "0.00E+00"},
                {14, "yyyy/m/d"},
                {15, "d-mmm-yy"},
                {16, "d-mmm"},
                {17, "mmm-yy"},
                {18, "h:mm AM/PM"},
                {19, "h:mm:ss AM/PM"},
                {20, "h:mm"},
                {21, "h:mm:ss"},
                {22, "yyyy/m/d h:mm"},
                {27, "yyyy\"年\"m\"月\""},
                {28, "m\"月\"d\"日\""},
                {29, "m\"月\"d\"日\""},
                {30, "m/d/yy"},
                {31, "yyyy\"年\"m\"月\"d\"日\""},
                {32, "h\"时\"mm\"分\""},
                {33, "h\"时\"mm\"分\"ss\"秒\""},
                {36, "yyyy\"年\"m\"月\""},
                {37, "#,##0"},
                {38, "#,##0"},
                {39, "#,##0.00"},
                {40, "#,##0.00"},
                {45, "mm:ss"},
                {46, "[h]:mm:ss"},
                {47, "mm:ss"},
                {48, "0.0E+0"},
                {49, "@"},
                {50, "yyyy\"年\"m\"月\""},
                {51, "m\"月\"d\"日\""},
                {52, "yyyy\"年\"m\"月\""},
                {53, "m\"月\"d\"日\""},
                {54, "m\"月\"d\"日\""},
                {57, "yyyy\"年\"m\"月\""},
                {58, "m\"月\"d\"日\""}};

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (rows[i].id == id)
            return rows[i].code;
    return "General";
}

/* ---- General ---- */

void zd_parse__number_general(struct zd_buf *out, double value)
{
    char text[64];

    if (fabs(value) < 1e15 && value == floor(value))
        (void)snprintf(text, sizeof text, "%.0f", value);
    else
        (void)snprintf(text, sizeof text, "%.11g", value);
    zd_buf_c(out, strcmp(text, "-0") == 0 ? "0" : text);
}

/* ---- the code ---- */

/* The section of the code for this value ("positive;negative;zero;text"); false where only one
 * stands for all, so that a minus must be written. */
static bool section_of(struct zd_str code, double value, struct zd_str *ret_section)
{
    struct zd_str sections[4] = {0};
    size_t n = 0, from = 0;
    bool quoted = false;

    for (size_t i = 0; i <= code.n && n < 4; i++) {
        if (i < code.n && code.p[i] == '"')
            quoted = !quoted;
        else if (i < code.n && code.p[i] == '\\')
            i++;
        else if (i == code.n || (code.p[i] == ';' && !quoted)) {
            sections[n++] = zd_str_cut(code, from, i);
            from = i + 1;
        }
    }
    *ret_section = sections[0];
    if (value < 0 && n > 1)
        *ret_section = sections[1];
    if (value == 0 && n > 2)
        *ret_section = sections[2];
    return value < 0 && n > 1;
}

/* One step of a code: literal text is given, anything else as its letter. */
struct token {
    char letter; /* 0 for a literal, '[' for elapsed time, else the sign itself */
    struct zd_str literal;
    size_t times; /* a run of the same letter */
};

static bool is_date_letter(char c)
{
    return c && strchr("ymdhsYMDHS", c) != NULL;
}

static size_t take_bracket(struct zd_str code, size_t at, struct token *token)
{
    size_t end = at + 1;

    while (end < code.n && code.p[end] != ']')
        end++;
    if (end > at + 1 && strchr("hmsHMS", code.p[at + 1]))
        *token = (struct token){'[', zd_str_cut(code, at + 1, end), 1}; /* elapsed */
    else if (end > at + 2 && code.p[at + 1] == '$') {                   /* [$¥-804] */
        size_t dash = at + 2;

        while (dash < end && code.p[dash] != '-')
            dash++;
        *token = (struct token){0, zd_str_cut(code, at + 2, dash), 1};
    } else {
        *token = (struct token){0, ZD_STR(""), 1}; /* a colour or a condition */
    }
    return end < code.n ? end + 1 : code.n;
}

static size_t take_token(struct zd_str code, size_t at, struct token *token)
{
    char c = code.p[at];
    size_t end = at + 1;

    if (c == '"') {
        while (end < code.n && code.p[end] != '"')
            end++;
        *token = (struct token){0, zd_str_cut(code, at + 1, end), 1};
        return end < code.n ? end + 1 : code.n;
    }
    if (c == '[')
        return take_bracket(code, at, token);
    if (c == '\\' || c == '_' || c == '*') { /* the next sign: as it is, its width, fill */
        while (end + 1 < code.n && ((uint8_t)code.p[end + 1] & 0xC0) == 0x80)
            end++;
        end = end < code.n ? end + 1 : code.n;
        *token = (struct token){0, c == '\\' ? zd_str_cut(code, at + 1, end) : ZD_STR(""), 1};
        return end;
    }
    if (is_date_letter(c)) {
        while (end < code.n && code.p[end] == c)
            end++;
        *token = (struct token){(char)(c >= 'a' ? c : c - 'A' + 'a'), ZD_STR(""), end - at};
        return end;
    }
    if (strchr("0#?.,%@E", c)) {
        *token = (struct token){c, ZD_STR(""), 1};
        return end;
    }
    while (end < code.n && ((uint8_t)code.p[end] & 0xC0) == 0x80)
        end++;
    *token = (struct token){0, zd_str_cut(code, at, end), 1};
    return end;
}

static bool has_letter(struct zd_str code, const char *letters)
{
    struct token token;

    for (size_t at = 0; at < code.n;) {
        at = take_token(code, at, &token);
        if (token.letter && strchr(letters, token.letter))
            return true;
    }
    return false;
}

/* ---- dates ---- */

struct moment {
    int year, month, day, hour, minute, second;
    double serial;
};

/* Days since 1970-01-01 to the calendar (Howard Hinnant's civil_from_days). */
static void date_of(int64_t days, struct moment *t)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    t->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    t->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    t->year = (int)(yoe + era * 400 + (t->month <= 2));
}

static bool moment_of(double serial, bool from_1904, struct moment *t)
{
    double days, seconds;

    if (!(serial >= 0) || serial > 2958465 + 1)
        return false;
    days = floor(serial);
    seconds = floor((serial - days) * 86400 + 0.5);
    if (seconds >= 86400) {
        days += 1;
        seconds = 0;
    }
    date_of((int64_t)days - (from_1904 ? 24107 : 25569), t);
    t->hour = (int)seconds / 3600;
    t->minute = (int)seconds / 60 % 60;
    t->second = (int)seconds % 60;
    t->serial = serial;
    return true;
}

/* An m behind h or before s is minutes. */
static bool is_minute(struct zd_str code, size_t next, char last)
{
    struct token token;

    if (last == 'h')
        return true;
    while (next < code.n) {
        next = take_token(code, next, &token);
        if (token.letter && is_date_letter(token.letter))
            return token.letter == 's';
    }
    return false;
}

static void put_month_name(struct zd_buf *out, int month)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    zd_buf_c(out, names[(month - 1) % 12]);
}

static void put_date_part(struct zd_buf *out, const struct token *token, const struct moment *t,
                          bool minute, int hour)
{
    static const char *const weekdays[] = {"星期六", "星期日", "星期一", "星期二",
                                           "星期三", "星期四", "星期五"};
    int wide = token->times > 1 ? 2 : 1;

    switch (token->letter) {
    case 'y':
        zd_buf_printf(out, token->times > 2 ? "%04d" : "%02d",
                      token->times > 2 ? t->year : t->year % 100);
        return;
    case 'm':
        if (minute)
            zd_buf_printf(out, "%0*d", wide, t->minute);
        else if (token->times > 2)
            put_month_name(out, t->month);
        else
            zd_buf_printf(out, "%0*d", wide, t->month);
        return;
    case 'd':
        if (token->times > 2)
            zd_buf_c(out, weekdays[(int64_t)t->serial % 7]);
        else
            zd_buf_printf(out, "%0*d", wide, t->day);
        return;
    case 'h':
        zd_buf_printf(out, "%0*d", wide, hour);
        return;
    default:
        zd_buf_printf(out, "%0*d", wide, t->second);
    }
}

static void write_date(struct zd_buf *out, struct zd_str code, const struct moment *t)
{
    size_t half = zd_str_find(code, ZD_STR("AM/PM"), 0);
    int hour = half != SIZE_MAX ? (t->hour + 11) % 12 + 1 : t->hour;
    struct token token;
    char last = 0;

    for (size_t at = 0; at < code.n;) {
        if (half != SIZE_MAX && at == half) {
            zd_buf_c(out, t->hour < 12 ? "AM" : "PM");
            at += 5;
            continue;
        }
        at = take_token(code, at, &token);
        if (token.letter == '[') {
            int64_t seconds = (int64_t)(t->serial * 86400 + 0.5);
            char unit = token.literal.p[0];

            zd_buf_printf(out, "%lld",
                          (long long)(unit == 's'
                                          ? seconds
                                          : seconds / (unit == 'h' || unit == 'H' ? 3600 : 60)));
            last = 'h';
        } else if (is_date_letter(token.letter)) {
            put_date_part(out, &token, t, token.letter == 'm' && is_minute(code, at, last), hour);
            last = token.letter;
        } else if (token.letter == 0) {
            zd_buf_str(out, token.literal);
        } else if (token.letter != '@' && token.letter != '#') {
            zd_buf_byte(out, (uint8_t)token.letter);
        }
    }
}

/* ---- numbers ---- */

struct picture {
    size_t n_whole, n_least, n_decimals, n_decimals_least, n_percent, n_scale;
    bool grouped, exponent, has_digits, is_text;
};

static struct picture picture_of(struct zd_str code)
{
    struct picture p = {0};
    struct token token;
    bool behind_point = false;
    size_t commas = 0;

    for (size_t at = 0; at < code.n;) {
        at = take_token(code, at, &token);
        switch (token.letter) {
        case '0':
        case '#':
        case '?':
            p.has_digits = true;
            p.grouped = p.grouped || (commas > 0 && !behind_point);
            commas = 0;
            if (p.exponent)
                break;
            if (behind_point) {
                p.n_decimals++;
                if (token.letter == '0')
                    p.n_decimals_least = p.n_decimals;
            } else {
                p.n_whole++;
                p.n_least += token.letter == '0';
            }
            break;
        case ',':
            commas++;
            break;
        case '.':
            behind_point = true;
            break;
        case '%':
            p.n_percent++;
            break;
        case 'E':
            p.exponent = true;
            break;
        case '@':
            p.is_text = true;
            break;
        default:
            break;
        }
    }
    p.n_scale = commas;
    return p;
}

/* The digits of the value as the picture wants them, in place of its first digit sign. */
static void put_digits(struct zd_buf *out, const struct picture *p, double value)
{
    char text[400];
    char *point;
    int n;

    for (size_t i = 0; i < p->n_percent; i++)
        value *= 100;
    for (size_t i = 0; i < p->n_scale; i++)
        value /= 1000;
    n = snprintf(text, sizeof text, "%.*f", (int)(p->n_decimals < DIGITS_MAX ? p->n_decimals : 0),
                 /* halves go away from zero, as Excel has them, though 1.005 lies below */
                 value + copysign(value * 1e-15, value));
    if (n < 0 || (size_t)n >= sizeof text)
        return;
    point = strchr(text, '.');
    if (point)
        while (strlen(point + 1) > p->n_decimals_least && text[n - 1] == '0')
            text[--n] = '\0';
    if (point && point[1] == '\0')
        *point = '\0';
    n = (int)(point ? (size_t)(point - text) : strlen(text));
    for (size_t i = (size_t)n; i < p->n_least && i < DIGITS_MAX; i++)
        zd_buf_byte(out, '0');
    for (int i = 0; i < n; i++) {
        if (n == 1 && text[0] == '0' && p->n_least == 0 && point && *point)
            break; /* "#.##" writes .5 */
        zd_buf_byte(out, (uint8_t)text[i]);
        if (p->grouped && i + 1 < n && (n - 1 - i) % 3 == 0)
            zd_buf_byte(out, ',');
    }
    if (point)
        zd_buf_c(out, point);
}

static void write_number(struct zd_buf *out, struct zd_str code, double value)
{
    struct picture p = picture_of(code);
    struct token token;
    bool done = false;
    char text[64];

    if (p.exponent) {
        (void)snprintf(text, sizeof text, "%.*E",
                       (int)(p.n_decimals < DIGITS_MAX ? p.n_decimals : 2), value);
        zd_buf_c(out, text);
        return;
    }
    for (size_t at = 0; at < code.n;) {
        at = take_token(code, at, &token);
        if (token.letter == 0)
            zd_buf_str(out, token.literal);
        else if (token.letter == '%')
            zd_buf_byte(out, '%');
        else if (token.letter == '@')
            zd_parse__number_general(out, value);
        else if (strchr("0#?", token.letter) && !done) {
            put_digits(out, &p, value);
            done = true;
        }
    }
}

void zd_parse__number_show(struct zd_buf *out, const char *code, double value, bool from_1904)
{
    struct zd_str section;
    struct moment t;
    bool own_sign = section_of(zd_str_c(code), value, &section);

    if (zd_str_find(section, ZD_STR("General"), 0) != SIZE_MAX ||
        zd_str_find(section, ZD_STR("G/"), 0) != SIZE_MAX || !isfinite(value)) {
        zd_parse__number_general(out, value);
    } else if (has_letter(section, "ymdhs[") && !has_letter(section, "#?")) {
        if (moment_of(value, from_1904, &t))
            write_date(out, section, &t);
        else
            zd_parse__number_general(out, value);
    } else {
        struct picture p = picture_of(section);

        if (value < 0 && !own_sign && p.has_digits)
            zd_buf_byte(out, '-');
        write_number(out, section, fabs(value));
    }
}
