/* edges: tables whose cells are told by where their edges lie, as Word's binary files and RTF do.
 *
 * A row may have other edges than the one above it. At the end all edges of the table are put in
 * order, those that lie within a hair are one, and a cell spans as many columns as it covers.
 */
#ifndef ZD_PARSE_EDGES_H
#define ZD_PARSE_EDGES_H

#include "parse/office_private.h"

struct zd_parse__edges; /* grows by zd_alloc; its texts live in the maker's arena */

struct zd_parse__edges *zd_parse__edges_new(struct zd_parse__maker *m); /* NULL: no memory, noted */
void zd_parse__edges_free(struct zd_parse__edges *edges);               /* NULL is fine */

/* A cell of the row in hand, in any unit; goes_on: it belongs to the cell above. */
void zd_parse__edges_cell(struct zd_parse__edges *edges, struct zd_str text, int32_t left,
                          int32_t right, bool goes_on);
void zd_parse__edges_row_end(struct zd_parse__edges *edges, bool is_header);
/* All rows into the maker as one table. */
void zd_parse__edges_add(struct zd_parse__edges *edges);

#endif
