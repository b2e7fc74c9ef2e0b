/* clean.c: scraped text as its author wrote it, see zd_clean in text.h.
 *
 * Invisible characters go first, so that nothing hides from the other steps; then glosses
 * (gloss.c), then lines: repeated titles and bodies (repeat.c), then the site's furniture at the
 * end (furniture.c). Each step leaves a text without its traces exactly as it is. */
#include "text/clean_private.h"
#include "text/text.h"

#include "base/caps.h"
#include "base/utf8.h"

/* Characters that no reader sees and that split words from each other or hide text: zero-width
 * spaces and joiners, byte order marks, soft hyphens, directions, tags, control characters. */
static bool is_invisible(uint32_t c)
{
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\f' && c != '\r';
    return (c >= 0x7F && c < 0xA0 && c != 0x85) || c == 0xAD || c == 0x34F || c == 0x61C ||
           c == 0x115F || c == 0x1160 || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0x3164 ||
           c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

/* Joiners and directions are part of the writing in these scripts, and of emoji. */
static bool needs_joiners(uint32_t c)
{
    return (c >= 0x590 && c < 0x1100) || (c >= 0x1780 && c < 0x18B0) || c == 0xFE0F ||
           (c >= 0x2600 && c < 0x27C0) || (c >= 0x1F000 && c < 0x20000) ||
           (c >= 0xFB1D && c < 0xFE00) || (c >= 0xFE70 && c < 0xFEFF);
}

static bool is_joiner(uint32_t c)
{
    return c == 0x200C || c == 0x200D || c == 0x200E || c == 0x200F || c == 0x180E || c == 0x61C ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static uint32_t remove_invisible(struct zd_str s, struct zd_buf *out)
{
    size_t at = 0, kept = 0;
    uint32_t n = 0, before = 0;

    while (at < s.n) {
        size_t start = at, next;
        uint32_t c = zd_utf8_next(s, &at);

        if (!is_invisible(c)) {
            before = c;
            continue;
        }
        next = at;
        if (is_joiner(c) && needs_joiners(before) &&
            (at == s.n || needs_joiners(zd_utf8_next(s, &next))))
            continue;
        zd_buf_str(out, zd_str_cut(s, kept, start));
        kept = at;
        n++;
    }
    zd_buf_str(out, zd_str_cut(s, kept, s.n));
    return n;
}

static enum zd_status cut_lines(struct zd_str s, struct zd_clean_lines *ret_lines,
                                struct zd_error *err)
{
    struct zd_clean_lines lines = {.n = s.n > 0 && s.p[s.n - 1] != '\n'};
    size_t n_bytes, at = 0;

    for (size_t i = 0; i < s.n; i++)
        lines.n += s.p[i] == '\n';
    if (!zd_size_mul(lines.n, sizeof *lines.p, &n_bytes))
        return ZD_FAIL(err, ZD_NOMEM, 0, "too many lines to clean: %zu", lines.n);
    lines.p = zd_alloc(n_bytes);
    if (!lines.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory to clean %zu lines", lines.n);
    for (size_t i = 0; i < lines.n; i++) {
        size_t end = zd_str_find(s, ZD_STR("\n"), at);

        end = end == SIZE_MAX ? s.n : end + 1;
        lines.p[i].text = zd_str_cut(s, at, end);
        lines.p[i].bare = zd_str_trim(lines.p[i].text);
        at = end;
    }
    *ret_lines = lines;
    return ZD_OK;
}

/* The lines that stay, joined. */
static enum zd_status clean_lines(struct zd_str s, struct zd_buf *out,
                                  struct zd_clean_report *report, struct zd_error *err)
{
    struct zd_clean_lines lines = {0};
    enum zd_status st;

    st = cut_lines(s, &lines, err);
    if (st != ZD_OK)
        goto out;
    st = zd_repeat_mark(&lines, &report->n_repeated_lines, err);
    if (st != ZD_OK)
        goto out;
    report->n_furniture_lines = zd_furniture_mark(&lines);
    for (size_t i = 0; i < lines.n; i++)
        if (!lines.p[i].gone)
            zd_buf_str(out, lines.p[i].text);
    st = zd_buf_check(out, "a text to clean", err);
out:
    zd_free(lines.p);
    return st;
}

enum zd_status zd_clean(struct zd_str text, struct zd_buf *out, struct zd_clean_report *ret_report,
                        struct zd_error *err)
{
    struct zd_buf visible = {.max = ZD_TEXT_MAX_BYTES}, plain = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report = {0};
    uint32_t n_blocks = 0;
    enum zd_status st;

    report.n_invisible_chars = remove_invisible(text, &visible);
    st = zd_buf_check(&visible, "a text to clean", err);
    if (st != ZD_OK)
        goto out;
    report.n_glosses = zd_gloss_remove(zd_buf_view(&visible), &plain);
    st = zd_buf_check(&plain, "a text to clean", err);
    if (st != ZD_OK)
        goto out;
    zd_buf_clear(&visible); /* used again for the lines */
    st = clean_lines(zd_buf_view(&plain), &visible, &report, err);
    if (st != ZD_OK)
        goto out;
    st = zd_repeat_remove_block(zd_buf_view(&visible), out, &n_blocks, err);
    if (st != ZD_OK)
        goto out;
    report.n_repeated_lines += n_blocks;
    st = zd_buf_check(out, "the cleaned text", err);
    if (st == ZD_OK)
        *ret_report = report;
out:
    zd_buf_done(&visible);
    zd_buf_done(&plain);
    return st;
}
