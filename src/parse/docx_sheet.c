/* docx_sheet.c: styles.xml and numbering.xml, and the labels they give; see docx_private.h. */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/docx_private.h"

#define MAX_STYLES 4096
#define MAX_LISTS 4096
#define BASED_ON_MAX 16

static int32_t number_of(const char *s, int32_t otherwise)
{
    char *end = NULL;
    long n = s ? strtol(s, &end, 10) : 0;

    return s && end != s && n >= 0 && n < 1000000 ? (int32_t)n : otherwise;
}

/* <w:b/>, <w:b w:val="1"/> are on; "0", "false", "off" are off. */
static int is_on(const struct zd_parse__element *e)
{
    const char *value = zd_parse__xml_attribute(e, "w:val");

    return !value ||
           (strcmp(value, "0") != 0 && strcmp(value, "false") != 0 && strcmp(value, "off") != 0);
}

/* ---- styles ---- */

static enum zd_parse__docx_role role_of(struct zd_str name)
{
    struct zd_str start = zd_str_cut(name, 0, 4);

    if (zd_str_eq(name, ZD_STR("Title")) || zd_str_eq(name, ZD_STR("标题")))
        return ZD_PARSE__DOCX_TITLE;
    if (zd_str_eq(start, ZD_STR("toc ")) || zd_str_eq(start, ZD_STR("TOC ")) ||
        zd_str_starts(name, ZD_STR("目录")))
        return ZD_PARSE__DOCX_CONTENTS;
    return ZD_PARSE__DOCX_PLAIN;
}

/* "heading 2", "标题 2": localised copies without an outline level of their own. */
static int outline_of_name(struct zd_str name)
{
    static const char *const starts[] = {"heading ", "Heading ", "标题 "};

    for (size_t i = 0; i < ZD_COUNT(starts); i++) {
        size_t n = strlen(starts[i]);

        if (zd_str_starts(name, zd_str_c(starts[i])) && name.n == n + 1 && name.p[n] >= '1' &&
            name.p[n] <= '9')
            return name.p[n] - '1';
    }
    return -1;
}

static void on_style_start(void *context, const struct zd_parse__element *e)
{
    struct zd_parse__docx_sheet *sheet = context;
    struct zd_parse__docx_style *style =
        sheet->n_styles ? &sheet->styles[sheet->n_styles - 1] : NULL;
    const char *value = zd_parse__xml_attribute(e, "w:val");

    if (strcmp(e->name, "w:style") == 0) {
        if (!zd_grow(&sheet->styles, &sheet->styles_cap, sheet->n_styles + 1, sizeof *style,
                     MAX_STYLES)) {
            sheet->no_memory = true;
            return;
        }
        style = &sheet->styles[sheet->n_styles++];
        *style = (struct zd_parse__docx_style){
            .outline = -1, .list = -1, .level = -1, .is_hidden = -1, .based_on = ZD_STR("")};
        style->id = zd_arena_str(sheet->arena, zd_str_c(zd_parse__xml_attribute(e, "w:styleId")));
    } else if (!style || !value) {
        if (style && strcmp(e->name, "w:vanish") == 0)
            style->is_hidden = 1;
    } else if (strcmp(e->name, "w:name") == 0) {
        style->role = role_of(zd_str_c(value));
        if (style->outline < 0)
            style->outline = outline_of_name(zd_str_c(value));
    } else if (strcmp(e->name, "w:basedOn") == 0) {
        style->based_on = zd_arena_str(sheet->arena, zd_str_c(value));
    } else if (strcmp(e->name, "w:outlineLvl") == 0) {
        style->outline = number_of(value, -1);
    } else if (strcmp(e->name, "w:numId") == 0) {
        style->list = number_of(value, -1);
    } else if (strcmp(e->name, "w:ilvl") == 0) {
        style->level = number_of(value, -1);
    } else if (strcmp(e->name, "w:vanish") == 0) {
        style->is_hidden = is_on(e);
    }
}

static void on_nothing(void *context, const char *name)
{
    (void)context;
    (void)name;
}

static const struct zd_parse__docx_style *find_style(const struct zd_parse__docx_sheet *sheet,
                                                     struct zd_str id)
{
    for (size_t i = 0; i < sheet->n_styles; i++)
        if (zd_str_eq(sheet->styles[i].id, id))
            return &sheet->styles[i];
    return NULL;
}

struct zd_parse__docx_style zd_parse__docx_style_of(const struct zd_parse__docx_sheet *sheet,
                                                    struct zd_str id)
{
    struct zd_parse__docx_style all = {.outline = -1, .list = -1, .level = -1, .is_hidden = -1};

    for (int i = 0; i < BASED_ON_MAX && id.n > 0; i++) {
        const struct zd_parse__docx_style *style = find_style(sheet, id);

        if (!style)
            break;
        if (all.role == ZD_PARSE__DOCX_PLAIN)
            all.role = style->role;
        if (all.outline < 0)
            all.outline = style->outline;
        if (all.list < 0)
            all.list = style->list;
        if (all.level < 0)
            all.level = style->level;
        if (all.is_hidden < 0)
            all.is_hidden = style->is_hidden;
        id = style->based_on;
    }
    return all;
}

/* ---- numbering ---- */

static enum zd_parse__number_format format_of(const char *name)
{
    static const struct {
        const char *name;
        enum zd_parse__number_format format;
    } rows[] = {
        {"bullet", ZD_PARSE__NUMBER_BULLET},
        {"none", ZD_PARSE__NUMBER_NONE},
        {"decimalZero", ZD_PARSE__NUMBER_DECIMAL_ZERO},
        {"chineseCounting", ZD_PARSE__NUMBER_HAN},
        {"chineseCountingThousand", ZD_PARSE__NUMBER_HAN},
        {"taiwaneseCounting", ZD_PARSE__NUMBER_HAN},
        {"taiwaneseCountingThousand", ZD_PARSE__NUMBER_HAN},
        {"japaneseCounting", ZD_PARSE__NUMBER_HAN},
        {"ideographDigital", ZD_PARSE__NUMBER_HAN},
        {"ideographTraditional", ZD_PARSE__NUMBER_STEM},
        {"decimalEnclosedCircle", ZD_PARSE__NUMBER_CIRCLE},
        {"decimalEnclosedCircleChinese", ZD_PARSE__NUMBER_CIRCLE},
        {"lowerLetter", ZD_PARSE__NUMBER_LOWER_LETTER},
        {"upperLetter", ZD_PARSE__NUMBER_UPPER_LETTER},
        {"lowerRoman", ZD_PARSE__NUMBER_LOWER_ROMAN},
        {"upperRoman", ZD_PARSE__NUMBER_UPPER_ROMAN},
    };

    for (size_t i = 0; name && i < ZD_COUNT(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].format;
    return ZD_PARSE__NUMBER_DECIMAL;
}

struct numbering {
    struct zd_parse__docx_sheet *sheet;
    int32_t level; /* that is being described */
    bool in_list;  /* inside w:num rather than w:abstractNum */
};

static void begin_abstract(struct zd_parse__docx_sheet *sheet, const struct zd_parse__element *e)
{
    struct zd_parse__docx_abstract *abstract;

    if (!zd_grow(&sheet->abstracts, &sheet->abstracts_cap, sheet->n_abstracts + 1, sizeof *abstract,
                 MAX_LISTS)) {
        sheet->no_memory = true;
        return;
    }
    abstract = &sheet->abstracts[sheet->n_abstracts++];
    *abstract = (struct zd_parse__docx_abstract){
        .id = number_of(zd_parse__xml_attribute(e, "w:abstractNumId"), -1)};
    for (size_t i = 0; i < ZD_PARSE__DOCX_LEVELS; i++)
        abstract->levels[i] = (struct zd_parse__docx_level){
            .format = ZD_PARSE__NUMBER_DECIMAL, .text = ZD_STR(""), .start = 1, .spaced = true};
}

static void begin_list(struct zd_parse__docx_sheet *sheet, const struct zd_parse__element *e)
{
    if (!zd_grow(&sheet->lists, &sheet->lists_cap, sheet->n_lists + 1, sizeof *sheet->lists,
                 MAX_LISTS)) {
        sheet->no_memory = true;
        return;
    }
    sheet->lists[sheet->n_lists++] = (struct zd_parse__docx_list){
        .id = number_of(zd_parse__xml_attribute(e, "w:numId"), -1), .abstract = -1};
}

static void describe_level(struct numbering *n, const struct zd_parse__element *e,
                           const char *value)
{
    struct zd_parse__docx_level *level;

    if (n->sheet->n_abstracts == 0 || n->level < 0 || n->level >= ZD_PARSE__DOCX_LEVELS)
        return;
    level = &n->sheet->abstracts[n->sheet->n_abstracts - 1].levels[n->level];
    if (strcmp(e->name, "w:numFmt") == 0)
        level->format = format_of(value);
    else if (strcmp(e->name, "w:lvlText") == 0)
        level->text = zd_arena_str(n->sheet->arena, zd_str_c(value));
    else if (strcmp(e->name, "w:start") == 0)
        level->start = (uint32_t)number_of(value, 1);
    else if (strcmp(e->name, "w:suff") == 0)
        level->spaced = !value || strcmp(value, "nothing") != 0;
    else if (strcmp(e->name, "w:isLgl") == 0)
        level->decimal = is_on(e);
    if (!level->text.p)
        n->sheet->no_memory = true;
}

static void on_numbering_start(void *context, const struct zd_parse__element *e)
{
    struct numbering *n = context;
    struct zd_parse__docx_sheet *sheet = n->sheet;
    const char *value = zd_parse__xml_attribute(e, "w:val");
    struct zd_parse__docx_list *list;

    if (strcmp(e->name, "w:abstractNum") == 0) {
        n->in_list = false;
        n->level = -1;
        begin_abstract(sheet, e);
    } else if (strcmp(e->name, "w:num") == 0) {
        n->in_list = true;
        begin_list(sheet, e);
    } else if (strcmp(e->name, "w:lvl") == 0 || strcmp(e->name, "w:lvlOverride") == 0) {
        n->level = number_of(zd_parse__xml_attribute(e, "w:ilvl"), -1);
    } else if (!n->in_list) {
        describe_level(n, e, value);
    } else if (sheet->n_lists > 0) {
        list = &sheet->lists[sheet->n_lists - 1];
        if (strcmp(e->name, "w:abstractNumId") == 0)
            list->abstract = number_of(value, -1);
        else if (strcmp(e->name, "w:startOverride") == 0 && n->level >= 0 &&
                 n->level < ZD_PARSE__DOCX_LEVELS)
            list->start[n->level] = (uint32_t)number_of(value, 1);
    }
}

enum zd_status zd_parse__docx_sheet_read(const struct zd_parse__zip *zip, struct zd_str styles,
                                         struct zd_str numbering, struct zd_arena *arena,
                                         struct zd_parse__docx_sheet *sheet, struct zd_error *err)
{
    struct numbering n = {.sheet = sheet, .level = -1};
    const struct zd_parse__xml_events on_styles = {sheet, on_style_start, on_nothing, NULL, NULL};
    const struct zd_parse__xml_events on_numbering = {&n, on_numbering_start, on_nothing, NULL,
                                                      NULL};
    enum zd_status st;

    *sheet = (struct zd_parse__docx_sheet){.arena = arena};
    st = zd_parse__part_read(zip, styles, false, &on_styles, err);
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, numbering, false, &on_numbering, err);
    if (st == ZD_OK && sheet->no_memory)
        st = zd_parse__no_memory(arena, "the styles of the document", err);
    return st;
}

void zd_parse__docx_sheet_done(struct zd_parse__docx_sheet *sheet)
{
    zd_free(sheet->styles);
    zd_free(sheet->abstracts);
    zd_free(sheet->lists);
}

/* ---- labels ---- */

static void count(struct zd_parse__docx_abstract *abstract, struct zd_parse__docx_list *list,
                  int32_t level)
{
    if (!list->begun)
        for (size_t i = 0; i < ZD_PARSE__DOCX_LEVELS; i++)
            if (list->start[i])
                abstract->count[i] = 0; /* this list counts anew */
    list->begun = true;
    for (int32_t i = 0; i <= level; i++) {
        uint32_t start = list->start[i] ? list->start[i] : abstract->levels[i].start;

        if (abstract->count[i] == 0)
            abstract->count[i] = start ? start : 1;
        else if (i == level)
            abstract->count[i]++;
    }
    for (int32_t i = level + 1; i < ZD_PARSE__DOCX_LEVELS; i++)
        abstract->count[i] = 0;
}

static void write_label(const struct zd_parse__docx_abstract *abstract, int32_t level,
                        struct zd_buf *out)
{
    const struct zd_parse__docx_level *l = &abstract->levels[level];
    size_t before = out->n;

    for (size_t i = 0; i < l->text.n; i++) {
        if (l->text.p[i] == '%' && i + 1 < l->text.n && l->text.p[i + 1] >= '1' &&
            l->text.p[i + 1] <= '9') {
            size_t k = (size_t)(l->text.p[++i] - '1');

            zd_parse__number_write(
                out, l->decimal ? ZD_PARSE__NUMBER_DECIMAL : abstract->levels[k].format,
                abstract->count[k] ? abstract->count[k] : 1);
        } else {
            zd_buf_byte(out, (uint8_t)l->text.p[i]);
        }
    }
    if (out->n > before && l->spaced)
        zd_buf_byte(out, ' ');
}

bool zd_parse__docx_label(struct zd_parse__docx_sheet *sheet, int32_t list, int32_t level,
                          struct zd_buf *out)
{
    struct zd_parse__docx_abstract *abstract = NULL;
    struct zd_parse__docx_list *l = NULL;

    if (list <= 0 || level < 0 || level >= ZD_PARSE__DOCX_LEVELS)
        return false;
    for (size_t i = 0; i < sheet->n_lists && !l; i++)
        if (sheet->lists[i].id == list)
            l = &sheet->lists[i];
    for (size_t i = 0; l && i < sheet->n_abstracts && !abstract; i++)
        if (sheet->abstracts[i].id == l->abstract)
            abstract = &sheet->abstracts[i];
    if (!abstract)
        return false;
    count(abstract, l, level);
    if (abstract->levels[level].format == ZD_PARSE__NUMBER_BULLET)
        return true;
    if (abstract->levels[level].format != ZD_PARSE__NUMBER_NONE)
        write_label(abstract, level, out);
    return false;
}
