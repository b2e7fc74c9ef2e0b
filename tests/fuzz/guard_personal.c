/* Fuzz target: the finder of personal data, the mask and the secrecy marks.
 *
 * Oracle beyond "no crash": a slow reader of its own, which tries every stretch of characters in
 * every line, agrees on ids, permanent residence and mobile numbers: what it finds is covered by
 * a finding, and a finding of these kinds is one of its own. A text in pieces gives the findings
 * of the whole; findings are in order and apart; restoring a masked text gives it back; the order
 * in which placeholders come back does not matter to what is restored. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "guard/mask.h"
#include "guard/secrecy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_TEXT 2000 /* below the length at which a line is cut */

static void require(bool right)
{
    if (!right)
        abort();
}

/* ---- the slow reader: ASCII only ---- */

static int weight_sum(const char *s)
{
    int sum = 0, weight = 1;

    for (int i = 16; i >= 0; i--) {
        weight = weight * 2 % 11;
        sum += (s[i] - '0') * weight;
    }
    return sum % 11;
}

static bool slow_day(const char *s)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
    const int month = (s[4] - '0') * 10 + s[5] - '0', day = (s[6] - '0') * 10 + s[7] - '0';

    if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1 ||
        day > lengths[month - 1])
        return false;
    return month != 2 || day != 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* 18 characters of an id or a residence number. */
static bool slow_is_18(const char *s)
{
    static const char provinces[] =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
        "50 51 52 53 54 61 62 63 64 65 71 81 82 83 ";
    char province[4] = {s[0], s[1], ' ', '\0'};
    const bool none = strncmp(s + 2, "0000", 4) == 0;

    for (int i = 0; i < 17; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    if (!slow_day(s + 6) || "10x98765432"[weight_sum(s)] != s[17])
        return false;
    if (s[0] == '9')
        return true;
    return strstr(provinces, province) && none == (s[0] == '8');
}

static bool slow_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* The text as the slow reader sees it: lower case, what is not ASCII as '?'; only plain numbers,
 * without spaces or hyphens in them. */
static void slow_check(struct zd_str text, const struct zd_personal_list *list)
{
    char *t = malloc(text.n + 2);

    require(t != NULL);
    t[0] = '\n';
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];

        t[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    t[text.n + 1] = '\0';
    for (size_t from = 1; from + 18 <= text.n + 1; from++) {
        bool covered = false;

        /* characters that fold to letters, or vanish, are not the slow reader's */
        if ((t[from - 1] & 0x80) || (t[from + 18] & 0x80) || slow_alnum(t[from - 1]) ||
            slow_alnum(t[from + 18]) || t[from - 1] == '.' || t[from + 18] == '.' ||
            !slow_is_18(t + from))
            continue;
        for (size_t k = 0; k < list->n; k++)
            covered = covered || (list->p[k].start < from - 1 + 18 && list->p[k].end > from - 1);
        require(covered);
    }
    free(t);
}

/* A finding of a kind with a check digit, its separators taken out, passes the slow check. */
static void slow_recheck(struct zd_str value, enum zd_personal_kind kind)
{
    char s[64];
    size_t n = 0;

    if (kind != ZD_PERSONAL_ID)
        return;
    for (size_t i = 0; i < value.n; i++) {
        const char c = value.p[i];

        if (c & 0x80)
            return; /* full width and the like are the unit tests' */
        if ((unsigned char)c <= ' ' || c == 127 || c == '-')
            continue; /* control characters are looked through as spaces are */
        require(n < sizeof s - 1);
        s[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    require(n == 18 && slow_is_18(s) && s[0] != '9');
}

/* ---- pieces ---- */

struct pieces {
    const struct zd_personal_list *whole;
    size_t n;
};

static void compare(void *context, const struct zd_personal *found, struct zd_str value)
{
    struct pieces *p = context;

    require(p->n < p->whole->n);
    require(found->start == p->whole->p[p->n].start && found->end == p->whole->p[p->n].end &&
            found->kind == p->whole->p[p->n].kind && value.n == found->end - found->start);
    p->n++;
}

static void check_pieces(struct zd_str text, const struct zd_personal_list *list, uint8_t seed)
{
    struct pieces pieces = {.whole = list};
    struct zd_personal_scan *scan = NULL;
    const size_t step = 1 + seed % 13;

    require(zd_personal_scan_new(compare, &pieces, &scan, NULL) == ZD_OK);
    for (size_t at = 0; at < text.n; at += step)
        require(zd_personal_scan_feed(scan, zd_str_cut(text, at, at + step), NULL) == ZD_OK);
    zd_personal_scan_end(scan);
    require(pieces.n == list->n);
    zd_personal_scan_free(scan);
}

static void check_mask(struct zd_str text, uint8_t seed, struct zd_arena *arena)
{
    struct zd_str masked = {0};
    struct zd_mask *mask = NULL;
    struct zd_buf out = {.max = (size_t)1 << 24}, pieces = {.max = (size_t)1 << 24};
    struct zd_restorer restorer = {0};
    const size_t step = 1 + seed % 7;

    require(zd_mask_texts(&text, 1, ~0u, arena, &masked, &mask, NULL) == ZD_OK);
    zd_mask_restore(mask, masked, &out);
    require(zd_str_eq(zd_buf_view(&out), text));
    restorer.mask = mask;
    for (size_t at = 0; at < masked.n; at += step)
        zd_restorer_feed(&restorer, zd_str_cut(masked, at, at + step), &pieces);
    zd_restorer_end(&restorer, &pieces);
    require(zd_str_eq(zd_buf_view(&pieces), text));
    zd_buf_done(&out);
    zd_buf_done(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t n = size < MAX_TEXT ? size : MAX_TEXT;
    const struct zd_str text = {(const char *)data,
                                zd_utf8_valid_prefix((struct zd_bytes){data, n})};
    struct zd_arena *arena = zd_arena_new((size_t)1 << 26);
    const uint8_t seed = size ? data[size - 1] : 0;
    struct zd_personal_list list = {0};
    struct zd_secrecy_mark mark;
    size_t last = 0;

    if (!arena)
        return 0;
    require(zd_personal_find(text, arena, &list, NULL) == ZD_OK);
    for (size_t i = 0; i < list.n; i++) {
        require(list.p[i].start >= last && list.p[i].start < list.p[i].end &&
                list.p[i].end <= text.n);
        last = list.p[i].end;
        slow_recheck(zd_str_cut(text, list.p[i].start, list.p[i].end), list.p[i].kind);
    }
    slow_check(text, &list);
    check_pieces(text, &list, seed);
    check_mask(text, seed, arena);
    mark = zd_secrecy_find(text, text.n % 2 == 0);
    require(mark.level == ZD_SECRECY_NONE || (mark.start < mark.end && mark.end <= text.n));
    zd_arena_free(arena);
    return 0;
}
