/* tables_private: the question, character by character, and a table as it is counted over. */
#ifndef ZD_TABLES_PRIVATE_H
#define ZD_TABLES_PRIVATE_H

#include "store/document.h"
#include "store/sheet.h"
#include "store/version.h"
#include "tables/tables.h"

#define ZD_TABLES__MAX_CHARS 80 /* a longer question tells a story */
#define ZD_TABLES__MAX_FILTERS 8

enum zd_tables__cover {
    COVER_NONE,
    COVER_NAME, /* title, headings, region */
    COVER_HEADER,
    COVER_FILTER,
    COVER_AMOUNT, /* 超过100张 */
    COVER_WISH,   /* 多少家, 最高 */
    COVER_EMPTY,  /* 的, 请问 */
};

/* Folded, without white space and signs. */
struct zd_tables__asked {
    uint32_t c[ZD_TABLES__MAX_CHARS];
    uint8_t cover[ZD_TABLES__MAX_CHARS]; /* enum zd_tables__cover */
    size_t n;
};

enum zd_tables__wish {
    WISH_NONE,
    WISH_COUNT,
    WISH_SUM,
    WISH_MOST,
    WISH_LEAST,
    WISH_MEAN,
    WISH_LIST,
};

struct zd_tables__amount {
    int compare; /* -2 <, -1 <=, 1 >=, 2 >; 0 none */
    int64_t value;
    uint32_t unit[4]; /* characters, 0 behind the last */
};

/* One column. */
struct zd_tables__column {
    struct zd_str header; /* as it stands, the whole path */
    struct zd_str core;   /* folded, the last part without brackets and blanks */
    struct zd_str unit;   /* of its numbers: the cells' or the header's; "" none */
    bool is_number;       /* every row that is no total has a value or a dash */
    bool is_ordinal;      /* 序号, or a code: nothing to count with */
    bool is_key;          /* no two rows have the same, none is empty or repeated */
    bool has_repeats;     /* cells of merged ones */
    size_t n_values;
    bool asked; /* the question names it */
};

struct zd_tables__filter {
    uint32_t column;
    struct zd_str value; /* folded */
};

struct zd_tables__table {
    const struct zd_sheet *sheet;
    struct zd_tables__column *columns; /* [sheet->n_columns] */
    struct zd_str *folded;             /* [sheet->n_cells] */
    bool *is_total;                    /* [sheet->n_rows] */
    bool *is_chosen;                   /* [sheet->n_rows] passes the filters */
    size_t n_total, n_chosen;
    struct zd_str title;   /* of its version, as it stands */
    struct zd_str caption; /* headings over it, as they stand */
    struct zd_tables__filter filters[ZD_TABLES__MAX_FILTERS];
    size_t n_filters;
    struct zd_tables__amount amount;
    uint32_t amount_column;
    uint32_t key;        /* the column that names the rows; n_columns where none does */
    size_t name_run;     /* characters of the longest string that question and title share */
    struct zd_str thing; /* folded: what the title says the table lists */
};

/* The cell of a row. Borrowed. */
static inline const struct zd_sheet_cell *zd_tables__cell(const struct zd_tables__table *t,
                                                          size_t row, uint32_t column)
{
    return &t->sheet->cells[row * t->sheet->n_columns + column];
}

/* ---- asked.c ---- */

/* False where it is too long or empty. */
bool zd_tables__read(struct zd_str question, struct zd_tables__asked *ret_asked,
                     struct zd_arena *arena);
/* Where `word` (folded) stands uncovered at or behind `from`; SIZE_MAX nowhere. */
size_t zd_tables__find(const struct zd_tables__asked *asked, struct zd_str word, size_t from);
void zd_tables__cover_at(struct zd_tables__asked *asked, size_t at, size_t n,
                         enum zd_tables__cover cover);
/* What is to be counted, from the words left uncovered, which it covers; NONE where there is none or
 * more than one thing is asked. `measure` gets the measure word (家, 张), 0 for none. */
enum zd_tables__wish zd_tables__wish_of(struct zd_tables__asked *asked, uint32_t *ret_measure);
/* 超过100张, 100张以上: covers it. False where there is more than one, or half of one. */
bool zd_tables__amount_of(struct zd_tables__asked *asked, struct zd_tables__amount *ret_amount);
/* Covers words that carry nothing; true where all is covered then. */
bool zd_tables__rest_is_empty(struct zd_tables__asked *asked);

/* ---- table.c ---- */

/* Columns, totals, the column that names the rows. Errors: ZD_NOMEM. */
enum zd_status zd_tables__prepare(struct zd_tables__table *t, struct zd_arena *arena,
                                  struct zd_error *err) ZD_MUST_USE;
/* s folded, in the arena; p NULL when memory ends. */
struct zd_str zd_tables__folded(struct zd_str s, struct zd_arena *arena);

/* ---- match.c ---- */

/* Covers what headers, cells and names explain; chooses the rows. False: not this table. */
bool zd_tables__match(struct zd_tables__table *t, struct zd_tables__asked *asked,
                      struct zd_str region);

/* ---- reckon.c ---- */

/* The result in words, and the rows it rests on, or certain stays false. Errors: ZD_NOMEM. */
enum zd_status zd_tables__reckon(const struct zd_tables__table *t, enum zd_tables__wish wish,
                                 uint32_t measure, struct zd_arena *arena,
                                 struct zd_count *ret_count, struct zd_error *err) ZD_MUST_USE;

#endif
