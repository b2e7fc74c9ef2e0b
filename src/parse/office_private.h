/* office_private: what the readers of Office and OpenDocument files share: parts of a package,
 * numbering, and a table being collected. */
#ifndef ZD_PARSE_OFFICE_PRIVATE_H
#define ZD_PARSE_OFFICE_PRIVATE_H

#include "base/buf.h"
#include "parse/parse_private.h"
#include "parse/xml.h"
#include "parse/zip.h"

/* ---- packages (ECMA-376 part 2): parts and the relations between them ---- */

struct zd_parse__relation {
    struct zd_str id, type; /* type: what stands behind the last "/" of its URI, "styles" */
    struct zd_str target;   /* the part's name in the archive; external ones are left out */
};

struct zd_parse__relations {
    struct zd_parse__relation *p; /* [n], the arena's */
    size_t n;
};

/* The relations of a part ("" for the package's own); none where there are none. */
enum zd_status zd_parse__relations_read(const struct zd_parse__zip *zip, struct zd_str part,
                                        struct zd_arena *arena,
                                        struct zd_parse__relations *ret_relations,
                                        struct zd_error *err) ZD_MUST_USE;
/* The target of an id or of the first of a type; empty where there is none. */
struct zd_str zd_parse__relation_by_id(const struct zd_parse__relations *relations, const char *id);
struct zd_str zd_parse__relation_by_type(const struct zd_parse__relations *relations,
                                         const char *type);

/* Reads one part's XML. A part that is missing is passed over where it is not needed. */
enum zd_status zd_parse__part_read(const struct zd_parse__zip *zip, struct zd_str part, bool needed,
                                   const struct zd_parse__xml_events *events,
                                   struct zd_error *err) ZD_MUST_USE;

/* True where raw is a ZIP whose directory holds the entry. */
bool zd_parse__zip_has(struct zd_bytes raw, const char *name);

/* ---- numbering ---- */

enum zd_parse__number_format {
    ZD_PARSE__NUMBER_NONE,
    ZD_PARSE__NUMBER_BULLET,
    ZD_PARSE__NUMBER_DECIMAL,
    ZD_PARSE__NUMBER_DECIMAL_ZERO, /* 01 */
    ZD_PARSE__NUMBER_HAN,          /* 一 十一 */
    ZD_PARSE__NUMBER_STEM,         /* 甲 乙 */
    ZD_PARSE__NUMBER_CIRCLE,       /* ① */
    ZD_PARSE__NUMBER_LOWER_LETTER,
    ZD_PARSE__NUMBER_UPPER_LETTER,
    ZD_PARSE__NUMBER_LOWER_ROMAN,
    ZD_PARSE__NUMBER_UPPER_ROMAN,
};

void zd_parse__number_write(struct zd_buf *out, enum zd_parse__number_format format, uint32_t n);

/* ---- a table being collected ---- */

struct zd_parse__grid; /* grows by zd_alloc, cells' texts in the maker's arena */

struct zd_parse__grid *zd_parse__grid_new(struct zd_parse__maker *m);
void zd_parse__grid_free(struct zd_parse__grid *grid); /* NULL is fine */
void zd_parse__grid_row(struct zd_parse__grid *grid, bool is_header);
/* A cell of the current row; text may hold line ends. goes_on: the place belongs to the cell above
 * (merged), which then spans one more row. */
void zd_parse__grid_cell(struct zd_parse__grid *grid, struct zd_str text, uint32_t col_span,
                         uint32_t row_span, bool goes_on);
/* Takes the current row back. */
void zd_parse__grid_drop_row(struct zd_parse__grid *grid);
/* Adds the table to the maker: one column becomes paragraphs, the rest a table. */
void zd_parse__grid_add(struct zd_parse__grid *grid);

/* ---- after the blocks ---- */

/* A sheet's name that its program gave: "Sheet1", "工作表2". */
bool zd_parse__is_given_sheet_name(struct zd_str name);

/* Where the format named no title: the first heading of level 1 or line that looks like one. */
void zd_parse__title_of_blocks(struct zd_parse__maker *m);

#endif
