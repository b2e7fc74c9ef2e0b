/* lines.c: small steps over text that several readers take: lines, white space, line ends. */
#include "base/utf8.h"
#include "parse/parse_private.h"

size_t zd_parse__chars(struct zd_str s)
{
    return zd_utf8_chars(s);
}

uint32_t zd_parse__last_char(struct zd_str s)
{
    size_t at;

    if (s.n == 0)
        return 0;
    at = zd_utf8_floor(s, s.n - 1);
    return zd_utf8_next(s, &at);
}

bool zd_parse__ends_sentence(struct zd_str s)
{
    switch (zd_parse__last_char(s)) {
    case 0x3002: /* 。 */
    case 0xFF01: /* ！ */
    case 0xFF1F: /* ？ */
    case 0xFF1B: /* ； */
    case 0x2026: /* … */
    case ';':
    case '!':
    case '?':
    case '.':
        return true;
    default:
        return false;
    }
}

bool zd_parse__is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF || c == 0xAD;
}

struct zd_str zd_parse__trim_left(struct zd_str s)
{
    size_t from = 0;

    while (from < s.n) {
        size_t next = from;

        if (!zd_parse__is_space(zd_utf8_next(s, &next)))
            break;
        from = next;
    }
    return zd_str_cut(s, from, s.n);
}

struct zd_str zd_parse__trim(struct zd_str s)
{
    size_t to;

    s = zd_parse__trim_left(s);
    to = s.n;
    while (to > 0) {
        size_t last = zd_utf8_floor(s, to - 1), next = last;

        if (!zd_parse__is_space(zd_utf8_next(s, &next)))
            break;
        to = last;
    }
    return zd_str_cut(s, 0, to);
}

struct zd_str zd_parse__file_stem(struct zd_str name)
{
    size_t from = 0, to = name.n;

    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || name.p[i] == '\\')
            from = i + 1;
    for (size_t i = name.n; i > from + 1; i--)
        if (name.p[i - 1] == '.' && name.n - i <= 5) {
            to = i - 1;
            break;
        }
    return zd_str_cut(name, from, to);
}

bool zd_parse__line_next(struct zd_str text, size_t *at, struct zd_str *ret_line)
{
    size_t end;

    if (*at >= text.n)
        return false;
    end = zd_str_find(text, ZD_STR("\n"), *at);
    if (end == SIZE_MAX)
        end = text.n;
    *ret_line = zd_str_cut(text, *at, end);
    *at = end + 1;
    return true;
}

struct zd_str zd_parse__squeeze(struct zd_str s, struct zd_arena *arena)
{
    char *out;
    size_t n = 0, at = 0;
    bool gap = false;

    s = zd_parse__trim(s);
    out = zd_arena_alloc(arena, s.n + 1);
    if (!out)
        return (struct zd_str){NULL, 0};
    while (at < s.n) {
        size_t from = at;

        if (zd_parse__is_space(zd_utf8_next(s, &at))) {
            gap = true;
            continue;
        }
        if (gap && n > 0)
            out[n++] = ' ';
        gap = false;
        for (; from < at; from++)
            out[n++] = s.p[from];
    }
    return (struct zd_str){out, n};
}
