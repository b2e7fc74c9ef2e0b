/* issuer.c: who issued a text.
 *
 * Asked in this order, the first that answers wins: a label of the data sheet; the signature (one
 * or several organs above or beside a day, or alone at the end); the title up to 关于; the note
 * of adoption ("…第二届人民代表大会常务委员会第二十次会议通过"), whose number of the term is no part of the
 * name; an order's heading (…令); a red heading (…文件). Several organs are joined with 、.
 * An organ is known by its last word: the list below, made from the names of organs of the
 * State, provinces and counties.
 */
#include <string.h>

#include "base/date.h"
#include "base/utf8.h"
#include "parse/facts_private.h"
#include "text/text.h"

#define ORGAN_MIN_CHARS 3
#define ORGAN_MAX_CHARS 32
#define SIGNATURE_MAX_CHARS 90
#define MAX_ORGANS 8
#define SIGNATURE_LINES 4000 /* from the end */

bool zd_parse__is_organ(struct zd_str s)
{
    static const char *const ends[] = {
        "人民政府", "委员会", "办公室", "办公厅",   "局",      "厅",     "部",     "院",   "大会",
        "中心",     "银行",   "口岸办", "人社局",   "署",      "总队",   "支队",   "大队", "海关",
        "工作部",   "管委会", "协会",   "公司",     "政府",    "检察院", "国务院", "会议", "宣传部",
        "组织部",   "分局",   "所",     "处",       "委",      "办",     "社",     "军区", "政治部",
        "联合会",   "总工会", "指挥部", "领导小组", "服务中心"};
    static const char *const never[] = {"关于", "各", "：",   "。",   "，", "；",   "第",
                                        "的",   "《", "有关", "负责", "年", "以上", "表"};
    size_t n = zd_parse__chars(s);

    if (n < ORGAN_MIN_CHARS || n > ORGAN_MAX_CHARS)
        return false;
    for (size_t i = 0; i < ZD_COUNT(never); i++)
        if (zd_parse__has(s, never[i]))
            return false;
    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(s, zd_str_c(ends[i])))
            return true;
    return false;
}

static struct zd_str without_seal(struct zd_str s)
{
    static const char *const notes[] = {"（代章）", "（盖章）", "(代章)",
                                        "(盖章)",   "（章）",   "（印章）"};

    for (size_t i = 0; i < ZD_COUNT(notes); i++)
        if (zd_str_ends(s, zd_str_c(notes[i])))
            return zd_parse__trim(zd_str_cut(s, 0, s.n - strlen(notes[i])));
    return s;
}

static struct zd_str without_state(struct zd_str name)
{
    struct zd_str state = ZD_STR("中华人民共和国");
    struct zd_str rest = zd_str_cut(name, state.n, name.n);

    return zd_str_starts(name, state) && zd_parse__is_organ(rest) ? rest : name;
}

static bool is_break(uint32_t c)
{
    return zd_parse__is_space(c) || c == 0x3001;
}

/* One or several organs on a line, joined with 、; empty where any part is something else. A name
 * spread by blanks ("云 岫 市 财 政 局") is one organ. */
static struct zd_str organs_of(struct zd_parse__case *c, struct zd_str line)
{
    struct zd_buf out = {.max = 1024};
    struct zd_str whole = zd_parse__normal(c, line), kept;
    size_t at = 0, from = 0, n = 0;
    bool all = true;

    line = without_seal(zd_parse__trim(line));
    while (at <= line.n && n < MAX_ORGANS && all) {
        size_t here = at;
        uint32_t ch = at < line.n ? zd_utf8_next(line, &at) : ' ';

        if (here == line.n)
            at++;
        if (!is_break(ch))
            continue;
        if (here > from) {
            struct zd_str part = without_state(without_seal(zd_str_cut(line, from, here)));

            all = zd_parse__is_organ(part);
            if (n++)
                zd_buf_c(&out, "、");
            zd_buf_str(&out, part);
        }
        from = at;
    }
    if (!all && zd_parse__is_organ(without_seal(whole))) {
        zd_buf_done(&out);
        return zd_parse__keep(c, without_seal(whole));
    }
    c->no_memory = c->no_memory || (out.bad && !out.full);
    kept = all ? zd_parse__keep(c, zd_buf_view(&out)) : ZD_STR("");
    zd_buf_done(&out);
    return kept;
}

static struct zd_str without_brackets(struct zd_str line)
{
    line = zd_parse__trim(line);
    if (zd_str_starts(line, ZD_STR("（")) && zd_str_ends(line, ZD_STR("）")))
        return zd_str_cut(line, 3, line.n - 3);
    if (zd_str_starts(line, ZD_STR("(")) && zd_str_ends(line, ZD_STR(")")))
        return zd_str_cut(line, 1, line.n - 1);
    return line;
}

/* What may stand in front of a signature's day: nothing, organs, a number, or both. */
static bool is_signature_front(struct zd_parse__case *c, struct zd_str front, struct zd_str *organ)
{
    size_t start, end;
    struct zd_str normal;

    front = zd_parse__trim(front);
    while (zd_str_ends(front, ZD_STR("，")) || zd_str_ends(front, ZD_STR(",")))
        front =
            zd_parse__trim(zd_str_cut(front, 0, front.n - (front.p[front.n - 1] == ',' ? 1 : 3)));
    *organ = ZD_STR("");
    if (front.n == 0)
        return true;
    *organ = organs_of(c, front);
    if (organ->n)
        return true;
    normal = zd_parse__normal(c, front);
    if (!zd_parse__number_find(normal, 0, &start, &end))
        return false;
    if (start == 0 && end == normal.n)
        return true;
    *organ =
        organs_of(c, start == 0 ? zd_str_cut(normal, end, normal.n) : zd_str_cut(normal, 0, start));
    return organ->n > 0;
}

int32_t zd_parse__signature_day(struct zd_parse__case *c, struct zd_str line,
                                struct zd_str *ret_organ)
{
    static const char *const verbs[] = {"", "发布", "印发", "公布", "颁布", "发", "）"};
    struct zd_str rest;
    int32_t date;
    size_t start, end;

    if (zd_parse__chars(line) > SIGNATURE_MAX_CHARS)
        return 0;
    line = without_brackets(line);
    if (!zd_parse__day_find(line, 0, &date, &start, &end))
        return 0;
    rest = zd_parse__trim(zd_str_cut(line, end, line.n));
    for (size_t i = 0; i < ZD_COUNT(verbs); i++)
        if (zd_str_eq(rest, zd_str_c(verbs[i])))
            return is_signature_front(c, zd_str_cut(line, 0, start), ret_organ) ? date : 0;
    return 0;
}

/* ---- where it may stand ---- */

/* The organs on the lines right above line i, in their order. */
static struct zd_str organs_above(struct zd_parse__case *c, size_t i)
{
    struct zd_str all = ZD_STR("");

    for (size_t back = 1; back <= 3 && back <= i; back++) {
        struct zd_str above = zd_parse__case_line(c, i - back), one;

        if (zd_parse__chars(above) > SIGNATURE_MAX_CHARS)
            break;
        one = organs_of(c, above);
        if (one.n == 0)
            break;
        all = all.n == 0
                  ? one
                  : zd_arena_printf(c->arena, "%.*s、%.*s", (int)one.n, one.p, (int)all.n, all.p);
        if (!all.p)
            c->no_memory = true;
    }
    return all.p ? all : ZD_STR("");
}

/* Organs alone on one of the last lines. */
static struct zd_str organs_at_end(struct zd_parse__case *c)
{
    size_t n = c->blocks->n;

    for (size_t i = n; i-- > 1 && n - i <= 3;) {
        struct zd_str line = zd_parse__case_line(c, i), organs;

        if (c->blocks->p[i].kind != ZD_BLOCK_PARAGRAPH ||
            zd_parse__chars(line) > SIGNATURE_MAX_CHARS)
            continue;
        organs = organs_of(c, line);
        if (organs.n)
            return organs;
    }
    return ZD_STR("");
}

static struct zd_str from_signature(struct zd_parse__case *c)
{
    size_t n = c->blocks->n;

    for (size_t i = n; i-- > 0 && n - i < SIGNATURE_LINES;) {
        struct zd_str organ = ZD_STR("");

        if (c->blocks->p[i].kind == ZD_BLOCK_HEADING ||
            c->blocks->p[i].kind == ZD_BLOCK_TABLE_ROW ||
            zd_parse__signature_day(c, zd_parse__case_line(c, i), &organ) == 0)
            continue;
        if (organ.n == 0)
            organ = organs_above(c, i);
        if (organ.n)
            return organ;
    }
    return organs_at_end(c);
}

/* "2022年6月24日云岫市第五届人民代表大会常务委员会第四次会议修订" → the organ's name. */
static struct zd_str congress_of(struct zd_parse__case *c, struct zd_str part)
{
    struct zd_buf out = {.max = 512};
    struct zd_str normal = zd_parse__normal(c, part), kept;
    size_t end = zd_str_find(normal, ZD_STR("人民代表大会"), 0), term, start, n;

    if (end == SIZE_MAX)
        return ZD_STR("");
    n = end + strlen("人民代表大会");
    if (zd_str_starts(zd_str_cut(normal, n, normal.n), ZD_STR("常务委员会")))
        n += strlen("常务委员会");
    term = zd_str_find(normal, ZD_STR("届"), 0);
    if (term != SIZE_MAX && term < end) {
        start = 0;
        for (size_t at = zd_str_find(normal, ZD_STR("第"), 0); at != SIZE_MAX && at < term;
             at = zd_str_find(normal, ZD_STR("第"), at + 1))
            start = at;
        zd_buf_str(&out, zd_str_cut(normal, 0, start));
        zd_buf_str(&out, zd_str_cut(normal, term + strlen("届"), n));
    } else {
        zd_buf_str(&out, zd_str_cut(normal, 0, n));
    }
    c->no_memory = c->no_memory || (out.bad && !out.full);
    kept = zd_parse__is_organ(zd_buf_view(&out)) || out.n < 120
               ? zd_parse__keep(c, zd_buf_view(&out))
               : ZD_STR("");
    zd_buf_done(&out);
    return kept;
}

/* "云岫市人民政府令第3号发布", "公安部发布" → the organ's name, or several. */
static struct zd_str order_of(struct zd_parse__case *c, struct zd_str part)
{
    static const char *const ends[] = {"令第", "令（第", "发布", "公布", "印发"};
    struct zd_str normal = zd_parse__normal(c, part);
    size_t n, at = zd_parse__find_any(normal, ends, ZD_COUNT(ends), 0, &n);

    return at == SIZE_MAX ? ZD_STR("") : organs_of(c, zd_str_cut(normal, 0, at));
}

/* "最高人民法院审判委员会第1901次会议通过" → the court. */
static struct zd_str court_of(struct zd_str part)
{
    static const struct zd_str courts[] = {{"最高人民法院", 18}, {"最高人民检察院", 21}};

    for (size_t i = 0; i < ZD_COUNT(courts); i++)
        if (zd_str_starts(zd_parse__trim(part), courts[i]))
            return courts[i];
    return ZD_STR("");
}

/* The organ of the last act named on a note of adoption; approval is not issuing. */
static struct zd_str from_note(struct zd_parse__case *c, struct zd_str line)
{
    struct zd_str organ = ZD_STR("");
    size_t at = 0, start, end;
    int32_t date;

    while (zd_parse__day_find(line, at, &date, &start, &end)) {
        size_t next_start = line.n, next_end;
        struct zd_str part, one;
        int32_t other;

        if (!zd_parse__day_find(line, end, &other, &next_start, &next_end))
            next_start = line.n;
        part = zd_str_cut(line, end, next_start);
        at = end;
        if (zd_parse__has(part, "批准") || zd_parse__has(part, "起施行"))
            continue;
        one = order_of(c, part);
        if (one.n == 0)
            one = court_of(part);
        if (one.n == 0)
            one = congress_of(c, part);
        if (one.n == 0 && zd_parse__has(part, "国务院"))
            one = ZD_STR("国务院");
        if (one.n)
            organ = one;
    }
    return organ;
}

static struct zd_str from_head(struct zd_parse__case *c)
{
    struct zd_str organ = ZD_STR("");

    for (size_t i = 0; i < c->n_head; i++) {
        struct zd_str line = zd_parse__case_line(c, i), normal, one = ZD_STR("");
        size_t start, end;

        if (zd_parse__is_adoption(line)) {
            one = from_note(c, line);
        } else if (organ.n == 0 && zd_parse__chars(line) <= SIGNATURE_MAX_CHARS / 2) {
            normal = zd_parse__normal(c, line);
            if (zd_str_ends(normal, ZD_STR("文件")))
                one = organs_of(c, zd_str_cut(normal, 0, normal.n - strlen("文件")));
            else if (zd_str_ends(normal, ZD_STR("令")))
                one = organs_of(c, zd_str_cut(normal, 0, normal.n - strlen("令")));
            else if (zd_parse__number_find(normal, 0, &start, &end) && start == 0)
                one = order_of(c, normal);
            else if (zd_parse__signature_day(c, line, &one) == 0 && i < 3)
                one = organs_of(c, line);
        }
        if (one.n)
            organ = one;
    }
    return organ;
}

static struct zd_str from_title(struct zd_parse__case *c)
{
    static const char *const words[] = {"关于", "转发", "印发", "公告", "通告"};
    struct zd_str title = c->facts.title;
    size_t n, at = zd_parse__find_any(title, words, ZD_COUNT(words), 0, &n);

    return at == SIZE_MAX || at == 0 ? ZD_STR("") : organs_of(c, zd_str_cut(title, 0, at));
}

/* The office that a guide names, without what stands in brackets behind it. */
static struct zd_str from_guide(struct zd_parse__case *c)
{
    static const char *const labels[] = {"实施机关", "实施主体", "主管部门"};
    struct zd_str value = zd_parse__case_label(c, labels, ZD_COUNT(labels));
    size_t at = zd_str_find(value, ZD_STR("（"), 0);

    return organs_of(c, at == SIZE_MAX ? value : zd_str_cut(value, 0, at));
}

void zd_parse__find_issuer(struct zd_parse__case *c)
{
    static const char *const labels[] = {"发布机构", "发文机关", "制定机关", "发布机关",
                                         "发布单位", "发文单位", "制发机关", "issuer"};
    struct zd_str found = zd_parse__case_label(c, labels, ZD_COUNT(labels));

    if (found.n == 0)
        found = from_signature(c);
    if (found.n == 0)
        found = from_title(c);
    if (found.n == 0)
        found = from_head(c);
    if (found.n == 0)
        found = from_guide(c);
    if (found.n == 0)
        found = c->meta->issuer;
    c->facts.issuer = found;
}
