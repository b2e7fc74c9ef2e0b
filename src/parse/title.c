/* title.c: what a title is called when its versions are compared, see zd_title_key. */
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "parse/parse_private.h"
#include "text/text.h"

/* Words that may stand in brackets behind a title without making it another text. */
static bool is_version_note(struct zd_str inner)
{
    static const char *const words[] = {"修订",       "修正",   "修改",   "草案",   "试行", "暂行",
                                        "征求意见稿", "送审稿", "全文",   "现行",   "有效", "废止",
                                        "失效",       "年版",   "新版",   "修订版", "最新", "公布",
                                        "发布",       "施行",   "修订稿", "号"};
    size_t n_used;
    int32_t date;
    int precision;

    if (zd_date_read(inner, &date, &precision, &n_used))
        return true;
    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (zd_str_find(inner, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static bool is_open(uint32_t c)
{
    return c == 0xFF08 || c == '(' || c == 0x3014 || c == '[' || c == 0x3010;
}

static bool is_close(uint32_t c)
{
    return c == 0xFF09 || c == ')' || c == 0x3015 || c == ']' || c == 0x3011;
}

/* The byte behind the bracket that closes the one before `at`, if what it holds only notes a
 * version; else `at`. */
static size_t skip_note(struct zd_str s, size_t at)
{
    for (size_t to = at; to < s.n;) {
        size_t here = to;

        if (is_close(zd_utf8_next(s, &to)))
            return is_version_note(zd_str_cut(s, at, here)) ? to : at;
    }
    return at;
}

/* Drops title marks, blanks and brackets that only note a version; others ("（一）", "（云南）")
 * stay. */
static void add_without_notes(struct zd_str s, struct zd_buf *out)
{
    size_t at = 0;

    while (at < s.n) {
        size_t from = at, behind;
        uint32_t c = zd_utf8_next(s, &at);

        if (c == 0x300A || c == 0x300B || c == 0x3008 || c == 0x3009 || zd_parse__is_space(c))
            continue;
        behind = is_open(c) ? skip_note(s, at) : at;
        if (behind != at)
            at = behind;
        else
            zd_buf_str(out, zd_str_cut(s, from, at));
    }
}

/* Takes every occurrence of a word out of a key in place. */
static size_t drop_word(char *p, size_t n, const char *word)
{
    size_t len = strlen(word), at = 0;

    while ((at = zd_str_find((struct zd_str){p, n}, (struct zd_str){word, len}, at)) != SIZE_MAX) {
        memmove(p + at, p + at + len, n - at - len);
        n -= len;
    }
    return n;
}

struct zd_str zd_title_key(struct zd_str title, struct zd_arena *arena)
{
    struct zd_buf out = {.max = (size_t)64 * 1024};
    char *copy;
    size_t n;

    zd_text_fold(zd_parse__trim(title), &out);
    copy = zd_arena_alloc(arena, out.n * 2 + 1);
    if (!copy || out.bad) {
        zd_buf_done(&out);
        return (struct zd_str){NULL, 0};
    }
    n = out.n;
    if (n)
        memcpy(copy, out.p, n);
    zd_buf_clear(&out);
    add_without_notes((struct zd_str){copy, n}, &out);
    n = out.bad ? 0 : out.n;
    if (n)
        memcpy(copy, out.p, n);
    zd_buf_done(&out);
    n = drop_word(copy, n, "中华人民共和国");
    copy[n] = 0;
    return (struct zd_str){copy, n};
}
