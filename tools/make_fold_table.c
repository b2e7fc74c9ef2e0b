/* make_fold_table: writes the table that src/text/fold.c looks characters up in.
 *
 *     make_fold_table OUTPUT.h
 *
 * Runs while the program is built. It asks utf8proc for NFKC with case folding (UAX 15, UTS 46's
 * NFKC_Casefold without the last round) and OpenCC's t2s dictionary for Traditional → Simplified
 * of a single character, and repeats both until nothing changes, so that folding twice is folding
 * once. OpenCC is thereby needed to build and never to run: its dictionaries stand in the table.
 *
 * The table of the first plane holds 65,536 numbers of 16 bits: the folded character; or
 * 0, take the slow path; or 1, the same and this character may join the one before it (combining
 * marks, vowels and finals of Hangul, characters that vanish). Above the first plane only the
 * pairs Traditional → Simplified are listed, sorted, as everything there takes the slow path.
 *
 * Rejected: committing the table (generated, and OpenCC's licence and updates would be hidden in
 * it); OpenCC at run time (40 times slower, and phrases would make folding depend on context, so
 * that a word could fold differently alone and in a sentence). */
#include <opencc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define PLANE 0x10000
#define LAST 0x10FFFF
#define SLOW 0u
#define JOINS 1u
#define MAX_EXPANSION 32

/* The same options as in src/text/fold.c. */
#define OPTIONS                                                                                    \
    (UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

static bool is_scalar(uint32_t c)
{
    return c < 0xD800 || (c > 0xDFFF && c <= LAST);
}

/* One character through OpenCC; itself where the dictionary has nothing or several characters. */
static uint32_t simplify_once(opencc_t t2s, uint32_t c)
{
    utf8proc_uint8_t in[4];
    utf8proc_int32_t back = 0;
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)c, in);
    char *out = opencc_convert_utf8(t2s, (const char *)in, (size_t)n);
    size_t len;

    if (!out)
        return c;
    len = strlen(out);
    n = utf8proc_iterate((const utf8proc_uint8_t *)out, (utf8proc_ssize_t)len, &back);
    if (n <= 0 || (size_t)n != len)
        back = (utf8proc_int32_t)c;
    opencc_convert_utf8_free(out);
    return (uint32_t)back;
}

/* The end of the chain: OpenCC 1.1.6 has 薴 → 苧 → 苎. */
static uint32_t simplify(opencc_t t2s, uint32_t c)
{
    for (int step = 0; step < 8; step++) {
        uint32_t next = simplify_once(t2s, c);

        if (next == c)
            break;
        c = next;
    }
    return c;
}

static bool is_mark(uint32_t c)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)c);

    return p->combining_class != 0 || p->category == UTF8PROC_CATEGORY_MN ||
           p->category == UTF8PROC_CATEGORY_MC || p->category == UTF8PROC_CATEGORY_ME ||
           (c >= 0x1160 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FF);
}

static uint32_t entry(opencc_t t2s, uint32_t c)
{
    utf8proc_int32_t buf[MAX_EXPANSION];
    int boundary = 0;
    utf8proc_ssize_t n;
    uint32_t folded;

    if (!is_scalar(c) || c <= JOINS)
        return SLOW;
    n = utf8proc_decompose_char((utf8proc_int32_t)c, buf, MAX_EXPANSION, OPTIONS, &boundary);
    if (n <= 0 || n > MAX_EXPANSION || is_mark((uint32_t)buf[0]))
        return JOINS;
    n = utf8proc_normalize_utf32(buf, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (n != 1)
        return SLOW;
    folded = simplify(t2s, (uint32_t)buf[0]);
    return folded < PLANE && folded > JOINS ? folded : SLOW;
}

static void write_first_plane(FILE *out, opencc_t t2s)
{
    (void)fprintf(out, "static const uint16_t fold_plane0[65536] = {");
    for (uint32_t c = 0; c < PLANE; c++)
        (void)fprintf(out, "%s%u,", c % 16 ? "" : "\n", entry(t2s, c));
    (void)fprintf(out, "\n};\n");
}

/* Every pair with a side above the first plane. */
static void write_above(FILE *out, opencc_t t2s)
{
    (void)fprintf(out, "static const struct {\n    uint32_t from, to;\n} fold_above[] = {\n");
    for (uint32_t c = 0; c <= LAST; c++) {
        uint32_t to;

        if (!(c >= 0x3400 && c < 0xA000) && !(c >= 0x20000 && c < 0x34000))
            continue;
        to = simplify(t2s, c);
        if (to != c && (c >= PLANE || to >= PLANE))
            (void)fprintf(out, "    {%u, %u},\n", c, to);
    }
    (void)fprintf(out, "};\n");
}

int main(int argc, char **argv)
{
    opencc_t t2s;
    FILE *out;
    bool bad;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_fold_table OUTPUT.h\n");
        return 2;
    }
    t2s = opencc_open("t2s.json");
    if (t2s == (opencc_t)-1) {
        (void)fprintf(stderr,
                      "make_fold_table: OpenCC has no t2s.json (package libopencc-data): %s\n",
                      opencc_error());
        return 1;
    }
    out = fopen(argv[1], "w");
    if (!out) {
        perror(argv[1]);
        (void)opencc_close(t2s);
        return 1;
    }
    (void)fprintf(out, "/* Generated by tools/make_fold_table.c from utf8proc %s and OpenCC. */\n",
                  utf8proc_version());
    write_first_plane(out, t2s);
    write_above(out, t2s);
    bad = ferror(out) != 0;
    bad |= fclose(out) != 0;
    (void)opencc_close(t2s);
    return bad ? 1 : 0;
}
