/* check_source.c: where a sentence says that it comes from, and the signs around it that claim
 * nothing.
 *
 *     sentence = { mark } [ source ] claim { "[1]" | "(《…》第…条)" | "(来源1)" }
 *     mark     = "-" | "*" | "#" | ">" | "1." | "1、" | "(1)" | "(一)" | "一、"
 *     source   = [ 根据 | 依据 | 按照 | 依照 | 按 ] [ 《title》 ] [ 第…条 [ 第…款 ] [ 第…项 ] ]
 *                [ 的 ] [ 有关 | 相关 ] [ 规定 | 要求 ] [ , ]
 *
 * A source is taken only where it names a title or a clause, or says 规定.
 */
#include "answer/check_private.h"
#include "text/text.h"

static bool starts(struct zd_str s, const char *word)
{
    return zd_str_starts(s, zd_str_c(word));
}

static struct zd_str behind(struct zd_str s, size_t n)
{
    return zd_str_cut(s, n, s.n);
}

/* Takes one of the words from the beginning. */
static bool take(struct zd_str *s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct zd_str word = zd_str_c(words[i]);

        if (zd_str_starts(*s, word)) {
            *s = behind(*s, word.n);
            return true;
        }
    }
    return false;
}

static bool take_mark(struct zd_str *s)
{
    static const char *const signs[] = {"-", "*", "#", ">", "•", "·", "●"};
    static const char *const ends[] = {".", "、", ")", "．"};
    struct zd_str rest = *s;
    const bool bracket = starts(rest, "(");
    uint64_t value;
    size_t n;

    if (take(s, signs, ZD_COUNT(signs))) {
        *s = zd_str_trim(*s);
        return true;
    }
    if (bracket)
        rest = behind(rest, 1);
    if (!zd_number_read(rest, &value, &n) || value > 100)
        return false;
    rest = behind(rest, n);
    if (bracket ? !starts(rest, ")") : !take(&rest, ends, ZD_COUNT(ends)))
        return false;
    if (!bracket && rest.n > 0 && rest.p[0] >= '0' && rest.p[0] <= '9')
        return false; /* 3.5 is a number */
    *s = zd_str_trim(bracket ? behind(rest, 1) : rest);
    return true;
}

/* 第…条 and what is finer; the number of the 条, or 0. */
static uint64_t take_clause(struct zd_str *s)
{
    static const char *const levels[] = {"条", "款", "项", "目"};
    uint64_t clause = 0;

    for (;;) {
        struct zd_str rest = *s;
        uint64_t value;
        size_t n;

        if (!starts(rest, "第") || !zd_number_read(behind(rest, 3), &value, &n))
            return clause;
        rest = behind(rest, 3 + n);
        if (starts(rest, "条") && clause == 0)
            clause = value;
        else if (clause == 0)
            return 0;
        if (!take(&rest, levels, ZD_COUNT(levels)))
            return clause;
        *s = rest;
    }
}

/* 《…》, its inside, in which there may be another 《》; empty where there is none. */
static struct zd_str take_title(struct zd_str *s)
{
    const struct zd_str open = ZD_STR("《"), close = ZD_STR("》");
    struct zd_str title = {0};
    size_t depth = 1, at = open.n;

    if (!zd_str_starts(*s, open))
        return title;
    for (; at < s->n && depth > 0; at++) {
        const struct zd_str here = behind(*s, at);

        if (zd_str_starts(here, open))
            depth++;
        else if (zd_str_starts(here, close))
            depth--;
    }
    if (depth > 0)
        return title;
    at += close.n - 1;
    title = zd_str_cut(*s, open.n, at - close.n);
    *s = behind(*s, at);
    return title;
}

static bool take_source(struct zd_str *s, struct zd_check__source *source)
{
    static const char *const by[] = {"根据", "依据", "按照", "依照", "按"};
    static const char *const vague[] = {"本", "有关", "相关", "上述", "现行"};
    static const char *const said[] = {"规定", "要求", "明确"};
    static const char *const stops[] = {",", ":"};
    struct zd_str rest = *s;
    const bool announced = take(&rest, by, ZD_COUNT(by));
    bool rule;

    source->title = take_title(&rest);
    source->clause = take_clause(&rest);
    if (starts(rest, "的"))
        rest = behind(rest, 3);
    (void)take(&rest, vague, ZD_COUNT(vague));
    rule = take(&rest, said, ZD_COUNT(said));
    if (!(source->title.n || source->clause) && !(announced && rule))
        return false;
    if (!rule && !announced && source->title.n)
        return false; /* 《…》 is what the sentence speaks of */
    (void)take(&rest, stops, ZD_COUNT(stops));
    *s = zd_str_trim(rest);
    return true;
}

/* A bracket at the end that only cites; what ends the sentence may stand behind it. */
static bool take_citation(struct zd_str *s, struct zd_check__source *source)
{
    static const struct {
        const char *open, *close;
    } brackets[] = {{"[", "]"}, {"(", ")"}, {"【", "】"}, {"〔", "〕"}};
    static const char *const stops[] = {"。", ";", "!", "?", "."};
    struct zd_str rest = zd_str_trim(*s);

    for (size_t i = 0; i < ZD_COUNT(stops); i++)
        if (zd_str_ends(rest, zd_str_c(stops[i])))
            rest = zd_str_trim(zd_str_cut(rest, 0, rest.n - zd_str_c(stops[i]).n));
    for (size_t i = 0; i < ZD_COUNT(brackets); i++) {
        const struct zd_str open = zd_str_c(brackets[i].open), close = zd_str_c(brackets[i].close);
        static const char *const names[] = {"来源", "见", "参见", "依据", "证据", "资料", "^"};
        struct zd_check__source named = {0};
        struct zd_str inside;
        size_t at = SIZE_MAX, next;
        uint64_t value;

        if (!zd_str_ends(rest, close))
            continue;
        for (next = 0; (next = zd_str_find(rest, open, next)) != SIZE_MAX; next += open.n)
            at = next;
        if (at == SIZE_MAX)
            continue;
        inside = zd_str_trim(zd_str_cut(rest, at + open.n, rest.n - close.n));
        (void)take(&inside, names, ZD_COUNT(names));
        named.title = take_title(&inside);
        named.clause = take_clause(&inside);
        inside = zd_str_trim(inside);
        if (zd_number_read(inside, &value, &next))
            inside = behind(inside, next);
        if (inside.n > 0)
            return false;
        if (named.title.n)
            source->title = named.title;
        if (named.clause)
            source->clause = named.clause;
        *s = zd_str_cut(rest, 0, at);
        return true;
    }
    return false;
}

struct zd_check__source zd_check__take_source(struct zd_str *sentence)
{
    struct zd_check__source source = {0}, named = {0};

    *sentence = zd_str_trim(*sentence);
    for (int i = 0; i < 4 && take_mark(sentence); i++)
        ;
    if (take_source(sentence, &named))
        source = named;
    for (int i = 0; i < 8 && take_citation(sentence, &source); i++)
        ;
    return source;
}

static bool has_clause(struct zd_str s, uint64_t clause)
{
    const struct zd_str sign = ZD_STR("第");

    for (size_t at = 0; (at = zd_str_find(s, sign, at)) != SIZE_MAX; at += sign.n) {
        uint64_t value;
        size_t n;

        if (zd_number_read(behind(s, at + sign.n), &value, &n) && value == clause &&
            starts(behind(s, at + sign.n + n), "条"))
            return true;
    }
    return false;
}

bool zd_check__is_source(const struct zd_check__source *source, struct zd_str title,
                         struct zd_str clause, struct zd_str text)
{
    if (source->title.n && zd_str_find(title, source->title, 0) == SIZE_MAX &&
        zd_str_find(text, source->title, 0) == SIZE_MAX &&
        (title.n == 0 || zd_str_find(source->title, title, 0) == SIZE_MAX))
        return false;
    return source->clause == 0 || has_clause(clause, source->clause) ||
           has_clause(text, source->clause);
}
