/* words: finds the words of the office's lists in a text, in one pass, however long the lists are.
 *
 * One Aho-Corasick automaton (Aho and Corasick 1975) over folded characters, kept as a double array
 * (Aoe 1989): BASE and CHECK give the next state in one look-up, a fail link where there is none.
 * A character is folded as everywhere (text.h: full width, case, Traditional → Simplified) and
 * alone; characters that nobody sees vanish, and up to ZD_WORDS_MAX_GAP spaces or symbols such as
 * * - _ . · between two characters of a word are looked through, but no punctuation that ends a
 * clause. A word of Latin letters or digits is found only where no letter or digit stands beside it.
 *
 * Built words are immutable and may be shared by any thread; a scan belongs to one.
 */
#ifndef ZD_GUARD_WORDS_H
#define ZD_GUARD_WORDS_H

#include "base/arena.h"
#include "base/base.h"

#define ZD_WORDS_MAX 1000000 /* in all lists together */
#define ZD_WORD_MAX_CHARS 64 /* folded characters of one word */
#define ZD_WORDS_MAX_GAP 4   /* characters looked through between two of a word */

struct zd_words;

/* A word that is to be found, with a number of the caller's that comes back with each hit. */
struct zd_word {
    struct zd_str text;
    uint32_t tag;
};

/* Builds from n words, which are only read. Words that fold to the same characters are all
 * found. Errors: ZD_INVALID naming (err->at) the word that folds to
 * nothing; ZD_LIMIT too many words, or one too long; ZD_NOMEM. */
enum zd_status zd_words_build(const struct zd_word *words, size_t n, struct zd_words **ret_words,
                              struct zd_error *err) ZD_MUST_USE;
void zd_words_free(struct zd_words *words); /* NULL is fine */
size_t zd_words_count(const struct zd_words *words);
size_t zd_words_bytes(const struct zd_words *words); /* memory that it holds */

struct zd_word_hit {
    uint32_t word, tag; /* number in the list it was built from */
    size_t start, end;  /* bytes of the text, from the first one fed */
};
/* Called at each end of a word, in the order of the ends, the longest word first (one that waits for
 * what stands on its right comes when that is seen). False ends the walk:
 * the scan then finds nothing more. */
typedef bool (*zd_word_fn)(void *context, const struct zd_word_hit *hit);

/* A text that comes in pieces, cut anywhere, also inside a character. By value: zd_word_scan_begin
 * starts it, and it holds no memory. */
struct zd_word_scan {
    const struct zd_words *words;
    zd_word_fn fn;
    void *context;
    uint32_t state;
    uint32_t gap; /* characters looked through since the last one taken */
    bool stopped;
    bool waiting;     /* words that end in a letter wait for what stands on their right */
    bool glued;       /* the last raw character is a letter or digit */
    uint64_t taken;   /* characters taken since the beginning */
    size_t taken_end; /* byte behind the last of them */
    size_t at;        /* bytes read since the beginning */
    size_t n_partial;
    char partial[4];                    /* the beginning of a character */
    size_t starts[ZD_WORD_MAX_CHARS];   /* ring: where the last characters begin … */
    bool glued_left[ZD_WORD_MAX_CHARS]; /* … and whether a letter or digit stands before them */
};
void zd_word_scan_begin(struct zd_word_scan *scan, const struct zd_words *words, zd_word_fn fn,
                        void *context);
void zd_word_scan_feed(struct zd_word_scan *scan, struct zd_str piece);
void zd_word_scan_end(struct zd_word_scan *scan);
/* Bytes read of which no later hit can be a part. */
size_t zd_word_scan_done(const struct zd_word_scan *scan);

#endif
