/* utf8.c: see utf8.h. The validity rules are those of Unicode 15, table 3-7. */
#include "base/utf8.h"

#include <string.h>

/* Bytes of the well-formed sequence at p, or 0. */
static size_t sequence_bytes(const uint8_t *p, size_t n)
{
    uint8_t lo = 0x80, hi = 0xBF;
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (n < len)
        return 0;
    if (p[0] == 0xE0)
        lo = 0xA0;
    else if (p[0] == 0xED)
        hi = 0x9F;
    else if (p[0] == 0xF0)
        lo = 0x90;
    else if (p[0] == 0xF4)
        hi = 0x8F;
    if (p[1] < lo || p[1] > hi)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

size_t zd_utf8_valid_prefix(struct zd_bytes b)
{
    size_t at = 0;

    while (at < b.n) {
        uint64_t eight;
        size_t len;

        if (b.n - at >= 8) {
            memcpy(&eight, b.p + at, 8);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                at += 8;
                continue;
            }
        }
        len = sequence_bytes(b.p + at, b.n - at);
        if (len == 0)
            return at;
        at += len;
    }
    return at;
}

uint32_t zd_utf8_next(struct zd_str s, size_t *at)
{
    const uint8_t *p = (const uint8_t *)s.p + *at;
    size_t left = s.n - *at;

    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] >= 0xE0 && p[0] < 0xF0 && left >= 3) {
        *at += 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    if (p[0] >= 0xC0 && p[0] < 0xE0 && left >= 2) {
        *at += 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if (p[0] >= 0xF0 && p[0] < 0xF8 && left >= 4) {
        *at += 4;
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    }
    *at += 1;
    return ZD_REPLACEMENT;
}

size_t zd_utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        c = ZD_REPLACEMENT;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t zd_utf8_chars(struct zd_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return n;
}

size_t zd_utf8_byte_of(struct zd_str s, size_t n_chars)
{
    size_t i = 0;

    for (; i < s.n; i++) {
        if (((uint8_t)s.p[i] & 0xC0) == 0x80)
            continue;
        if (n_chars-- == 0)
            return i;
    }
    return s.n;
}

size_t zd_utf8_floor(struct zd_str s, size_t at)
{
    if (at >= s.n)
        return s.n;
    while (at > 0 && ((uint8_t)s.p[at] & 0xC0) == 0x80)
        at--;
    return at;
}

bool zd_utf8_is_one_of(uint32_t code_point, const char *set)
{
    const struct zd_str s = zd_str_c(set);

    for (size_t at = 0; at < s.n;)
        if (zd_utf8_next(s, &at) == code_point)
            return true;
    return false;
}

bool zd_is_han(uint32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == 0x3007 ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}
