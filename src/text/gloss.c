/* gloss.c: pinyin glosses that content farms put behind words, see zd_clean in text.h.
 *
 *     领导(lǐngdǎo)干部    的(de)(de)    政務(wù)服務(wù)    政策(zhengce)    “领到位”(lǐngdàowèi)
 *
 * A bracket is a candidate when all of it can be cut into syllables of Mandarin (pinyin.c), with
 * tone marks, tone numbers or bare. The cut is aligned with the Han characters before the bracket,
 * from the last one backwards, so that each syllable meets its character: dynamic programming over
 * (letters left, characters used), which also finds the word's length and takes 儿 as the -r of
 * the syllable before. A syllable that the character is known to have matches, one that it is
 * known not to have mismatches, a rare character says nothing.
 *
 * No single bracket is proof: authors gloss rare characters (豇(jiāng)豆), readings out of the
 * ordinary (六(lù)安), and spell names. What betrays a farm is glosses on common words in number, or
 * one gloss given twice. So the text is walked twice: first to
 * weigh the evidence, then, where it suffices, to remove. In a farm's text a marked candidate in
 * small letters goes wherever it stands; bare letters go only where they match what stands before
 * (政策(zhengce), not 数据(data)); bare capitals stay: Li Ming, WHO.
 *
 * Known limit: a primer that glosses common characters densely looks like a farm. */
#include "text/clean_private.h"

#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/pinyin_private.h"

#define MAX_LETTERS 72 /* of one gloss */
#define MAX_SIGNS 16   /* of one glossed word */
#define MAX_BYTES 256  /* of one bracket */
#define MAX_SKIPPED                                                                                \
    12 /* other characters between the word and the bracket, brackets' insides aside */
#define NEIGHBOURS 200 /* Han characters that the evidence is spread over besides its own stretch */
#define UNREACHED (-1000)

enum mark { MARK_NONE, MARK_TONE, MARK_NUMBER };

/* The inside of a bracket, read as letters. */
struct reading {
    char letter[MAX_LETTERS];     /* a-z, ü as v */
    enum mark mark[MAX_LETTERS];  /* the tone on this letter, or the number behind it */
    bool starts[MAX_LETTERS + 1]; /* a syllable must start here: after a space or apostrophe */
    size_t n;
    size_t end; /* byte behind the closing bracket */
    bool toned, numbered, capital;
};

/* What the alignment of a reading with the signs before it found. */
struct match {
    bool readable; /* can be cut into syllables at all */
    size_t n_signs;
    int n_matches, n_mismatches;
    bool all_common;
};

struct gloss {
    size_t start, end; /* bytes of the bracket */
    struct match match;
    bool toned, numbered, capital;
    bool single;  /* of one sign */
    bool several; /* … that has several readings, which authors gloss as well */
};

struct walker {
    struct zd_str s;
    struct zd_sign_set common, known, several; /* several: characters of more than one reading */
};

static bool is_round_open(uint32_t c)
{
    return c == '(' || c == 0xFF08;
}

/* Round brackets, and [ 【 〔, which glosses with tones stand in now and then. */
static bool is_open(uint32_t c)
{
    return is_round_open(c) || c == '[' || c == 0x3010 || c == 0x3014 || c == 0xFF3B;
}

static bool is_close(uint32_t c)
{
    return c == ')' || c == 0xFF09 || c == ']' || c == 0x3011 || c == 0x3015 || c == 0xFF3D;
}

/* One letter of a gloss from a decomposed character and its marks. */
static bool add_mark(struct reading *r, uint32_t c)
{
    if (r->n == 0)
        return false;
    switch (c) {
    case 0x300:
    case 0x301:
    case 0x304:
    case 0x30C:
    case 0x306: /* breve, often typed for the caron */
        if (r->mark[r->n - 1] != MARK_NONE)
            return false;
        r->mark[r->n - 1] = MARK_TONE;
        r->toned = true;
        return true;
    case 0x308:
    case 0x302:
        if (r->letter[r->n - 1] == 'u' && c == 0x308)
            r->letter[r->n - 1] = 'v';
        return r->letter[r->n - 1] == 'v' || r->letter[r->n - 1] == 'e';
    default:
        return false;
    }
}

static bool add_letter(struct reading *r, uint32_t c)
{
    if (c == 0x261) /* ɡ, the phonetic g of some fonts */
        c = 'g';
    if (c == 0x251) /* ɑ */
        c = 'a';
    if (c >= 'A' && c <= 'Z') {
        r->capital = true;
        c += 'a' - 'A';
    }
    if (c < 'a' || c > 'z' || r->n == MAX_LETTERS)
        return false;
    r->letter[r->n++] = (char)c;
    return true;
}

static bool add_character(struct reading *r, uint32_t c)
{
    utf8proc_int32_t parts[8];
    int boundary = 0;
    utf8proc_ssize_t n;

    if (c == ' ' || c == 0xA0 || c == '\'' || c == 0x2019 || c == 0x2018 || c == '-' ||
        c == 0x2BC || c == 0xB7) {
        r->starts[r->n] = true;
        return true;
    }
    if (c >= '1' && c <= '5') {
        if (r->n == 0 || r->starts[r->n] || r->mark[r->n - 1] != MARK_NONE)
            return false;
        r->mark[r->n - 1] = MARK_NUMBER;
        r->starts[r->n] = r->numbered = true;
        return true;
    }
    n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 8, UTF8PROC_DECOMPOSE, &boundary);
    if (n < 1 || n > 8)
        return false;
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        uint32_t part = (uint32_t)parts[i];

        if (part >= 0x300 && part < 0x370 ? !add_mark(r, part) : !add_letter(r, part))
            return false;
    }
    return true;
}

/* Reads the bracket that opens at `at`; false where it holds anything but letters of pinyin. */
static bool read_bracket(struct zd_str s, size_t at, struct reading *r)
{
    size_t start = at;
    uint32_t c = zd_utf8_next(s, &at);
    bool round = is_round_open(c);

    if (!is_open(c))
        return false;
    memset(r, 0, sizeof *r);
    while (at < s.n && at - start < MAX_BYTES) {
        c = zd_utf8_next(s, &at);
        if (is_close(c)) {
            r->end = at;
            return r->n > 0 && !(r->toned && r->numbered) && (r->toned || round);
        }
        if (!add_character(r, c))
            return false;
    }
    return false;
}

/* The syllable made of letters [from, to), or -1: no forced start inside, one tone at most, and a
 * tone number only at the end. */
static int syllable_of(const struct reading *r, size_t from, size_t to)
{
    size_t n_tones = 0, n = to - from;

    for (size_t i = from; i < to; i++) {
        if (i > from && r->starts[i])
            return -1;
        n_tones += r->mark[i] != MARK_NONE;
    }
    if (n_tones > 1)
        return -1;
    if (n == 3 && (r->letter[from] == 'l' || r->letter[from] == 'n') &&
        r->letter[from + 1] == 'u' && r->letter[from + 2] == 'e') { /* lue, nue as often typed */
        const char with_v[3] = {r->letter[from], 'v', 'e'};

        return zd_pinyin_syllable(with_v, 3);
    }
    return zd_pinyin_syllable(r->letter + from, n);
}

/* 1 where the syllable is a reading of the sign, -1 where it is known not to be, else 0. */
static int judge(const struct walker *w, int syllable, uint32_t sign)
{
    if (zd_pinyin_reads(syllable, sign))
        return 1;
    return zd_sign_set_has(&w->known, sign) ? -1 : 0;
}

/* score[i][k]: the best of letters [i, n) on the last k signs, 2 a match and -3 a mismatch;
 * UNREACHED where there is none. The counts are those of the best. */
struct table {
    int score[MAX_LETTERS + 1][MAX_SIGNS + 1];
    uint8_t matches[MAX_LETTERS + 1][MAX_SIGNS + 1];
    uint8_t mismatches[MAX_LETTERS + 1][MAX_SIGNS + 1];
};

static void offer(struct table *t, size_t i, size_t k, size_t from_i, size_t from_k, int verdict)
{
    int score = t->score[from_i][from_k] + (verdict > 0 ? 2 : verdict < 0 ? -3 : 0);

    if (t->score[from_i][from_k] == UNREACHED || score <= t->score[i][k])
        return;
    t->score[i][k] = score;
    t->matches[i][k] = (uint8_t)(t->matches[from_i][from_k] + (verdict > 0));
    t->mismatches[i][k] = (uint8_t)(t->mismatches[from_i][from_k] + (verdict < 0));
}

/* Every way to spend the syllable [i, to) on signs; signs[0] is the last one before the bracket. */
static void extend(const struct walker *w, struct table *t, const struct reading *r, size_t i,
                   size_t to, const uint32_t *signs, size_t n_signs)
{
    int plain = syllable_of(r, i, to);
    int rhotic = to - i > 1 && r->letter[to - 1] == 'r' ? syllable_of(r, i, to - 1) : -1;

    for (size_t k = 0; k < n_signs; k++) {
        if (plain >= 0)
            offer(t, i, k + 1, to, k, judge(w, plain, signs[k]));
        if (rhotic >= 0 && k + 1 < n_signs && signs[k] == 0x513F) /* 儿 */
            offer(t, i, k + 2, to, k, judge(w, rhotic, signs[k + 1]));
    }
}

/* Whether the letters can be cut into syllables at all, whatever stands before. */
static bool is_readable(const struct reading *r)
{
    bool from[MAX_LETTERS + 1] = {false};

    from[r->n] = true;
    for (size_t i = r->n; i-- > 0;)
        for (size_t to = i + 1; to <= r->n && to - i <= ZD_PINYIN_MAX_LETTERS + 1 && !from[i]; to++)
            from[i] = from[to] &&
                      (syllable_of(r, i, to) >= 0 ||
                       (to - i > 1 && r->letter[to - 1] == 'r' && syllable_of(r, i, to - 1) >= 0));
    return from[0];
}

static struct match align(const struct walker *w, const struct reading *r, const uint32_t *signs,
                          size_t n_signs)
{
    struct table t;
    struct match m = {.readable = is_readable(r)};
    size_t best = 0;

    if (!m.readable || n_signs == 0)
        return m;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i <= r->n; i++)
        for (size_t k = 0; k <= n_signs; k++)
            t.score[i][k] = UNREACHED;
    t.score[r->n][0] = 0;
    for (size_t i = r->n; i-- > 0;)
        for (size_t to = i + 1; to <= r->n && to - i <= ZD_PINYIN_MAX_LETTERS + 1; to++)
            extend(w, &t, r, i, to, signs, n_signs);
    for (size_t k = 1; k <= n_signs; k++)
        if (best == 0 ? t.score[0][k] > UNREACHED : t.score[0][k] > t.score[0][best])
            best = k;
    if (best == 0)
        return m;
    m.n_signs = best;
    m.n_matches = t.matches[0][best];
    m.n_mismatches = t.mismatches[0][best];
    m.all_common = true;
    for (size_t k = 0; k < best; k++)
        m.all_common &= zd_sign_set_has(&w->common, signs[k]);
    return m;
}

/* The character that ends before *at; moves *at to its start. */
static uint32_t step_back(struct zd_str s, size_t *at)
{
    size_t start = zd_utf8_floor(s, *at - 1), next = start;

    *at = start;
    return zd_utf8_next(s, &next);
}

/* The Han signs before `at`, last first. Punctuation between them and `at` is stepped over
 * (领到位”), and so are brackets that hold other letters (人工智能(AI)) or the same gloss. */
static size_t signs_before(const struct walker *w, size_t at, uint32_t signs[MAX_SIGNS])
{
    size_t n = 0, skipped = 0;

    while (at > 0 && n < MAX_SIGNS) {
        uint32_t c = step_back(w->s, &at);

        if (c == '\n')
            break;
        if (zd_is_han(c)) {
            signs[n++] = zd_sign_fold(c);
        } else if (n > 0 || skipped++ == MAX_SKIPPED) {
            break;
        } else if (is_close(c)) {
            size_t back = at;

            for (size_t k = 0; k < MAX_BYTES && back > 0; k++) {
                c = step_back(w->s, &back);
                if (zd_is_han(c) || is_open(c))
                    break;
            }
            if (is_open(c))
                at = back;
        }
    }
    return n;
}

/* The next candidate at or after *at; false at the end. */
static bool next_gloss(const struct walker *w, size_t *at, struct gloss *ret)
{
    while (*at < w->s.n) {
        size_t start = *at;
        uint32_t c = zd_utf8_next(w->s, at);
        uint32_t signs[MAX_SIGNS];
        struct reading r;

        if (!is_open(c) || !read_bracket(w->s, start, &r))
            continue;
        *ret = (struct gloss){.start = start,
                              .end = r.end,
                              .toned = r.toned,
                              .numbered = r.numbered,
                              .capital = r.capital};
        ret->match = align(w, &r, signs, signs_before(w, start, signs));
        ret->single = ret->match.n_signs == 1;
        ret->several = ret->single && zd_sign_set_has(&w->several, signs[0]);
        if (!ret->match.readable)
            continue;
        *at = r.end;
        return true;
    }
    return false;
}

static bool is_sure(const struct gloss *g)
{
    return g->match.n_matches > 0 && g->match.n_mismatches == 0 && !g->capital;
}

/* What the first walk gathers: sure glosses on common characters. */
struct evidence {
    size_t n_marked, n_bare, n_bare_single, n_doubled;
    size_t first, last; /* bytes of the stretch that holds them */
};

/* A character of several readings is no evidence, but a gloss given twice is, whatever it is on. */
static void weigh(struct zd_str s, const struct gloss *g, const struct gloss *before,
                  struct evidence *e)
{
    size_t n = g->end - g->start;

    if (!is_sure(g) || !g->match.all_common)
        return;
    if (before->end == g->start && before->end - before->start == n &&
        memcmp(s.p + before->start, s.p + g->start, n) == 0)
        e->n_doubled++;
    if (!g->toned && !g->numbered) {
        e->n_bare++;
        e->n_bare_single += g->single;
    } else if (!g->several) {
        e->n_marked++;
    }
    if (e->last == 0)
        e->first = g->start;
    e->last = g->end;
}

static size_t count_han(struct zd_str s)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n;)
        n += zd_is_han(zd_utf8_next(s, &at));
    return n;
}

/* Marked glosses on common words: three (or two and two bare ones) among at most 1,200 Han
 * characters of the stretch that holds them, ten anywhere, two in a text of a line or two. Bare ones alone must be more and
 * denser, and some on single characters, where no name or login stands. */
static bool suffices(struct zd_str s, const struct evidence *e)
{
    size_t n_han = count_han(zd_str_cut(s, e->first, e->last));
    size_t n_all = count_han(s);

    if (e->n_doubled > 0 || e->n_marked >= 10)
        return true;
    if (n_all < n_han + NEIGHBOURS)
        n_han = n_all;
    else
        n_han += NEIGHBOURS;
    if (e->n_marked >= 3 || (e->n_marked == 2 && e->n_bare >= 2))
        return (e->n_marked + e->n_bare / 2) * 400 >= n_han;
    if (e->n_marked == 2 && n_han <= 60)
        return true;
    return e->n_bare >= 6 && e->n_bare_single >= 2 && e->n_bare * 60 >= n_han;
}

static bool is_farmed(const struct walker *w)
{
    struct gloss g = {0}, before = {0};
    struct evidence e = {0};
    size_t at = 0;

    while (next_gloss(w, &at, &g)) {
        weigh(w->s, &g, &before, &e);
        before = g;
    }
    return e.last > 0 && suffices(w->s, &e);
}

/* Whether this candidate goes, the text being a farm's. (qiye) behind a ] is where a link leads. */
static bool goes(struct zd_str s, const struct gloss *g)
{
    bool matches = g->match.n_matches > 0 && g->match.n_mismatches == 0;

    if (g->toned)
        return matches || !g->capital;
    return matches && !g->capital && (g->start == 0 || s.p[g->start - 1] != ']');
}

/* Takes along the spaces that a farm put around its bracket: those before it, where Han text goes
 * on behind it, and with them those behind it. */
static void take_spaces(struct zd_str s, struct gloss *g)
{
    size_t from = g->start, to = g->end, at;

    while (from > 0 && s.p[from - 1] == ' ')
        from--;
    while (to < s.n && s.p[to] == ' ')
        to++;
    if (from == g->start || from == 0 || to == s.n)
        return;
    at = from;
    if (!zd_is_han(step_back(s, &at)))
        return;
    at = to;
    if (!zd_is_han(zd_utf8_next(s, &at)))
        return;
    g->start = from;
    g->end = to;
}

uint32_t zd_gloss_remove(struct zd_str s, struct zd_buf *out)
{
    struct walker w = {.s = s};
    struct gloss g = {0};
    size_t at = 0, kept = 0;
    uint32_t n = 0;

    zd_common_signs(&w.common);
    zd_pinyin_known(&w.known, &w.several);
    if (is_farmed(&w)) {
        while (next_gloss(&w, &at, &g)) {
            if (!goes(s, &g))
                continue;
            take_spaces(s, &g);
            zd_buf_str(out, zd_str_cut(s, kept, g.start));
            kept = g.end;
            n++;
        }
    }
    zd_buf_str(out, zd_str_cut(s, kept, s.n));
    return n;
}
