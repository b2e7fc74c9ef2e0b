/* flat.c: long lines without line breaks, as scraping leaves them, cut where their author broke.
 *
 * Candidates are item and article marks behind white space or the end of a sentence. A mark is
 * taken when it goes on with its own kind's count (二、 after 一、), or starts one that goes on
 * later in the line; that keeps "1.5倍", a lone "一、" and marks inside quoted titles apart from
 * real lists. Between marks, white space behind a full stop is where a paragraph ended.
 */
#include "base/utf8.h"
#include "parse/structure_private.h"

#define KINDS (ZD_PARSE__ITEM_CIRCLE + 1)
#define LOOK_AHEAD_BYTES ((size_t)60000)
#define LOOK_AHEAD_SHARE 16 /* all looks together: so many times the line, which keeps it linear */
#define LOOK_BACK_BYTES 64  /* a longer run of blanks is not looked through */

struct flat {
    struct zd_parse__units *units;
    struct zd_str text; /* the whole document */
    size_t from, to;    /* the line */
    uint64_t last[KINDS];
    uint64_t before[KINDS]; /* where a count stood when the mark around it began anew */
    uint64_t *last_article;
    uint32_t page;
    size_t budget; /* bytes that looks ahead may still read */
};

static bool ends_before(const struct flat *f, size_t at, bool *ret_spaced)
{
    size_t i = at;
    uint32_t c = 0;

    *ret_spaced = false;
    while (i > f->from && at - i < LOOK_BACK_BYTES) {
        size_t before = zd_utf8_floor(f->text, i - 1), next = before;

        c = zd_utf8_next(f->text, &next);
        if (!zd_parse__is_space(c))
            break;
        *ret_spaced = true;
        i = before;
    }
    if (i == f->from)
        return true;
    return c == 0x3002 || c == 0xFF1B || c == 0xFF1A || c == 0xFF01 || c == 0xFF1F || c == ';' ||
           c == ':' || c == 0x201D || c == 0x3011;
}

/* A byte that a mark can begin with: cheaper than trying to read one. */
static bool may_be_mark(char c)
{
    return (c >= '0' && c <= '9') || c == '(' || (unsigned char)c >= 0xE2;
}

static bool mark_at(const struct flat *f, size_t at, struct zd_parse__mark *ret_mark)
{
    struct zd_str rest = zd_str_cut(f->text, at, f->to);
    bool spaced;

    if (!may_be_mark(rest.p[0]) || (!ends_before(f, at, &spaced) && !spaced))
        return false;
    if (!zd_parse__mark_read(rest, ret_mark))
        return false;
    if (ret_mark->kind == ZD_PARSE__ARTICLE)
        return ret_mark->spaced && !zd_parse__mark_is_reference(rest, ret_mark);
    return ret_mark->kind >= ZD_PARSE__ITEM_HAN && ret_mark->body < rest.n;
}

/* Whether the count that a mark 1 starts goes on behind it, before the mark that encloses it. */
static bool goes_on(struct flat *f, size_t at, enum zd_parse__mark_kind kind)
{
    size_t to = f->to - at > LOOK_AHEAD_BYTES ? at + LOOK_AHEAD_BYTES : f->to;

    if (to - at > f->budget)
        return false;
    f->budget -= to - at;
    while (at < to) {
        struct zd_parse__mark mark;
        size_t here = at;

        zd_utf8_next(f->text, &at);
        if (!mark_at(f, here, &mark))
            continue;
        if (mark.kind == kind)
            return mark.value == 2;
        if (mark.kind < kind && f->last[mark.kind] + 1 == mark.value && mark.value > 1)
            return false;
    }
    return false;
}

static bool takes(struct flat *f, size_t at, const struct zd_parse__mark *mark)
{
    uint64_t last = mark->kind == ZD_PARSE__ARTICLE ? *f->last_article : f->last[mark->kind];
    bool spaced, ended = ends_before(f, at, &spaced);

    if (!ended && !spaced)
        return false;
    if (mark->kind == ZD_PARSE__ARTICLE)
        return mark->value == last + 1 && mark->sub == 0 && (ended || last == 0);
    if (mark->value == last + 1 && last > 0)
        return true;
    if (last == 0 && mark->value > 1 && mark->value == f->before[mark->kind] + 1)
        return true; /* 二、 goes on with 3. where 一、 ended with 2. */
    return mark->value == 1 && goes_on(f, at + mark->n_number, mark->kind);
}

static void counted(struct flat *f, const struct zd_parse__mark *mark)
{
    if (mark->kind == ZD_PARSE__ARTICLE)
        *f->last_article = mark->value;
    f->last[mark->kind] = mark->value;
    for (int k = (int)mark->kind + 1; k < KINDS; k++) {
        if (f->last[k])
            f->before[k] = f->last[k];
        f->last[k] = 0;
    }
}

static void add_piece(struct flat *f, size_t start, size_t end, const struct zd_parse__mark *mark)
{
    struct zd_str piece = zd_parse__trim(zd_str_cut(f->text, start, end));
    struct zd_parse__unit unit = {.kind = ZD_PARSE__UNIT_PLAIN, .page = f->page};

    if (piece.n == 0)
        return;
    unit.start = unit.body = (uint32_t)(piece.p - f->text.p);
    unit.end = unit.start + (uint32_t)piece.n;
    unit.n_chars = (uint32_t)zd_parse__chars(piece);
    if (mark->kind != ZD_PARSE__NO_MARK && mark->n_number <= piece.n) {
        unit.kind = mark->kind == ZD_PARSE__ARTICLE ? ZD_PARSE__UNIT_ARTICLE : ZD_PARSE__UNIT_ITEM;
        unit.rank = ZD_PARSE__RANK_ITEM + (int)mark->kind - (int)ZD_PARSE__ITEM_HAN;
        unit.number = zd_str_cut(piece, 0, mark->n_number);
        unit.body = unit.start + (uint32_t)(mark->body < piece.n ? mark->body : piece.n);
        unit.value = mark->value;
    }
    zd_parse__unit_add(f->units, unit);
}

/* White space behind a full stop, or two ideographic blanks anywhere: a paragraph's start. */
static bool breaks_at(const struct flat *f, size_t at)
{
    bool spaced, ended = ends_before(f, at, &spaced);
    struct zd_str before =
        zd_str_cut(f->text, at - f->from > LOOK_BACK_BYTES ? at - LOOK_BACK_BYTES : f->from, at);

    if (!spaced)
        return false;
    if (zd_str_ends(before, ZD_STR("\u3000\u3000")))
        return true;
    return ended && zd_parse__ends_sentence(zd_parse__trim(before)) &&
           zd_parse__last_char(zd_parse__trim(before)) != '.';
}

void zd_parse__flat_cut(struct zd_parse__units *units, struct zd_str text,
                        const struct zd_parse__unit *like, uint64_t *last_article)
{
    struct flat f = {
        .units = units, .text = text, .from = like->start, .to = like->end, .page = like->page};

    struct zd_parse__mark open = {0}, mark;
    size_t start = f.from, at = start, first = units->n;

    f.last_article = last_article;
    f.budget = (f.to - f.from) * LOOK_AHEAD_SHARE;
    if (zd_parse__mark_read(zd_str_cut(text, f.from, f.to), &open)) {
        counted(&f, &open);
        at = f.from + open.n_number;
        if (like->kind != ZD_PARSE__UNIT_ITEM && like->kind != ZD_PARSE__UNIT_ARTICLE)
            open = (struct zd_parse__mark){0};
    }
    while (at < f.to) {
        size_t here = at;

        if (zd_parse__is_space(zd_utf8_next(text, &at)) || here == start)
            continue; /* a piece begins with a word */
        if (mark_at(&f, here, &mark) && takes(&f, here, &mark)) {
            add_piece(&f, start, here, &open);
            open = mark;
            counted(&f, &mark);
            start = here;
            at = here + mark.n_number;
        } else if (breaks_at(&f, here)) {
            add_piece(&f, start, here, &open);
            open = (struct zd_parse__mark){0};
            start = here;
        }
    }
    add_piece(&f, start, f.to, &open);
    if (first < units->n && like->kind != ZD_PARSE__UNIT_PLAIN) {
        units->p[first].kind = like->kind;
        units->p[first].rank = like->rank;
        units->p[first].field = like->field;
        units->p[first].label = like->label;
        units->p[first].body = like->body;
        units->p[first].number = like->number;
    }
}
