/* realign.c: cleaning a text whose blocks are already spans of it.
 *
 * Cleaning only takes away. So the cleaned text is walked beside the old one, line by line: a
 * cleaned line belongs to the first old line, from where the last one stopped, that it equals, or
 * failing that, that contains its characters in order. Blocks move along; blocks whose line is
 * gone are dropped. Table rows keep their cells: their words are what the row's header path is
 * for, and a row is dropped as a whole or not at all.
 */
#include <string.h>

#include "base/caps.h"
#include "parse/parse_private.h"
#include "text/text.h"

/* True where `small` can be had from `big` by taking bytes away. */
static bool is_within(struct zd_str small, struct zd_str big)
{
    size_t k = 0;

    for (size_t i = 0; i < big.n && k < small.n; i++)
        k += big.p[i] == small.p[k];
    return k == small.n;
}

/* Where the block's words stand in the cleaned text from *at on; moves *at behind them. */
static bool find_block(struct zd_str clean, struct zd_str words, size_t *at, uint32_t *ret_start,
                       uint32_t *ret_end)
{
    size_t from = *at, end;
    struct zd_str line;

    if (zd_str_starts(zd_str_cut(clean, from, clean.n), words)) {
        end = from + words.n;
    } else {
        size_t next = from;

        if (!zd_parse__line_next(clean, &next, &line) || line.n == 0 || !is_within(line, words))
            return false;
        end = from + line.n;
    }
    *ret_start = (uint32_t)from;
    *ret_end = (uint32_t)end;
    while (end < clean.n && clean.p[end] == '\n')
        end++;
    *at = end;
    return true;
}

enum zd_status zd_parse__clean_blocks(struct zd_parse__maker *m, struct zd_error *err)
{
    struct zd_buf clean = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report = {0};
    struct zd_str old = zd_buf_view(&m->text), text;
    size_t kept = 0, at = 0;
    enum zd_status st;

    st = zd_buf_check(&m->text, "the document's text", err);
    if (st == ZD_OK)
        st = zd_clean(old, &clean, &report, err);
    if (st != ZD_OK)
        goto out;
    text = zd_buf_view(&clean);
    if (zd_str_eq(text, old))
        goto out;
    for (size_t i = 0; i < m->n; i++) {
        struct zd_block block = m->blocks[i];
        struct zd_str words = zd_str_cut(old, block.start, block.end);

        if (!find_block(text, words, &at, &block.start, &block.end)) {
            zd_parse__maker_aside(m, words);
            continue;
        }
        m->blocks[kept++] = block;
    }
    m->n = kept;
    m->reading.n_left_out[ZD_LEFT_OUT_FURNITURE] +=
        report.n_glosses + report.n_repeated_lines + report.n_furniture_lines;
    zd_buf_done(&m->text);
    m->text = clean;
    clean = (struct zd_buf){0};
out:
    zd_buf_done(&clean);
    return st;
}
