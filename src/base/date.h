/* date: a calendar day as one number, and the two clocks.
 *
 * A day is int32_t yyyymmdd (20260301), so that days compare as numbers and read as themselves in
 * SQL and JSON; 0 is "unknown". The calendar is the proleptic Gregorian one, years 1000 to 9999.
 * Moments are microseconds: deadlines on the monotonic clock, records on the wall clock (UTC).
 */
#ifndef ZD_BASE_DATE_H
#define ZD_BASE_DATE_H

#include "base/base.h"

#define ZD_DATE_TEXT_BYTES 11 /* "2026-03-01" and its NUL */

/* yyyymmdd, or 0 where there is no such day. */
int32_t zd_date_of(int year, int month, int day);
bool zd_date_is_valid(int32_t date);

/* Exactly "YYYY-MM-DD". Errors: ZD_INVALID. */
enum zd_status zd_date_parse(struct zd_str text, int32_t *ret_date,
                             struct zd_error *err) ZD_MUST_USE;

/* "2026-03-01", or "" for 0; returns out. */
const char *zd_date_text(int32_t date, char out[ZD_DATE_TEXT_BYTES]);

/* 0 stays 0. Adding years to 29 February gives 28 February where needed. */
int32_t zd_date_add_days(int32_t date, int days);
int32_t zd_date_add_months(int32_t date, int months);
int32_t zd_date_add_years(int32_t date, int years);

/* Today in the office's time zone (the process's TZ; Asia/Shanghai where TZ is not set). */
int32_t zd_date_today(void);

/* The moment at which that day begins there, microseconds since 1970-01-01 UTC. */
int64_t zd_date_moment(int32_t date);

uint64_t zd_clock_mono_us(void);
uint64_t zd_clock_thread_us(void); /* processor time of the calling thread */
int64_t zd_clock_wall_us(void);    /* since 1970-01-01 UTC */

#endif
