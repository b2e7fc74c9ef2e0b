/* guard: speed of the guard over the office's kind of text, and how well it finds.
 *
 *     guard FILE…        texts to read; prints MB/s of each part, beside a pass that only reads
 *
 * The listed words are 100,000 of three to six characters that begin as the texts do and, but for one
 * in a thousand, end otherwise, so that the automaton walks deep and seldom to an end. Recall and precision are of
 * tests/support/personal_cases.c: 10,000 values and 100,000 look-alikes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "guard/guard.h"
#include "personal_cases.h"

#define N_WORDS 100000
#define WORD_BYTES 32
#define ROUNDS 3
#define TEXT_MAX_BYTES ((size_t)256 << 20)

static size_t n_found;

static bool on_word(void *context, const struct zd_word_hit *hit)
{
    (void)context;
    (void)hit;
    n_found++;
    return true;
}

static void on_personal(void *context, const struct zd_personal *found, struct zd_str value)
{
    (void)context;
    (void)found;
    (void)value;
    n_found++;
}

static void just_read(struct zd_str text, void *context)
{
    (void)context;
    n_found += zd_utf8_valid_prefix(zd_str_bytes(text)) == text.n;
}

static void find_personal(struct zd_str text, void *context)
{
    struct zd_personal_scan *scan = context;

    if (zd_personal_scan_feed(scan, text, NULL) == ZD_OK)
        zd_personal_scan_end(scan);
}

static void find_words(struct zd_str text, void *context)
{
    struct zd_word_scan scan;

    zd_word_scan_begin(&scan, context, on_word, NULL);
    zd_word_scan_feed(&scan, text);
    zd_word_scan_end(&scan);
}

static void find_marks(struct zd_str text, void *context)
{
    (void)context;
    n_found += zd_secrecy_find(text, false).level != ZD_SECRECY_NONE;
}

/* The best of some rounds. */
static void measure(const char *name, struct zd_str text, void (*run)(struct zd_str, void *),
                    void *context)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t begun = zd_clock_mono_us();
        double mb_s;

        n_found = 0;
        run(text, context);
        mb_s = (double)text.n / (double)(zd_clock_mono_us() - begun + 1);
        best = mb_s > best ? mb_s : best;
    }
    printf("%-34s %8.0f MB/s   %zu found\n", name, best, n_found);
}

static struct zd_words *build_words(struct zd_str text)
{
    struct zd_word *list = calloc(N_WORDS, sizeof *list);
    char *store = calloc(N_WORDS, WORD_BYTES);
    struct zd_words *words = NULL;
    uint64_t s = 9;
    uint64_t begun;

    if (!list || !store)
        exit(1);
    for (size_t i = 0; i < N_WORDS; i++) {
        char *p = store + i * WORD_BYTES;
        size_t n = 0, at = zd_utf8_floor(text, chance(&s, (uint32_t)text.n));
        const size_t n_chars = 3 + chance(&s, 4);

        for (size_t k = 0; k < n_chars;) {
            const uint32_t c = at < text.n ? zd_utf8_next(text, &at) : 0x4E00;

            if (!zd_is_han(c))
                continue;
            n += zd_utf8_put(k + 1 == n_chars && i % 1000 ? 0x4E00 + chance(&s, 5000) : c, p + n);
            k++;
        }
        list[i] = (struct zd_word){{p, n}, 0};
    }
    begun = zd_clock_mono_us();
    if (zd_words_build(list, N_WORDS, &words, NULL) != ZD_OK)
        exit(1);
    printf("%-34s %8.0f ms, %.1f MB\n", "build 100,000 words",
           (double)(zd_clock_mono_us() - begun) / 1000, (double)zd_words_bytes(words) / 1e6);
    free(list);
    return words; /* the words' own texts are not needed any more, but live till the end */
}

static void print_quality(void)
{
    struct zd_arena *arena = zd_arena_new((size_t)16 << 20);
    size_t n[2] = {0}, found[2] = {0}, n_false = 0;

    for (uint32_t i = 0; arena && i < 110000; i++) {
        struct zd_personal_list list = {0};
        struct personal_case c;
        bool met = false;

        if (i < 10000)
            personal_case_valid(i, &c);
        else
            personal_case_lookalike(i - 10000, &c);
        zd_arena_reset(arena);
        if (zd_personal_find(zd_str_c(c.text), arena, &list, NULL) != ZD_OK)
            exit(1);
        for (size_t k = 0; k < list.n; k++) {
            const bool same = i < 10000 && list.p[k].kind == c.kind && list.p[k].start <= c.start &&
                              list.p[k].end == c.end;

            met = met || same;
            n_false += !same;
        }
        if (i < 10000) {
            n[c.has_check]++;
            found[c.has_check] += met;
        }
    }
    printf("recall with a check digit          %zu of %zu\n", found[1], n[1]);
    printf("recall without                     %zu of %zu\n", found[0], n[0]);
    printf("false, of 100,000 look-alikes      %zu: precision %.4f\n", n_false,
           (double)(found[0] + found[1]) / (double)(found[0] + found[1] + n_false));
    zd_arena_free(arena);
}

int main(int argc, char **argv)
{
    struct zd_buf all = {.max = TEXT_MAX_BYTES};
    struct zd_personal_scan *scan = NULL;
    struct zd_words *words;
    struct zd_str text;

    for (int i = 1; i < argc && !all.full; i++) {
        struct zd_owned_bytes file = {0};

        if (zd_file_read(argv[i], TEXT_MAX_BYTES, &file, NULL) == ZD_OK)
            zd_buf_add(&all, file.p, zd_utf8_valid_prefix((struct zd_bytes){file.p, file.n}));
        zd_free(file.p);
    }
    text = zd_buf_view(&all);
    if (text.n == 0 || zd_personal_scan_new(on_personal, NULL, &scan, NULL) != ZD_OK) {
        fputs("guard FILE…: no text to read\n", stderr);
        return 1;
    }
    printf("%.1f MB of text\n", (double)text.n / 1e6);
    words = build_words(text);
    measure("only reading (UTF-8 check)", text, just_read, NULL);
    measure("personal data", text, find_personal, scan);
    measure("100,000 words", text, find_words, words);
    measure("secrecy marks", text, find_marks, NULL);
    print_quality();
    zd_words_free(words);
    zd_personal_scan_free(scan);
    zd_buf_done(&all);
    return 0;
}
