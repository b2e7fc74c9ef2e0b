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

/* The sentences in a row, each with its reason, and how many they were. */
struct noted {
    struct zd_buf out;
    size_t n;
};

static void note(void *context, const struct zd_checked *sentence)
{
    struct noted *noted = context;

    require(sentence->text.n > 0);
    zd_buf_str(&noted->out, sentence->text);
    zd_buf_printf(&noted->out, "%c%d", 0, (int)sentence->why);
    noted->n++;
}

static void run(const struct zd_evidence *evidence, struct zd_str text, size_t step,
                struct noted *noted)
{
    struct zd_check *check = NULL;

    require(zd_check_new(evidence, 1, note, noted, &check, NULL) == ZD_OK);
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
    struct noted whole = {.out = {.max = 1 << 20}}, pieces = {.out = {.max = 1 << 20}};

    run(&evidence, text, text.n + 1, &whole);
    run(&evidence, text, 1 + (size ? data[size - 1] % 17u : 0), &pieces);
    require(zd_str_eq(zd_buf_view(&whole.out), zd_buf_view(&pieces.out)));
    require(whole.n == pieces.n && whole.n <= text.n);
    zd_buf_done(&whole.out);
    zd_buf_done(&pieces.out);
    return 0;
}
