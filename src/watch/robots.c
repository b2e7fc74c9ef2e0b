/* robots.c: see robots.h. One pass a group name; a group is the rules behind its user-agent lines. */
#include "watch/robots.h"

#define MAX_BYTES ((size_t)500 * 1024)

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool same_word(struct zd_str a, struct zd_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

/* The next line as key and value, without its comment; false at the end. */
static bool next_line(struct zd_str text, size_t *at, struct zd_str *key, struct zd_str *value)
{
    size_t end = *at, colon, comment;
    struct zd_str line;

    if (*at >= text.n)
        return false;
    while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r')
        end++;
    line = zd_str_cut(text, *at, end);
    *at = end + 1;
    comment = zd_str_find(line, ZD_STR("#"), 0);
    line = zd_str_cut(line, 0, comment);
    colon = zd_str_find(line, ZD_STR(":"), 0);
    *key = colon == SIZE_MAX ? ZD_STR("") : zd_str_trim(zd_str_cut(line, 0, colon));
    *value = colon == SIZE_MAX ? ZD_STR("") : zd_str_trim(zd_str_cut(line, colon + 1, line.n));
    return true;
}

/* "*" stands for any characters, "$" at the end for the end. */
static bool matches(struct zd_str pattern, struct zd_str path)
{
    const bool anchored = pattern.n > 0 && pattern.p[pattern.n - 1] == '$';
    size_t i = 0, k = 0, star = SIZE_MAX, star_k = 0;

    pattern.n -= anchored;
    for (;;) {
        if (i == pattern.n && (!anchored || k == path.n))
            return true;
        if (i < pattern.n && pattern.p[i] == '*') {
            star = i++;
            star_k = k;
        } else if (i < pattern.n && k < path.n && pattern.p[i] == path.p[k]) {
            i++;
            k++;
        } else if (star != SIZE_MAX && star_k < path.n) {
            i = star + 1;
            k = ++star_k;
        } else {
            return false;
        }
    }
}

/* Decides by the groups of `agent`; *ret_any whether there is one. */
static bool allows(struct zd_str robots, struct zd_str agent, struct zd_str path, bool *ret_any)
{
    bool in_group = false, after_rule = true, allowed = true;
    size_t at = 0, longest = 0;
    struct zd_str key, value;

    *ret_any = false;
    while (next_line(robots, &at, &key, &value)) {
        const bool allow = same_word(key, ZD_STR("allow"));

        if (same_word(key, ZD_STR("user-agent"))) {
            in_group = (in_group && !after_rule) || same_word(value, agent);
            after_rule = false;
            *ret_any |= in_group;
        } else if (allow || same_word(key, ZD_STR("disallow"))) {
            after_rule = true;
            if (in_group && value.n > 0 && matches(value, path) &&
                (value.n > longest || (value.n == longest && allow))) {
                longest = value.n;
                allowed = allow;
            }
        }
    }
    return allowed;
}

bool zd_robots_allows(struct zd_str robots, struct zd_str path)
{
    bool any;
    bool allowed;

    robots = zd_str_cut(robots, 0, MAX_BYTES);
    if (zd_str_eq(path, ZD_STR("/robots.txt")))
        return true;
    allowed = allows(robots, ZD_STR("zhidian"), path, &any);
    return any ? allowed : allows(robots, ZD_STR("*"), path, &any);
}
