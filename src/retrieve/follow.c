/* follow.c: the steps of follow.h. */
#include "retrieve/follow.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "retrieve/retrieve_private.h"

#define NAMED_CHARS 2 /* of its best document's title, in a question that stands alone */
#define TOP 8         /* passages that are looked at */

struct asking {
    const struct zd_scope *scope;
    const struct zd_reader *reader;
    struct zd_arena *arena;
};

/* What is known of one question. */
struct turn {
    struct zd_str text;    /* folded, trimmed, without the stops at its end */
    struct zd_str subject; /* text without pronouns, question words and the field asked for */
    uint32_t region;
    size_t n_content; /* characters of its own */
    bool leans;       /* it says so: 那…呢, 它, 这个 */
    bool asks;        /* it asks for something itself, not only whether it is the same there */
};

static bool says(struct zd_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_find(s, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static struct zd_str join(struct zd_arena *arena, struct zd_str a, const char *between,
                          struct zd_str b)
{
    return zd_arena_printf(arena, "%.*s%s%.*s", (int)a.n, a.p, a.n && b.n ? between : "", (int)b.n,
                           b.p);
}

/* s without every place where one of the words stands. */
static struct zd_str without(struct zd_arena *arena, struct zd_str s, const char *const *words,
                             size_t n)
{
    struct zd_buf out = {.max = s.n + 1};
    struct zd_str left = {0};

    for (size_t at = 0; at < s.n;) {
        size_t taken = 0;

        for (size_t i = 0; i < n && taken == 0; i++)
            if (zd_str_starts(zd_str_cut(s, at, s.n), zd_str_c(words[i])))
                taken = zd_str_c(words[i]).n;
        if (taken == 0) {
            const size_t from = at;

            (void)zd_utf8_next(s, &at);
            zd_buf_str(&out, zd_str_cut(s, from, at));
        }
        at += taken;
    }
    if (!out.bad)
        left = zd_arena_str(arena, zd_str_trim(zd_buf_view(&out)));
    zd_buf_done(&out);
    return left;
}

/* ---- what a question brings ---- */

static const char *const asking_words[] = {
    "请问",   "怎么办理", "怎么办", "怎么申请", "怎么",   "怎样",   "如何",   "什么时候", "什么",
    "多少钱", "多少",     "多久",   "几天",     "哪里",   "哪儿",   "在哪",   "去哪",     "哪些",
    "哪个",   "几点",     "要不要", "能不能",   "可以吗", "行不行", "有没有", "是不是",   "我想",
    "想要",   "我要",     "想",     "要带",     "需要",   "吗",     "呢",     "么",       "呀",
    "吧",     "了解",     "咨询",   "一下",     "收费",   "费用",   "材料",   "手续",     "流程",
    "条件",   "要求",     "有什么", "规定",     "地址",   "电话",
};

static const char *const region_words[] = {"区", "县", "市", "这边", "那边", "那里", "那儿"};

/* Characters that questions of every matter have. */
static bool is_common(uint32_t c)
{
    static const char signs[] =
        "要多少钱几天哪里儿在去到办能可以带拿什么怎样如何费用收交时候间久电话号地址方处不没有会是请"
        "问材料手续条件流程先那这它呢吗的了吧啊么我你您他她也都还又就给被把个和与或另外如果是要"
        "想需得行好一下次份张星期周末上班开门贵免补领些哪边理准备点打完成快慢最";

    return zd_utf8_is_one_of(c, signs);
}

static size_t count_content(struct zd_str s)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n;) {
        const uint32_t c = zd_utf8_next(s, &at);

        n += (zd_is_han(c) && !is_common(c)) || c - 'a' < 26;
    }
    return n;
}

/* The region's own name as the text has it: 青禾县, or 青禾. Empty where it stands not there. */
static struct zd_str region_in(struct zd_str text, struct zd_str name)
{
    for (size_t at = 0; at < name.n;) { /* the longest end of the whole name that stands there */
        const struct zd_str end = zd_str_cut(name, at, name.n);
        const size_t found = zd_str_find(text, end, 0);

        if (found != SIZE_MAX && zd_utf8_chars(end) >= 2)
            return zd_str_cut(text, found, found + end.n);
        (void)zd_utf8_next(name, &at);
    }
    return (struct zd_str){0};
}

static enum zd_status region_text(const struct asking *a, const struct turn *t,
                                  struct zd_str *ret_text, struct zd_error *err)
{
    struct zd_str name = {0};
    enum zd_status st = ZD_OK;

    *ret_text = (struct zd_str){0};
    if (t->region == 0)
        return ZD_OK;
    st = zd_region_name(a->reader->store, t->region, a->arena, &name, err);
    if (st == ZD_OK)
        *ret_text = region_in(t->text, name);
    return st;
}

static enum zd_status remove_region(const struct asking *a, const struct turn *t,
                                    struct zd_str text, struct zd_str *ret_text,
                                    struct zd_error *err)
{
    struct zd_str region;
    enum zd_status st = region_text(a, t, &region, err);
    size_t at;

    *ret_text = text;
    if (st != ZD_OK || region.n == 0)
        return st;
    at = zd_str_find(text, region, 0);
    if (at == SIZE_MAX)
        return ZD_OK;
    *ret_text =
        join(a->arena, zd_str_cut(text, 0, at), "", zd_str_cut(text, at + region.n, text.n));
    return ret_text->p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
}

static enum zd_status read_turn(const struct asking *a, struct zd_str text, struct turn *ret_turn,
                                struct zd_error *err)
{
    static const char *const leans[] = {"那", "它", "这个", "这种", "这事", "上述", "其他", "还有"};
    static const char *const asks[] = {
        "吗",     "多少", "多久",   "几",     "哪",     "怎",     "什么", "能不能", "可以",
        "要不要", "如何", "行不行", "是不是", "会不会", "收不收", "不",   "费用",   "收费",
        "材料",   "手续", "地址",   "地点",   "电话",   "时间",   "条件", "流程",   "标准"};
    struct turn t = {0};
    struct zd_buf folded = {.max = ZD_FOLLOW_TURN_MAX_BYTES * 4};
    struct zd_str own;
    enum zd_status st;

    zd_text_fold(zd_str_cut(text, 0, zd_utf8_floor(text, ZD_FOLLOW_TURN_MAX_BYTES)), &folded);
    t.text = zd_arena_str(a->arena, zd_str_trim(zd_buf_view(&folded)));
    zd_buf_done(&folded);
    if (!t.text.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
    while (zd_str_ends(t.text, ZD_STR("?")) || zd_str_ends(t.text, ZD_STR("。")) ||
           zd_str_ends(t.text, ZD_STR("!")))
        t.text = zd_str_trim(zd_str_cut(t.text, 0, zd_utf8_floor(t.text, t.text.n - 1)));
    st = zd_region_in_text(a->reader->store, t.text, &t.region, err);
    if (st == ZD_OK)
        st = remove_region(a, &t, t.text, &own, err);
    if (st != ZD_OK)
        return st;
    t.subject = without(a->arena, t.text, asking_words, ZD_COUNT(asking_words));
    own = without(a->arena, own, asking_words, ZD_COUNT(asking_words));
    own = without(a->arena, own, region_words, ZD_COUNT(region_words));
    if (!t.subject.p || !own.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
    t.n_content = count_content(own);
    t.leans = says(t.text, leans, ZD_COUNT(leans)) || zd_str_ends(t.text, ZD_STR("呢"));
    t.asks = says(t.text, asks, ZD_COUNT(asks));
    *ret_turn = t;
    return ZD_OK;
}

/* Persons of whom one takes the place of another: those before are left out where a new one comes. */
static const char *const persons[] = {
    "成年人的", "成年人",   "大人的",   "大人",   "小孩子的", "小孩的", "小孩", "本地户口",
    "本市户口", "外地户口", "外省户籍", "本地人", "外地人",   "老年人", "老人", "学生",
};

/* ---- the two forms ---- */

struct found {
    struct zd_ranking ranking;
    float share; /* of the weight of its words, what its best passage holds */
};

static enum zd_status search(const struct asking *a, struct zd_str text, struct found *ret_found,
                             struct zd_error *err)
{
    struct zd_question question = {0};
    struct found found = {0};
    float all = 0;
    enum zd_status st = zd_understand(text, a->scope, a->reader->store, a->arena, &question, err);

    if (st == ZD_OK)
        st = zd_rank(&question, a->reader, TOP, a->arena, &found.ranking, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < question.n_said; i++)
        all += found.ranking.term_weights[i];
    if (found.ranking.n > 0 && all > 0)
        found.share = found.ranking.p[0].lexical / all;
    *ret_found = found;
    return ZD_OK;
}

/* The documents that the question before led to, best first. */
static enum zd_status find_documents(const struct asking *a, const struct turn *before,
                                     struct zd_follow *follow, struct zd_error *err)
{
    struct found found = {0};
    enum zd_status st = search(a, before->text, &found, err);

    follow->n_documents = 0;
    for (size_t i = 0; st == ZD_OK && i < found.ranking.n; i++) {
        const int64_t document = found.ranking.p[i].document;
        bool known = false;

        for (size_t k = 0; k < follow->n_documents && k < ZD_FOLLOW_MAX_DOCUMENTS; k++)
            known = known || follow->documents[k] == document;
        if (!known && follow->n_documents < ZD_FOLLOW_MAX_DOCUMENTS)
            follow->documents[follow->n_documents++] = document;
    }
    return st;
}

/* The matter of the question before with the new one behind it. */
static enum zd_status carry(const struct asking *a, const struct turn *before,
                            const struct turn *now, struct zd_str *ret_question,
                            struct zd_error *err)
{
    struct zd_str matter = now->asks && before->subject.n > 0 ? before->subject : before->text;
    enum zd_status st = ZD_OK;

    if (now->region != 0 && now->region != before->region)
        st = remove_region(a, before, matter, &matter, err);
    if (st == ZD_OK && says(now->text, persons, ZD_COUNT(persons)))
        matter = without(a->arena, matter, persons, ZD_COUNT(persons));
    if (st != ZD_OK)
        return st;
    *ret_question = join(a->arena, matter, "，", now->text);
    return ret_question->p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
}

static bool is_among(const struct zd_ranking *ranking, int64_t document)
{
    for (size_t i = 0; i < ranking->n; i++)
        if (ranking->p[i].document == document)
            return true;
    return false;
}

/* Whether a question with content of its own stands alone: step 3. */
static enum zd_status stands_alone(const struct asking *a, const struct turn *before,
                                   const struct turn *now, struct zd_str carried, bool *ret_alone,
                                   struct zd_error *err)
{
    struct found alone = {0}, with = {0}, matter = {0};
    enum zd_status st = search(a, now->text, &alone, err);

    *ret_alone = false;
    if (st == ZD_OK)
        st = search(a, carried, &with, err);
    if (st == ZD_OK)
        st = search(a, before->text, &matter, err);
    if (st != ZD_OK || alone.ranking.n == 0)
        return st;
    if (is_among(&matter.ranking, alone.ranking.p[0].document))
        return ZD_OK; /* the same matter: the carried form says more */
    *ret_alone = alone.ranking.p[0].shared >= NAMED_CHARS && alone.share > with.share &&
                 (now->asks || !now->leans);
    return ZD_OK;
}

/* ---- choices ---- */

static const char *const joints[] = {"还有", "以及", "和", "跟", "与", "、"};

/* Cuts a subject at 和 or the like into two; false where it names one matter. */
static bool cut_in_two(struct zd_str subject, struct zd_str *ret_left, struct zd_str *ret_right)
{
    for (size_t i = 0; i < ZD_COUNT(joints); i++) {
        const struct zd_str joint = zd_str_c(joints[i]);
        const size_t at = zd_str_find(subject, joint, 0);

        if (at == SIZE_MAX)
            continue;
        *ret_left = zd_str_trim(zd_str_cut(subject, 0, at));
        *ret_right = zd_str_trim(zd_str_cut(subject, at + joint.n, subject.n));
        return count_content(*ret_left) >= 2 && count_content(*ret_right) >= 2;
    }
    return false;
}

static enum zd_status offer(const struct asking *a, struct zd_str left, struct zd_str right,
                            const struct turn *now, struct zd_follow *follow, struct zd_error *err)
{
    follow->choices[0] = join(a->arena, left, "，", now->text);
    follow->choices[1] = join(a->arena, right, "，", now->text);
    follow->n_choices = 2;
    return follow->choices[0].p && follow->choices[1].p
               ? ZD_OK
               : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
}

/* Two matters in the question before that lead to different documents. */
static enum zd_status matters_compete(const struct asking *a, const struct turn *before,
                                      const struct turn *now, struct zd_follow *follow,
                                      struct zd_error *err)
{
    struct zd_str left, right;
    struct found first = {0}, second = {0};
    enum zd_status st;

    if (!cut_in_two(before->subject, &left, &right))
        return ZD_OK;
    st = search(a, left, &first, err);
    if (st == ZD_OK)
        st = search(a, right, &second, err);
    if (st != ZD_OK || first.ranking.n == 0 || second.ranking.n == 0)
        return st;
    if (first.ranking.p[0].document == second.ranking.p[0].document ||
        (first.ranking.p[0].shared < NAMED_CHARS && second.ranking.p[0].shared < NAMED_CHARS))
        return ZD_OK;
    return offer(a, left, right, now, follow, err);
}

/* Two regions in the question before. */
static enum zd_status regions_compete(const struct asking *a, const struct turn *before,
                                      const struct turn *now, struct zd_follow *follow,
                                      struct zd_error *err)
{
    struct zd_str rest, first, second, bare;
    struct turn other = {0};
    enum zd_status st;

    if (before->region == 0 || now->region != 0)
        return ZD_OK;
    st = remove_region(a, before, before->text, &rest, err);
    if (st == ZD_OK)
        st = region_text(a, before, &first, err);
    if (st == ZD_OK)
        st = zd_region_in_text(a->reader->store, rest, &other.region, err);
    if (st != ZD_OK || other.region == 0 || other.region == before->region)
        return st;
    other.text = rest;
    st = region_text(a, &other, &second, err);
    if (st == ZD_OK)
        st = remove_region(a, &other, rest, &bare, err);
    if (st != ZD_OK || first.n == 0 || second.n == 0)
        return st;
    bare = without(a->arena, bare, joints, ZD_COUNT(joints));
    if (now->asks)
        bare = without(a->arena, bare, asking_words, ZD_COUNT(asking_words));
    return offer(a, join(a->arena, first, "", bare), join(a->arena, second, "", bare), now, follow,
                 err);
}

/* ---- turn by turn ---- */

static enum zd_status follow_one(const struct asking *a, struct zd_str before_text,
                                 struct zd_str question, struct zd_follow *ret_follow,
                                 struct zd_error *err)
{
    struct zd_follow follow = {.question = question};
    struct turn before, now;
    struct zd_str carried = {0};
    bool alone = false;
    enum zd_status st = read_turn(a, before_text, &before, err);

    if (st == ZD_OK)
        st = read_turn(a, question, &now, err);
    if (st == ZD_OK && now.n_content == 0 && now.text.n > 0) {
        st = regions_compete(a, &before, &now, &follow, err);
        if (st == ZD_OK && follow.n_choices == 0 && before.region == 0)
            st = matters_compete(a, &before, &now, &follow, err);
    }
    if (st == ZD_OK)
        st = carry(a, &before, &now, &carried, err);
    if (st == ZD_OK && now.n_content >= 2)
        st = stands_alone(a, &before, &now, carried, &alone, err);
    if (st != ZD_OK)
        return st;
    if (!alone && before.text.n > 0 && now.text.n > 0) {
        follow.question = carried;
        follow.carried = true;
        follow.elliptical = now.n_content < 2 && now.region == 0;
        st = find_documents(a, &before, &follow, err);
        if (st != ZD_OK)
            return st;
    }
    *ret_follow = follow;
    return ZD_OK;
}

enum zd_status zd_follow(const struct zd_str *history, size_t n, struct zd_str question,
                         const struct zd_scope *scope, const struct zd_reader *reader,
                         struct zd_arena *arena, struct zd_follow *ret_follow, struct zd_error *err)
{
    const struct asking a = {scope, reader, arena};
    const size_t from = n > ZD_FOLLOW_MAX_TURNS ? n - ZD_FOLLOW_MAX_TURNS : 0;
    struct zd_follow follow = {.question = question};
    struct zd_str before;
    enum zd_status st = ZD_OK;

    if (n == 0 || !reader->index || question.n > ZD_FOLLOW_TURN_MAX_BYTES) {
        *ret_follow = follow;
        return ZD_OK;
    }
    before = history[from];
    for (size_t i = from + 1; st == ZD_OK && i <= n; i++) {
        st = follow_one(&a, before, i < n ? history[i] : question, &follow, err);
        if (!follow.elliptical) /* else the matter is still the one before */
            before = follow.question;
    }
    if (st == ZD_OK)
        *ret_follow = follow;
    return st;
}

static int by_score(const void *left, const void *right)
{
    const struct zd_ranked *a = left, *b = right;

    return a->score < b->score ? 1 : a->score > b->score ? -1 : 0;
}

void zd_follow_prefer(const struct zd_follow *follow, struct zd_ranking *ranking)
{
    /* log-odds, in the order of the documents */
    static const float rules[ZD_FOLLOW_MAX_DOCUMENTS] = {1.0F, 0.4F, 0.4F};

    for (size_t i = 0; i < ranking->n; i++)
        for (size_t k = 0; k < follow->n_documents && k < ZD_FOLLOW_MAX_DOCUMENTS; k++)
            if (ranking->p[i].document == follow->documents[k]) {
                ranking->p[i].rules += rules[k];
                ranking->p[i].score =
                    1.0F / (1.0F + expf(-(ranking->p[i].odds + ranking->p[i].rules)));
            }
    if (follow->n_documents > 0)
        qsort(ranking->p, ranking->n, sizeof *ranking->p, by_score);
}
