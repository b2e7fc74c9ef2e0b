/* clause_place.c: which 款 and 项 of an article a byte stands in.
 *
 * The paragraphs of an article are its 款, counted from one; a line that opens with （一） is 项 of
 * the 款 before it, a line that opens with 1. is 目 of that 项. Nothing is counted across articles.
 */
#include <string.h>

#include "base/buf.h"
#include "parse/parse_private.h"

struct place {
    unsigned paragraph; /* 款, from 1 */
    struct zd_str item, sub_item;
};

static void step(struct place *place, struct zd_str line)
{
    struct zd_parse__mark mark;

    if (!zd_parse__mark_read(line, &mark) || mark.kind < ZD_PARSE__ITEM_HAN) {
        place->paragraph++;
        place->item = place->sub_item = ZD_STR("");
    } else if (mark.kind == ZD_PARSE__ITEM_HAN_IN || mark.kind == ZD_PARSE__ITEM_HAN) {
        place->item = zd_str_cut(line, 0, mark.n_number);
        place->sub_item = ZD_STR("");
    } else {
        place->sub_item = zd_str_cut(line, 0, mark.n_number);
    }
    if (place->paragraph == 0)
        place->paragraph = 1;
}

/* 1 … 99 in Han digits. */
static void add_han_number(struct zd_buf *out, unsigned n)
{
    static const char *const digits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

    if (n >= 100) {
        zd_buf_printf(out, "%u", n);
        return;
    }
    if (n >= 20)
        zd_buf_c(out, digits[n / 10]);
    if (n >= 10)
        zd_buf_c(out, "十");
    zd_buf_c(out, digits[n % 10]);
}

/* "一、" and "1." without what stands behind the number; "（三）" as it is. */
static struct zd_str bare(struct zd_str number)
{
    static const char *const ends[] = {"、", ".", "．"};

    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(number, zd_str_c(ends[i])))
            return zd_str_cut(number, 0, number.n - strlen(ends[i]));
    return number;
}

static void add_part(struct zd_buf *out, struct zd_str number, const char *unit)
{
    if (number.n == 0)
        return;
    zd_buf_c(out, "第");
    zd_buf_str(out, bare(number));
    zd_buf_c(out, unit);
}

struct zd_str zd_clause_place(struct zd_str passage_text, uint32_t at, struct zd_arena *arena)
{
    struct place here = {0}, all = {0};
    struct zd_buf out = {.max = 512};
    struct zd_str line, copy;
    size_t next = 0;

    while (true) {
        size_t from = next;

        if (!zd_parse__line_next(passage_text, &next, &line))
            break;
        line = zd_parse__trim(line);
        if (line.n == 0)
            continue;
        step(&all, line);
        if (from <= at)
            here = all;
    }
    if (all.paragraph > 1) {
        zd_buf_c(&out, "第");
        add_han_number(&out, here.paragraph);
        zd_buf_c(&out, "款");
    }
    add_part(&out, here.item, "项");
    add_part(&out, here.sub_item, "目");
    copy = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return copy.p ? copy : ZD_STR("");
}
