/* odf_private: the list styles of an OpenDocument text and the labels they give. */
#ifndef ZD_PARSE_ODF_PRIVATE_H
#define ZD_PARSE_ODF_PRIVATE_H

#include "parse/office_private.h"

#define ZD_PARSE__ODF_LEVELS 10

struct zd_parse__odf_level {
    enum zd_parse__number_format format;
    struct zd_str before, behind; /* num-prefix, num-suffix */
    uint32_t start, shown;        /* shown: levels written, "1.2.3" */
};

struct zd_parse__odf_style {
    struct zd_str name;
    struct zd_parse__odf_level levels[ZD_PARSE__ODF_LEVELS];
    uint32_t count[ZD_PARSE__ODF_LEVELS];
};

struct zd_parse__odf_lists {
    struct zd_arena *arena;
    struct zd_parse__odf_style *styles;
    size_t n, cap;
    struct zd_parse__odf_style outline; /* of headings */
    struct zd_parse__odf_style
        *open[ZD_PARSE__ODF_LEVELS]; /* the style of each open list, NULL none */
    int n_open;
    uint32_t level; /* being described */
    bool in_outline, in_style, no_memory;
};

/* From styles.xml and content.xml. The caller ends it with _done, also on failure. */
enum zd_status zd_parse__odf_lists_read(const struct zd_parse__zip *zip, struct zd_arena *arena,
                                        struct zd_parse__odf_lists *lists,
                                        struct zd_error *err) ZD_MUST_USE;
void zd_parse__odf_lists_done(struct zd_parse__odf_lists *lists);

/* A list begins (inside another one or not) and ends. NULL where the file says nothing. */
void zd_parse__odf_list_begin(struct zd_parse__odf_lists *lists, const char *style,
                              const char *continues);
void zd_parse__odf_list_end(struct zd_parse__odf_lists *lists);

/* Counts one item of the innermost list and appends its label; true where it is a bullet. */
bool zd_parse__odf_label(struct zd_parse__odf_lists *lists, struct zd_buf *out);
/* The same for a heading of a level from 1. */
void zd_parse__odf_outline_label(struct zd_parse__odf_lists *lists, int level, struct zd_buf *out);

#endif
