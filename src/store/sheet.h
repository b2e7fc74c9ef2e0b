/* sheet: the tables of a version, cell by cell, so that questions over all rows of one can be
 * answered by counting (tables/tables.h).
 *
 * Only a table with headers and whole rows is a sheet: each row a passage, each cell under exactly
 * one column. A number is kept exactly, in millionths, or not at all. Sheets go with their version
 * (a trigger of the schema).
 */
#ifndef ZD_STORE_SHEET_H
#define ZD_STORE_SHEET_H

#include "store/store.h"

#define ZD_SHEET_MILLION 1000000

struct zd_sheet_cell {
    int64_t passage; /* key of its row's passage */
    uint32_t column; /* place of its header in the sheet */
    bool has_value, is_repeated;
    int64_t value; /* millionths */
    struct zd_str unit, text;
};

struct zd_sheet {
    int64_t key;
    int64_t version;     /* key */
    uint32_t ordinal;    /* from 1 in the version, as its reader counted */
    int64_t first, last; /* keys of the passages of its first and last row */
    uint32_t n_rows, n_columns;
    struct zd_str *headers;      /* [n_columns] paths: "收费标准 > 首次申领" */
    struct zd_sheet_cell *cells; /* [n_cells] by row, then by place; filled by zd_sheet_cells */
    size_t n_cells;
};

struct zd_sheet_list {
    struct zd_sheet *p; /* [n] without cells */
    size_t n;
};

/* Inserts a sheet with its cells; sheet->key is not read. Errors: ZD_DENIED; those of the store. */
enum zd_status zd_sheet_add(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_sheet *sheet, struct zd_error *err) ZD_MUST_USE;

/* All sheets of a version in order. An unknown version, or one that the subject may not see, has
 * none. Errors: ZD_NOMEM. */
enum zd_status zd_sheet_of_version(struct zd_store *store, const struct zd_subject *subject,
                                   int64_t version, struct zd_arena *arena,
                                   struct zd_sheet_list *ret_list,
                                   struct zd_error *err) ZD_MUST_USE;

/* Fills the cells of a sheet that was listed. Errors: ZD_LIMIT more than `most`; ZD_NOMEM. */
enum zd_status zd_sheet_cells(struct zd_store *store, const struct zd_subject *subject, size_t most,
                              struct zd_arena *arena, struct zd_sheet *sheet,
                              struct zd_error *err) ZD_MUST_USE;

#endif
