/* parts.c: see parts.h. */
#include "answer/parts.h"

#include "answer/answer_private.h"
#include "base/utf8.h"

#define PART_MIN_CHARS 3

/* What makes a stretch of words a question. */
static const char *const asking[] = {
    "多少",   "多久",   "多长",   "多大",   "多高",   "多远",   "多快",   "几",    "什么", "啥",
    "怎么",   "咋",     "怎样",   "如何",   "哪",     "谁",     "何时",   "何处",  "为何", "吗",
    "要不要", "能不能", "可不可", "行不",   "是不是", "会不会", "是否",   "能否",  "可否", "有没有",
    "有无",   "需不需", "收不收", "用不用", "该不该", "算不算", "给不给", "让不让"};

/* … and what does not, though it looks so. */
static const char *const not_asking[] = {"什么都", "啥都",   "谁都", "哪都", "怎么都",
                                         "什么的", "哪里都", "几乎", "几经", "没什么"};

/* Questions for assent to what was just said. */
static const char *const assent[] = {"可以吗",   "行吗",   "好吗",   "对吗",   "是吗",   "行不行",
                                     "可不可以", "对不对", "是不是", "能行吗", "可以不", "谢谢"};

/* Where a new part may begin: words that are left out, and those that only join two that ask. */
static const char *const joints[] = {"还有", "以及", "另外", "此外",
                                     "同时", "顺便", "并且", "再就是"};
static const char *const weak_joints[] = {"、", "和", "跟", "与"};
static const char *const stops[] = {"，", "。", "；", "？", "！", ",", ";", "?", "!", "\n"};

static bool has_any(struct zd_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_find(s, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

/* The length of the word of a list that stands at the beginning; 0 for none. */
static size_t starts_with(struct zd_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_starts(s, zd_str_c(words[i])))
            return zd_str_c(words[i]).n;
    return 0;
}

static bool asks(struct zd_str s)
{
    return (has_any(s, asking, ZD_COUNT(asking)) &&
            !has_any(s, not_asking, ZD_COUNT(not_asking))) ||
           zd_str_ends(s, ZD_STR("不"));
}

static bool is_assent(struct zd_str s)
{
    for (size_t i = 0; i < ZD_COUNT(assent); i++)
        if (zd_str_eq(s, zd_str_c(assent[i])))
            return true;
    return false;
}

/* Without what joins it to the part before. */
static struct zd_str trim_joints(struct zd_str s)
{
    for (;;) {
        size_t n;

        s = zd_str_trim(s);
        n = starts_with(s, joints, ZD_COUNT(joints));
        if (n == 0)
            n = starts_with(s, stops, ZD_COUNT(stops));
        if (n == 0)
            return s;
        s = zd_str_cut(s, n, s.n);
    }
}

static struct zd_str trim_stops(struct zd_str s)
{
    bool found = true;

    while (found) {
        found = false;
        s = zd_str_trim(s);
        for (size_t i = 0; i < ZD_COUNT(stops); i++)
            if (zd_str_ends(s, zd_str_c(stops[i]))) {
                s = zd_str_cut(s, 0, s.n - zd_str_c(stops[i]).n);
                found = true;
            }
    }
    return s;
}

/* Where the stretch that begins at `from` ends: at a stop or a joint behind its first sign. */
static size_t strong_cut(struct zd_str s, size_t from)
{
    size_t at = from;

    if (at < s.n)
        (void)zd_utf8_next(s, &at);
    while (at < s.n && starts_with(zd_str_cut(s, at, s.n), stops, ZD_COUNT(stops)) == 0 &&
           starts_with(zd_str_cut(s, at, s.n), joints, ZD_COUNT(joints)) == 0)
        (void)zd_utf8_next(s, &at);
    return at;
}

/* … or at 、和 where what stands on both sides asks. */
static size_t next_cut(struct zd_str s, size_t from)
{
    const size_t end = strong_cut(s, from);

    for (size_t at = from; at < end; (void)zd_utf8_next(s, &at))
        if (starts_with(zd_str_cut(s, at, end), weak_joints, ZD_COUNT(weak_joints)) > 0 &&
            asks(zd_str_cut(s, from, at)) && asks(zd_str_cut(s, at, end)))
            return at;
    return end;
}

/* "A和B分别Z": AZ and BZ. 0 where it is not so. */
static size_t one_by_one(struct zd_str question, struct zd_arena *arena,
                         struct zd_str parts[ZD_PARTS_MAX])
{
    const struct zd_str word = ZD_STR("分别");
    const size_t at = zd_str_find(question, word, 0);
    struct zd_str things, rest;
    size_t n = 0;

    if (at == SIZE_MAX || at == 0)
        return 0;
    things = zd_str_cut(question, 0, at);
    rest = zd_str_cut(question, at + word.n, question.n);
    if (!asks(rest) || has_any(things, stops, ZD_COUNT(stops)) || asks(things))
        return 0;
    for (size_t from = 0; from < things.n && n < ZD_PARTS_MAX;) {
        size_t end = from, skip = 0;

        while (end < things.n) {
            skip =
                starts_with(zd_str_cut(things, end, things.n), weak_joints, ZD_COUNT(weak_joints));
            if (skip > 0)
                break;
            (void)zd_utf8_next(things, &end);
        }
        parts[n] = zd_arena_printf(arena, "%.*s%.*s", (int)(end - from), things.p + from,
                                   (int)rest.n, rest.p);
        if (!parts[n++].p || end == from)
            return 0;
        from = end + skip;
    }
    return n >= 2 ? n : 0;
}

size_t zd_question_parts(struct zd_str question, struct zd_arena *arena,
                         struct zd_str parts[ZD_PARTS_MAX])
{
    size_t n, begun = 0;

    question = trim_stops(question);
    n = one_by_one(question, arena, parts);
    if (n > 0)
        return n;
    for (size_t at = 0; at < question.n;) {
        const size_t end = n + 1 < ZD_PARTS_MAX ? next_cut(question, at) : question.n;
        const struct zd_str stretch = trim_joints(zd_str_cut(question, at, end));

        at = end +
             starts_with(zd_str_cut(question, end, question.n), weak_joints, ZD_COUNT(weak_joints));
        if (n > 0 && (is_assent(stretch) || zd_utf8_chars(stretch) < PART_MIN_CHARS)) {
            begun = at; /* belongs to the one before, and asks nothing more */
        } else if (asks(stretch)) {
            parts[n++] = trim_joints(zd_str_cut(question, begun, end));
            begun = at;
        }
    }
    if (n < 2) {
        parts[0] = question;
        return 1;
    }
    return n;
}

bool zd_part_may_be_answered_by(struct zd_str part, struct zd_str text)
{
    const uint32_t exact = 1u << ZD_ANSWER__PHONE | 1u << ZD_ANSWER__WHEN | 1u << ZD_ANSWER__NUMBER;
    struct zd_buf folded = {.max = 4 * (part.n + text.n) + 64};
    uint32_t asked, given;

    zd_text_fold(part, &folded);
    asked = zd_answer__types_asked(zd_buf_view(&folded)) & exact;
    zd_buf_clear(&folded);
    zd_text_fold(text, &folded);
    given = zd_answer__types_given(zd_buf_view(&folded));
    zd_buf_done(&folded);
    return asked == 0 || (asked & given) != 0;
}
