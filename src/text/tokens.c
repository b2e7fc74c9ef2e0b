/* tokens.c: from folded text to terms, see text.h.
 *
 * Three classes of characters make tokens:
 *   signs    Han, kana, Hangul syllables: written without spaces, so singly and in pairs;
 *   word     letters, digits and the marks on them, of every other script;
 *   none     everything else, which ends a run.
 * A word takes letters and digits together ("e2005", "covid19", "110105"), because codes and
 * numbers of documents are looked up whole. A dot stays inside between digits ("3.5"), a percent
 * sign stays behind a digit ("3.5%"), and a comma between digits with exactly three behind it is
 * read over, so that "1,000" is "1000".
 *
 * The term of a word stands in index files and must never change: FNV-1a, 64 bits (offset
 * 0xcbf29ce484222325, prime 0x100000001b3), over the word's UTF-8 bytes without read-over commas,
 * then the finaliser of MurmurHash3 (xor shift 33, times 0xff51afd7ed558ccd, xor shift 33, times
 * 0xc4ceb9fe1a85ec53, xor shift 33), then bit 63 set. Golden values stand in the test.
 *
 * Rejected: splitting at the border of letters and digits (a code would match each of its
 * halves anywhere); a dictionary of Chinese words (another thing to maintain; pairs rank as well
 * on the measured sets). */
#include "text/text.h"

#include <utf8proc.h>

#include "base/utf8.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define HASHED_BIT (UINT64_C(1) << 63)
#define PAIR_SHIFT 21

enum sign_class { CLASS_NONE, CLASS_SIGN, CLASS_WORD };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_kana_or_hangul(uint32_t c)
{
    return (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) || c == 0x30FC ||
           c == 0x3005 || c == 0x3006 || (c >= 0x3105 && c <= 0x312F) ||
           (c >= 0x31F0 && c <= 0x31FF) || (c >= 0xAC00 && c <= 0xD7A3);
}

static enum sign_class classify(uint32_t c)
{
    if (c >= 0x4E00 && c <= 0x9FFF) /* nearly all */
        return CLASS_SIGN;
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                   ? CLASS_WORD
                   : CLASS_NONE;
    if (zd_is_han(c) || is_kana_or_hangul(c))
        return CLASS_SIGN;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
        return CLASS_WORD;
    default:
        return CLASS_NONE;
    }
}

static uint64_t finish_hash(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    h ^= h >> 33;
    return h | HASHED_BIT;
}

/* A comma inside a number: a digit before it (the caller knows), three digits behind, no fourth. */
static bool is_thousands_comma(struct zd_str s, size_t at)
{
    if (s.p[at] != ',' || s.n - at < 4)
        return false;
    for (size_t i = 1; i <= 3; i++)
        if (!is_digit(s.p[at + i]))
            return false;
    return s.n - at == 4 || !is_digit(s.p[at + 4]);
}

/* What a punctuation byte at `at` means for the word that has reached it. */
enum inner { INNER_ENDS, INNER_STAYS, INNER_READ_OVER, INNER_STAYS_LAST };

static enum inner inner_mark(struct zd_str s, size_t start, size_t at)
{
    if (at == start || !is_digit(s.p[at - 1]))
        return INNER_ENDS;
    if (s.p[at] == '%')
        return INNER_STAYS_LAST;
    if (s.p[at] == '.' && at + 1 < s.n && is_digit(s.p[at + 1]))
        return INNER_STAYS;
    return is_thousands_comma(s, at) ? INNER_READ_OVER : INNER_ENDS;
}

/* The end of the word that starts at `start`, and its term. */
static size_t read_word(struct zd_str s, size_t start, zd_term *ret_term)
{
    uint64_t h = FNV_OFFSET;
    size_t at = start;

    while (at < s.n) {
        size_t next = at;
        uint32_t c = zd_utf8_next(s, &next);
        enum inner inner = INNER_STAYS;

        if (classify(c) != CLASS_WORD)
            inner = c < 0x80 ? inner_mark(s, start, at) : INNER_ENDS;
        if (inner == INNER_ENDS)
            break;
        for (size_t i = at; inner != INNER_READ_OVER && i < next; i++)
            h = (h ^ (uint8_t)s.p[i]) * FNV_PRIME;
        at = next;
        if (inner == INNER_STAYS_LAST)
            break;
    }
    *ret_term = finish_hash(h);
    return at;
}

struct walk {
    zd_token_fn fn;
    void *context;
    uint32_t position;
};

static bool emit(const struct walk *walk, zd_term term, enum zd_token_kind kind, size_t start,
                 size_t end)
{
    struct zd_token token = {.term = term,
                             .kind = kind,
                             .position = walk->position,
                             .start = (uint32_t)start,
                             .end = (uint32_t)end};

    return walk->fn(walk->context, &token);
}

/* One character with its class and place; start == end at the end of the text. */
struct seen {
    uint32_t c;
    enum sign_class class;
    size_t start, end;
};

static struct seen look(struct zd_str s, size_t at)
{
    struct seen seen = {.start = at, .end = at};

    if (at >= s.n)
        return seen;
    seen.c = zd_utf8_next(s, &seen.end);
    seen.class = classify(seen.c);
    return seen;
}

/* Each character is read and classified once: the one behind a sign is needed for the pair, and
 * then is the next to be walked. */
void zd_tokens(struct zd_str folded, zd_token_fn fn, void *context)
{
    struct walk walk = {fn, context, 0};
    struct seen now = look(folded, 0), next;

    for (; now.start < now.end; now = next) {
        if (now.class == CLASS_WORD) {
            zd_term term;
            size_t end = read_word(folded, now.start, &term);

            next = look(folded, end);
            if (!emit(&walk, term, ZD_TOKEN_WORD, now.start, end))
                return;
            walk.position++;
            continue;
        }
        next = look(folded, now.end);
        if (now.class == CLASS_NONE)
            continue;
        if (!emit(&walk, now.c, ZD_TOKEN_CHAR, now.start, now.end))
            return;
        if (next.class == CLASS_SIGN && !emit(&walk, (uint64_t)now.c << PAIR_SHIFT | next.c,
                                              ZD_TOKEN_PAIR, now.start, next.end))
            return;
        walk.position++;
    }
}

static bool count_token(void *context, const struct zd_token *token)
{
    size_t *n = context;

    (void)token;
    *n += 1;
    return true;
}

static bool keep_token(void *context, const struct zd_token *token)
{
    struct zd_token_list *list = context;

    list->p[list->n++] = *token;
    return true;
}

enum zd_status zd_tokens_of(struct zd_str text, struct zd_arena *arena, struct zd_str *ret_folded,
                            struct zd_token_list *ret_tokens, struct zd_error *err)
{
    struct zd_buf buf = {.max = UINT32_MAX / 2}; /* offsets are 32 bits */
    struct zd_token_list list = {0};
    struct zd_str folded;
    size_t n = 0;
    enum zd_status st;

    zd_text_fold(text, &buf);
    st = zd_buf_check(&buf, "a folded text", err);
    if (st != ZD_OK)
        goto out;
    folded = zd_arena_str(arena, zd_buf_view(&buf));
    zd_tokens(folded, count_token, &n);
    list.p = zd_arena_array(arena, n, sizeof *list.p);
    if (!folded.p || !list.p) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the tokens of %zu bytes", text.n);
        goto out;
    }
    zd_tokens(folded, keep_token, &list);
    *ret_folded = folded;
    *ret_tokens = list;
out:
    zd_buf_done(&buf);
    return st;
}
