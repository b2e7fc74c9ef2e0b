/* date.c: see date.h. Day counts follow Hinnant, "chrono-compatible low-level date algorithms". */
#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHINA_OFFSET_S ((time_t)8 * 3600)

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

int32_t zd_date_of(int year, int month, int day)
{
    if (year < 1000 || year > 9999 || month < 1 || month > 12)
        return 0;
    if (day < 1 || day > days_in_month(year, month))
        return 0;
    return year * 10000 + month * 100 + day;
}

bool zd_date_is_valid(int32_t date)
{
    return date > 0 && zd_date_of(date / 10000, date / 100 % 100, date % 100) == date;
}

enum zd_status zd_date_parse(struct zd_str text, int32_t *ret_date, struct zd_error *err)
{
    int parts[3] = {0};
    int part = 0;
    int32_t date;

    if (text.n != 10)
        goto bad;
    for (size_t i = 0; i < 10; i++) {
        char c = text.p[i];

        if (i == 4 || i == 7) {
            if (c != '-')
                goto bad;
            part++;
        } else if (c < '0' || c > '9') {
            goto bad;
        } else {
            parts[part] = parts[part] * 10 + (c - '0');
        }
    }
    date = zd_date_of(parts[0], parts[1], parts[2]);
    if (!date)
        goto bad;
    *ret_date = date;
    return ZD_OK;
bad:
    return ZD_FAIL(err, ZD_INVALID, 0, "'%.*s' is not a day written YYYY-MM-DD",
                   (int)(text.n < 40 ? text.n : 40), text.p);
}

const char *zd_date_text(int32_t date, char out[ZD_DATE_TEXT_BYTES])
{
    out[0] = '\0';
    if (zd_date_is_valid(date)) {
        int32_t v = date;

        for (int i = 9; i >= 0; i--) {
            if (i == 4 || i == 7) {
                out[i] = '-';
            } else {
                out[i] = (char)('0' + v % 10);
                v /= 10;
            }
        }
        out[10] = '\0';
    }
    return out;
}

static int64_t date_to_days(int32_t date)
{
    int64_t y = date / 10000, m = date / 100 % 100, d = date % 100;
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = y / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int32_t date_from_days(int64_t z)
{
    int64_t era, doe, yoe, doy, mp, y, m, d;

    z += 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    d = doy - (153 * mp + 2) / 5 + 1;
    m = mp < 10 ? mp + 3 : mp - 9;
    y = yoe + era * 400 + (m <= 2);
    return zd_date_of((int)y, (int)m, (int)d);
}

int32_t zd_date_add_days(int32_t date, int days)
{
    return zd_date_is_valid(date) ? date_from_days(date_to_days(date) + days) : 0;
}

int32_t zd_date_add_months(int32_t date, int months)
{
    int64_t total;
    int year, month, day, last;

    if (!zd_date_is_valid(date))
        return 0;
    total = (int64_t)(date / 10000) * 12 + date / 100 % 100 - 1 + months;
    if (total < INT64_C(1000) * 12 || total > INT64_C(9999) * 12 + 11)
        return 0;
    year = (int)(total / 12);
    month = (int)(total % 12) + 1;
    day = date % 100;
    last = days_in_month(year, month);
    return zd_date_of(year, month, day < last ? day : last);
}

int32_t zd_date_add_years(int32_t date, int years)
{
    if (years < -9999 || years > 9999)
        return 0;
    return zd_date_add_months(date, years * 12);
}

int32_t zd_date_today(void)
{
    time_t now = time(NULL);
    struct tm tm;

    if (!getenv("TZ")) {
        now += CHINA_OFFSET_S;
        if (!gmtime_r(&now, &tm))
            return 0;
    } else if (!localtime_r(&now, &tm)) {
        return 0;
    }
    return zd_date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

int64_t zd_date_moment(int32_t date)
{
    struct tm tm = {.tm_year = date / 10000 - 1900,
                    .tm_mon = date / 100 % 100 - 1,
                    .tm_mday = date % 100,
                    .tm_isdst = -1};

    if (!getenv("TZ"))
        return ((int64_t)timegm(&tm) - CHINA_OFFSET_S) * 1000000;
    return (int64_t)mktime(&tm) * 1000000;
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec ts = {0};

    if (clock_gettime(clock, &ts) != 0)
        return 0;
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint64_t zd_clock_mono_us(void)
{
    return (uint64_t)clock_us(CLOCK_MONOTONIC);
}

uint64_t zd_clock_thread_us(void)
{
    return (uint64_t)clock_us(CLOCK_THREAD_CPUTIME_ID);
}

int64_t zd_clock_wall_us(void)
{
    return clock_us(CLOCK_REALTIME);
}
