/* names.c: clauses, numbers of documents and days that a question names. */
#include "base/buf.h"
#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "retrieve/retrieve_private.h"

#define KEY_MAX_BYTES ((size_t)4 * ZD_QUESTION_MAX_BYTES)
#define NUMBER_MAX_OFFICE_CHARS 12 /* 云政办规 before the bracket */

struct zd_str zd_retrieve__clause_in(struct zd_str text, size_t *ret_at)
{
    const struct zd_str first = ZD_STR("第"), last = ZD_STR("条"), inserted = ZD_STR("之");
    size_t at = 0;

    while ((at = zd_str_find(text, first, at)) != SIZE_MAX) {
        uint64_t value;
        size_t n, end = at + first.n;

        if (zd_number_read(zd_str_cut(text, end, text.n), &value, &n) &&
            zd_str_starts(zd_str_cut(text, end + n, text.n), last)) {
            end += n + last.n;
            if (zd_str_starts(zd_str_cut(text, end, text.n), inserted) &&
                zd_number_read(zd_str_cut(text, end + inserted.n, text.n), &value, &n))
                end += inserted.n + n;
            if (ret_at)
                *ret_at = at;
            return zd_str_cut(text, at, end);
        }
        at += first.n;
    }
    return (struct zd_str){0};
}

/* The character that ends at byte `at` > 0, and where it starts. */
static uint32_t char_before(struct zd_str text, size_t at, size_t *ret_start)
{
    size_t start = zd_utf8_floor(text, at - 1), next = start;

    *ret_start = start;
    return zd_utf8_next(text, &next);
}

static bool opens_year(uint32_t c)
{
    return c == 0x3014 || c == '[' || c == 0xFF3B || c == '(' || c == 0xFF08 || c == 0x3010 ||
           c == 0x2018 || c == 0x3018;
}

/* The end of "2023〕7号" at byte `at`, or 0. */
static size_t number_end(struct zd_str text, size_t at)
{
    uint64_t year, serial;
    size_t n, next;

    if (!zd_number_read(zd_str_cut(text, at, text.n), &year, &n) || year < 1949 || year > 2999)
        return 0;
    at += n;
    if (at >= text.n)
        return 0;
    next = at;
    zd_utf8_next(text, &next); /* the closing bracket */
    if (zd_str_starts(zd_str_cut(text, next, text.n), ZD_STR("第")))
        next += 3;
    if (!zd_number_read(zd_str_cut(text, next, text.n), &serial, &n))
        return 0;
    at = next + n;
    return zd_str_starts(zd_str_cut(text, at, text.n), ZD_STR("号")) ? at + 3 : 0;
}

struct zd_str zd_retrieve__number_in(struct zd_str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t open = at, start, end;

        if (!opens_year(zd_utf8_next(text, &at)))
            continue;
        end = number_end(text, at);
        if (end == 0)
            continue;
        start = open;
        for (int i = 0; i < NUMBER_MAX_OFFICE_CHARS && start > 0; i++) {
            size_t before;

            if (!zd_is_han(char_before(text, start, &before)))
                break;
            start = before;
        }
        if (start < open)
            return zd_str_cut(text, start, end);
    }
    return (struct zd_str){0};
}

/* Words behind a date that make it the day the question is about. */
static bool marks_the_day(struct zd_str rest)
{
    const struct zd_str marks[] = {ZD_STR("的时候"), ZD_STR("时候"), ZD_STR("那时"),
                                   ZD_STR("那会"),   ZD_STR("当时"), ZD_STR("那年"),
                                   ZD_STR("那天"),   ZD_STR("那阵")};

    for (size_t i = 0; i < ZD_COUNT(marks); i++)
        if (zd_str_starts(rest, marks[i]))
            return true;
    return false;
}

/* The last day of the year or month that a date of this precision names. */
static int32_t last_day(int32_t date, int precision)
{
    int year = date / 10000, month = date / 100 % 100;

    if (precision == 1)
        return zd_date_of(year, 12, 31);
    if (precision == 2)
        return zd_date_add_days(zd_date_add_months(zd_date_of(year, month, 1), 1), -1);
    return date;
}

static int32_t relative_day(struct zd_str text, int32_t today)
{
    const struct {
        struct zd_str word;
        int years;
    } words[] = {{ZD_STR("大前年"), 3}, {ZD_STR("前年"), 2}, {ZD_STR("去年"), 1}};

    for (size_t i = 0; i < ZD_COUNT(words); i++) {
        size_t at = zd_str_find(text, words[i].word, 0);

        if (at != SIZE_MAX && marks_the_day(zd_str_cut(text, at + words[i].word.n, text.n)))
            return zd_date_of(today / 10000 - words[i].years, 12, 31);
    }
    return 0;
}

int32_t zd_retrieve__day_in(struct zd_str text, int32_t today)
{
    for (size_t at = 0; at < text.n;) {
        int32_t date;
        int precision;
        size_t n;

        if (zd_date_read(zd_str_cut(text, at, text.n), &date, &precision, &n)) {
            if (marks_the_day(zd_str_cut(text, at + n, text.n))) {
                int32_t day = last_day(date, precision);

                return day > today && date <= today ? today : day;
            }
            at += n;
        } else {
            zd_utf8_next(text, &at);
        }
    }
    return relative_day(text, today);
}

/* As the keys of ingest are made, so that the store's key columns can be asked. */
struct zd_str zd_retrieve__key_of(struct zd_str text, struct zd_arena *arena)
{
    struct zd_buf folded = {.max = KEY_MAX_BYTES}, key = {.max = KEY_MAX_BYTES};
    struct zd_str view, result = {0};

    zd_text_fold(text, &folded);
    view = zd_buf_view(&folded);
    for (size_t at = 0; at < view.n;) {
        size_t from = at;
        uint32_t c = zd_utf8_next(view, &at);
        bool ascii_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (ascii_word || zd_is_han(c))
            zd_buf_str(&key, zd_str_cut(view, from, at));
    }
    if (!folded.bad && !key.bad)
        result = zd_arena_str(arena, zd_buf_view(&key));
    zd_buf_done(&folded);
    zd_buf_done(&key);
    return result;
}
