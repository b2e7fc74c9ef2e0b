/* Fuzz target: the sentence check. The input is evidence, a NUL byte, and text.
 *
 * Oracle beyond "no crash": in pieces of any size the sentences and verdicts are those of the
 * whole, and no sentence is empty. */
#include <stdlib.h>
#include <string.h>

#include "answer/check.h"
#include "base/buf.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool right)
{
    if (!right)
        abort();
}

static void note(void *context, const struct zd_checked *sentence)
{
    struct zd_buf *out = context;

    zd_buf_str(out, sentence->text);
    zd_buf_printf(out, "%c%d", 0, (int)sentence->why);
}

static void run(const struct zd_evidence *evidence, struct zd_str text, size_t step,
                struct zd_buf *out)
{
    struct zd_check *check = NULL;

    require(zd_check_new(evidence, 1, note, out, &check, NULL) == ZD_OK);
    for (size_t at = 0; at < text.n; at += step)
        require(zd_check_feed(check, zd_str_cut(text, at, at + step), NULL) == ZD_OK);
    require(zd_check_end(check, NULL) == ZD_OK);
    zd_check_free(check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t n = size < 2000 ? size : 2000;
    const struct zd_str all = {(const char *)data,
                               zd_utf8_valid_prefix((struct zd_bytes){data, n})};
    const size_t cut = zd_str_find(all, (struct zd_str){"", 1}, 0);
    struct zd_evidence evidence = {.text = zd_str_cut(all, 0, cut < all.n ? cut : all.n)};
    const struct zd_str text = cut < all.n ? zd_str_cut(all, cut + 1, all.n) : evidence.text;
    struct zd_buf whole = {.max = 1 << 20}, pieces = {.max = 1 << 20};
    size_t n_text = 0;

    run(&evidence, text, text.n + 1, &whole);
    run(&evidence, text, 1 + (size ? data[size - 1] % 17u : 0), &pieces);
    require(zd_str_eq(zd_buf_view(&whole), zd_buf_view(&pieces)));
    for (size_t at = 0; at < whole.n; n_text++) { /* text, NUL, digit */
        const size_t end = zd_str_find(zd_buf_view(&whole), (struct zd_str){"", 1}, at);

        require(end < whole.n && n_text < text.n);
        at = end + 2;
    }
    zd_buf_done(&whole);
    zd_buf_done(&pieces);
    return 0;
}
