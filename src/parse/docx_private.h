/* docx_private: styles and numbering of a WordprocessingML document (ECMA-376 part 1, 17.7, 17.9). */
#ifndef ZD_PARSE_DOCX_PRIVATE_H
#define ZD_PARSE_DOCX_PRIVATE_H

#include "parse/office_private.h"

#define ZD_PARSE__DOCX_LEVELS 9

enum zd_parse__docx_role { ZD_PARSE__DOCX_PLAIN, ZD_PARSE__DOCX_TITLE, ZD_PARSE__DOCX_CONTENTS };

struct zd_parse__docx_style {
    struct zd_str id, based_on;
    enum zd_parse__docx_role role;
    int outline;         /* 0 … 8, 9 for none, -1 where it says nothing */
    int32_t list, level; /* w:numId, -1 where it says nothing */
    int is_hidden;       /* w:vanish: 1, 0, -1 */
};

struct zd_parse__docx_level {
    enum zd_parse__number_format format;
    struct zd_str text; /* "第%1条" */
    uint32_t start;
    bool spaced;  /* a tab or blank stands behind the label */
    bool decimal; /* isLgl: the levels above are written in digits */
};

struct zd_parse__docx_abstract {
    int32_t id;
    struct zd_parse__docx_level levels[ZD_PARSE__DOCX_LEVELS];
    uint32_t count[ZD_PARSE__DOCX_LEVELS]; /* where each level stands; 0: not begun */
};

struct zd_parse__docx_list {
    int32_t id, abstract;
    uint32_t start[ZD_PARSE__DOCX_LEVELS]; /* startOverride, 0 none */
    bool begun;
};

struct zd_parse__docx_sheet {
    struct zd_arena *arena;
    struct zd_parse__docx_style *styles;
    struct zd_parse__docx_abstract *abstracts;
    struct zd_parse__docx_list *lists;
    size_t n_styles, n_abstracts, n_lists, styles_cap, abstracts_cap, lists_cap;
    bool no_memory;
};

/* Reads the two parts (either may be ""). The caller ends the sheet with _done, also on failure. */
enum zd_status zd_parse__docx_sheet_read(const struct zd_parse__zip *zip, struct zd_str styles,
                                         struct zd_str numbering, struct zd_arena *arena,
                                         struct zd_parse__docx_sheet *sheet,
                                         struct zd_error *err) ZD_MUST_USE;
void zd_parse__docx_sheet_done(struct zd_parse__docx_sheet *sheet);

/* What a style says with what it is based on; a style that is not there says nothing. */
struct zd_parse__docx_style zd_parse__docx_style_of(const struct zd_parse__docx_sheet *sheet,
                                                    struct zd_str id);

/* Counts one paragraph of a list and appends its label ("第一条 ", "（二）"), or nothing for bullets;
 * true where it is a bullet. */
bool zd_parse__docx_label(struct zd_parse__docx_sheet *sheet, int32_t list, int32_t level,
                          struct zd_buf *out);

#endif
