/* csv.c: tables as text (RFC 4180; commas, semicolons or tabs): one table, a line a row. */
#include <string.h>

#include "base/caps.h"
#include "parse/office_private.h"

#define LOOK_LINES 20

/* Reads one field at *at, unquoted into out (NULL: only passed over); *ret_last where it ends its
 * record. */
static void field(struct zd_str text, char separator, size_t *at, struct zd_buf *out,
                  bool *ret_last)
{
    bool quoted = *at < text.n && text.p[*at] == '"';
    size_t i = *at + quoted;

    for (; i < text.n; i++) {
        char c = text.p[i];

        if (quoted && c == '"') {
            if (i + 1 < text.n && text.p[i + 1] == '"') {
                i++;
            } else {
                quoted = false;
                continue;
            }
        } else if (!quoted && (c == separator || c == '\n')) {
            break;
        }
        if (out && c != '\r')
            zd_buf_byte(out, (uint8_t)c);
    }
    *ret_last = i >= text.n || text.p[i] == '\n';
    *at = i < text.n ? i + 1 : text.n;
}

static size_t count_fields(struct zd_str text, char separator, size_t *at)
{
    size_t n = 0;
    bool last = false;

    while (!last) {
        field(text, separator, at, NULL, &last);
        n++;
    }
    return n;
}

/* The sign that cuts every one of the first records into the same number of fields, or 0. */
char zd_parse__csv_separator(struct zd_str text, bool by_name)
{
    static const char signs[] = {',', '\t', ';'};

    for (size_t s = 0; s < sizeof signs; s++) {
        size_t at = 0, n_records = 0, n_fields = 0;
        bool same = true;

        while (at < text.n && n_records < LOOK_LINES && same) {
            size_t n = count_fields(text, signs[s], &at);

            same = n_records == 0 || n == n_fields;
            n_fields = n;
            n_records++;
        }
        if (same && n_fields >= (by_name ? 2 : 3) && n_records >= (by_name ? 1 : 3))
            return signs[s];
    }
    return 0;
}

enum zd_status zd_parse__csv(struct zd_str text, char separator, struct zd_parse__maker *m,
                             struct zd_error *err)
{
    struct zd_parse__grid *grid = zd_parse__grid_new(m);
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    size_t at = 0;
    bool last = true;

    (void)err;
    while (at < text.n && !m->too_many && !m->no_memory) {
        if (last)
            zd_parse__grid_row(grid, false);
        field(text, separator, &at, &out, &last);
        zd_parse__grid_cell(grid, zd_buf_view(&out), 1, 1, false);
        zd_parse__maker_clear(m, &out);
    }
    zd_parse__grid_add(grid);
    zd_parse__grid_free(grid);
    zd_buf_done(&out);
    return ZD_OK; /* the maker keeps what went wrong */
}
