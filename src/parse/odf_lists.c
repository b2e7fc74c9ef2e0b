/* odf_lists.c: see odf_private.h. Counting goes on through a style's lists where they say so, and
 * begins anew with each other list of the outermost level. */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/odf_private.h"

#define MAX_STYLES 4096

static enum zd_parse__number_format format_of(const char *s)
{
    struct zd_str f = zd_str_c(s);

    if (f.n == 0)
        return ZD_PARSE__NUMBER_NONE;
    if (zd_str_starts(f, ZD_STR("一")) || zd_str_starts(f, ZD_STR("壹")))
        return ZD_PARSE__NUMBER_HAN;
    if (zd_str_starts(f, ZD_STR("甲")))
        return ZD_PARSE__NUMBER_STEM;
    if (zd_str_starts(f, ZD_STR("①")))
        return ZD_PARSE__NUMBER_CIRCLE;
    switch (f.p[0]) {
    case 'a':
        return ZD_PARSE__NUMBER_LOWER_LETTER;
    case 'A':
        return ZD_PARSE__NUMBER_UPPER_LETTER;
    case 'i':
        return ZD_PARSE__NUMBER_LOWER_ROMAN;
    case 'I':
        return ZD_PARSE__NUMBER_UPPER_ROMAN;
    default:
        return ZD_PARSE__NUMBER_DECIMAL;
    }
}

static uint32_t number_of(const char *s, uint32_t otherwise)
{
    long n = s ? strtol(s, NULL, 10) : 0;

    return n > 0 && n < 1000000 ? (uint32_t)n : otherwise;
}

static struct zd_str kept(struct zd_parse__odf_lists *lists, const char *s)
{
    struct zd_str copy = zd_arena_str(lists->arena, zd_str_c(s));

    lists->no_memory = lists->no_memory || !copy.p;
    return copy.p ? copy : ZD_STR("");
}

static void describe_level(struct zd_parse__odf_lists *lists, const struct zd_parse__element *e,
                           bool is_bullet)
{
    struct zd_parse__odf_style *style =
        lists->in_outline ? &lists->outline : &lists->styles[lists->n - 1];
    uint32_t level = number_of(zd_parse__xml_attribute(e, "text:level"), 0);
    struct zd_parse__odf_level *l;

    if (level == 0 || level > ZD_PARSE__ODF_LEVELS)
        return;
    l = &style->levels[level - 1];
    l->format = is_bullet ? ZD_PARSE__NUMBER_BULLET
                          : format_of(zd_parse__xml_attribute(e, "style:num-format"));
    l->before = kept(lists, zd_parse__xml_attribute(e, "style:num-prefix"));
    l->behind = kept(lists, zd_parse__xml_attribute(e, "style:num-suffix"));
    l->start = number_of(zd_parse__xml_attribute(e, "text:start-value"), 1);
    l->shown = number_of(zd_parse__xml_attribute(e, "text:display-levels"), 1);
}

static void on_start(void *context, const struct zd_parse__element *e)
{
    struct zd_parse__odf_lists *lists = context;

    if (strcmp(e->name, "text:list-style") == 0) {
        if (!zd_grow(&lists->styles, &lists->cap, lists->n + 1, sizeof *lists->styles,
                     MAX_STYLES)) {
            lists->no_memory = true;
            return;
        }
        lists->styles[lists->n] = (struct zd_parse__odf_style){0};
        lists->styles[lists->n++].name = kept(lists, zd_parse__xml_attribute(e, "style:name"));
        lists->in_style = true;
    } else if (strcmp(e->name, "text:outline-style") == 0) {
        lists->in_outline = lists->in_style = true;
    } else if (lists->in_style && (strcmp(e->name, "text:list-level-style-number") == 0 ||
                                   strcmp(e->name, "text:outline-level-style") == 0)) {
        describe_level(lists, e, false);
    } else if (lists->in_style && strcmp(e->name, "text:list-level-style-bullet") == 0) {
        describe_level(lists, e, true);
    }
}

static void on_end(void *context, const char *name)
{
    struct zd_parse__odf_lists *lists = context;

    if (strcmp(name, "text:list-style") == 0 || strcmp(name, "text:outline-style") == 0)
        lists->in_style = lists->in_outline = false;
}

enum zd_status zd_parse__odf_lists_read(const struct zd_parse__zip *zip, struct zd_arena *arena,
                                        struct zd_parse__odf_lists *lists, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {lists, on_start, on_end, NULL, NULL};
    enum zd_status st;

    *lists = (struct zd_parse__odf_lists){.arena = arena};
    st = zd_parse__part_read(zip, ZD_STR("styles.xml"), false, &events, err);
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, ZD_STR("content.xml"), true, &events, err);
    if (st == ZD_OK && lists->no_memory)
        st = zd_parse__no_memory(arena, "the lists of the document", err);
    return st;
}

void zd_parse__odf_lists_done(struct zd_parse__odf_lists *lists)
{
    zd_free(lists->styles);
}

void zd_parse__odf_list_begin(struct zd_parse__odf_lists *lists, const char *style,
                              const char *continues)
{
    struct zd_parse__odf_style *found = NULL;
    struct zd_str name = zd_str_c(style);

    for (size_t i = 0; name.n > 0 && i < lists->n && !found; i++)
        if (zd_str_eq(lists->styles[i].name, name))
            found = &lists->styles[i];
    if (!found && lists->n_open > 0 && lists->n_open <= ZD_PARSE__ODF_LEVELS)
        found = lists->open[lists->n_open - 1]; /* an inner list has the outer one's style */
    if (found && lists->n_open == 0 && !(continues && strcmp(continues, "true") == 0))
        memset(found->count, 0, sizeof found->count);
    if (lists->n_open < ZD_PARSE__ODF_LEVELS)
        lists->open[lists->n_open] = found;
    lists->n_open++;
}

void zd_parse__odf_list_end(struct zd_parse__odf_lists *lists)
{
    if (lists->n_open > 0)
        lists->n_open--;
}

static bool write_label(struct zd_parse__odf_style *style, int level, struct zd_buf *out)
{
    struct zd_parse__odf_level *l = &style->levels[level];
    uint32_t first;

    style->count[level] = style->count[level] ? style->count[level] + 1 : (l->start ? l->start : 1);
    for (int i = level + 1; i < ZD_PARSE__ODF_LEVELS; i++)
        style->count[i] = 0;
    if (l->format == ZD_PARSE__NUMBER_BULLET)
        return true;
    if (l->format == ZD_PARSE__NUMBER_NONE)
        return false;
    first = (uint32_t)level + 1 > l->shown ? (uint32_t)level + 1 - l->shown : 0;
    zd_buf_str(out, l->before);
    for (uint32_t i = first; i <= (uint32_t)level; i++) {
        if (i > first)
            zd_buf_byte(out, '.');
        zd_parse__number_write(out, style->levels[i].format, style->count[i] ? style->count[i] : 1);
    }
    zd_buf_str(out, l->behind);
    if (out->n > 0 && out->p[out->n - 1] < 0x80)
        zd_buf_byte(out, ' '); /* "1." stands apart from its words, "（一）" does not */
    return false;
}

bool zd_parse__odf_label(struct zd_parse__odf_lists *lists, struct zd_buf *out)
{
    int level = lists->n_open - 1;

    if (level < 0 || level >= ZD_PARSE__ODF_LEVELS || !lists->open[level])
        return false;
    return write_label(lists->open[level], level, out);
}

void zd_parse__odf_outline_label(struct zd_parse__odf_lists *lists, int level, struct zd_buf *out)
{
    if (level >= 1 && level <= ZD_PARSE__ODF_LEVELS)
        (void)write_label(&lists->outline, level - 1, out);
}
