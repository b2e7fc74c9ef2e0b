/* tables: questions that are answered by counting over all rows of one table. The face of this room.
 *
 *     有多少家…, 一共…, 最高/最低…, 平均…, 哪些…  →  the table meant  →  its rows, filtered  →  counted by code
 *
 * The documents' words cannot answer these: no passage holds a sum. But a wrong sum is worse than
 * none, so a question is taken only where every character of it is accounted for:
 *
 *     1. Candidates are the tables whose rows the ranking found (in force, of the region asked for).
 *     2. The question's characters are covered by column headers, by values of cells (which filter
 *        rows), by the title and the headings over the table, by amounts it compares with, by the
 *        words that say what to count, and by words that carry nothing. One left over: not taken.
 *     3. The table must be what is asked about: the thing counted is the last noun of its title or
 *        of the column that names its rows.
 *     4. Values that are added or compared are numbers in every row, of one unit, none of them from
 *        a merged cell; rows that are totals are left out, and a total must agree with the sum.
 *     5. Exactly one table answers, and no other table of its document has the same columns.
 *
 * Everything else is answered as ever. All memory is the caller's arena.
 */
#ifndef ZD_TABLES_H
#define ZD_TABLES_H

#include "retrieve/retrieve.h"

struct zd_count {
    bool certain;       /* else nothing below is filled */
    struct zd_str text; /* the result, and what it was counted from */
    int64_t *rows;      /* [n_rows] keys of the passages it rests on, at most ZD_COUNT_MAX_CITED */
    size_t n_rows;      /* of those */
    size_t n_counted;   /* rows that were counted */
};

#define ZD_COUNT_MAX_CITED 50

/* Errors: those of the store; ZD_NOMEM. */
enum zd_status zd_tables_count(const struct zd_question *question, const struct zd_ranking *ranking,
                               const struct zd_reader *reader, struct zd_arena *arena,
                               struct zd_count *ret_count, struct zd_error *err) ZD_MUST_USE;

#endif
