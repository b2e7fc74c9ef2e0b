/* text: from characters to what the index and the ranking can compare. The face of this room.
 *
 * Folding makes two spellings of one word equal: NFKC (Unicode 15, UAX 15), case folding,
 * Traditional → Simplified character by character (OpenCC's dictionaries, turned into a table when
 * the program is built). Tokens are what the index counts: Han characters singly and in
 * overlapping pairs, Latin words and numbers whole. A token is a 64-bit term, so that no strings
 * stand in the index: see zd_term. Everything here works on valid UTF-8 and is pure: any thread.
 */
#ifndef ZD_TEXT_H
#define ZD_TEXT_H

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"

/* Appends the folded form of s. Never fails but through the buffer. Characters that nobody sees
 * (zero-width spaces, soft hyphens) vanish. Folding twice is folding once. Cost: a table look-up
 * per character; combining sequences take a slow path through utf8proc. */
void zd_text_fold(struct zd_str s, struct zd_buf *out);

/* One character folded alone, as zd_text_fold would give it with nothing beside it: out gets the
 * characters, their number comes back, 0 for one that vanishes. For readers of streams, which
 * cannot wait for what joins it. Cost: a table look-up for almost every character. */
#define ZD_FOLD_CHAR_MAX 32
size_t zd_fold_char(uint32_t code_point, uint32_t out[ZD_FOLD_CHAR_MAX]);
/* The quick half of it: the character, or 0 where zd_fold_char must be asked. */
uint32_t zd_fold_quick(uint32_t code_point);

/* A term: 1 Han character (bits 0-20), a pair (bits 0-41, first character high), or a hashed
 * word (bit 63 set). 0 is no term. */
typedef uint64_t zd_term;

enum zd_token_kind { ZD_TOKEN_CHAR, ZD_TOKEN_PAIR, ZD_TOKEN_WORD };

struct zd_token {
    zd_term term;
    enum zd_token_kind kind;
    uint32_t position;   /* counts characters and words from 0; a pair has its first one's */
    uint32_t start, end; /* bytes in the text that was given */
};

/* Called once a token, in the order of positions (character before the pair that starts with
 * it). False ends the walk. */
typedef bool (*zd_token_fn)(void *context, const struct zd_token *token);

/* Walks the tokens of a folded text. Punctuation and white space end a run of Han characters, so
 * that no pair spans a clause. Kana and Hangul are taken as Han. Letters and digits together are
 * one word ("e2005"); numbers keep inner dots and a percent sign ("3.5%"), and "1,000" is "1000". */
void zd_tokens(struct zd_str folded, zd_token_fn fn, void *context);

struct zd_token_list {
    struct zd_token *p; /* [n] */
    size_t n;
};

/* Folds and tokenises at once into the arena; offsets are in ret_folded. Errors: ZD_NOMEM;
 * ZD_LIMIT past 2 GiB folded. */
enum zd_status zd_tokens_of(struct zd_str text, struct zd_arena *arena, struct zd_str *ret_folded,
                            struct zd_token_list *ret_tokens, struct zd_error *err) ZD_MUST_USE;

/* The term of a title (its key: folded, without 《》 and decoration). Where a passage names another
 * text in 《》, the index holds this term, so that its document frequency says how many passages
 * rest on that text. Stands in index files: never changes. */
zd_term zd_title_term(struct zd_str title_key);

/* A sentence or clause as bytes of the text it was cut from. */
struct zd_span {
    uint32_t start, end;
};
struct zd_span_list {
    struct zd_span *p; /* [n] */
    size_t n;
};

/* Sentences: end at 。！？!?；; and line ends, keep closing quotes and brackets with the sentence,
 * never inside 《》 or a number. Spans are trimmed and not empty. Errors: ZD_NOMEM; ZD_LIMIT past
 * 4 GiB. */
enum zd_status zd_sentences(struct zd_str text, struct zd_arena *arena,
                            struct zd_span_list *ret_spans, struct zd_error *err) ZD_MUST_USE;
/* Clauses: as sentences, and at ，,：: as well. */
enum zd_status zd_clauses(struct zd_str text, struct zd_arena *arena,
                          struct zd_span_list *ret_spans, struct zd_error *err) ZD_MUST_USE;

/* Whole Chinese numbers: 十二, 二百零三, 〇, 廿, mixed 2千, 1,000, full-width and ASCII digits. The
 * value of the longest number at the start of s and its bytes, or false (also past 64 bits). */
bool zd_number_read(struct zd_str s, uint64_t *ret_value, size_t *ret_bytes);

/* A date at the start of s in any form officials use: 2023年5月1日, 二〇二三年五月一日, 2023-05-01,
 * 2023.5.1, 2023/5/1, 20230501, 2023年5月 (day 1, ret_precision 2), 2023年 (precision 1), spaces
 * between the parts allowed. Digits before s are the caller's to look at. */
bool zd_date_read(struct zd_str s, int32_t *ret_date, int *ret_precision, size_t *ret_bytes);

/* Loads the C library's converters for good, so that zd_decode opens no file afterwards: for a
 * process that is about to lose the right to. */
void zd_decode_preload(void);

/* Text of unknown encoding, as found in files: UTF-8 with or without BOM, UTF-16 with BOM,
 * GB18030, Big5, told by content; `hint` is a declared charset (HTML meta), used only where the
 * bytes agree. Appends UTF-8 with line ends as \n. ret_name gets a static name ("GB18030").
 * Errors: ZD_INVALID naming the offset where no encoding fits (binary data, NUL bytes, damaged
 * UTF-8); ZD_LIMIT; ZD_NOMEM; ZD_IO where the C library lacks a converter. */
enum zd_status zd_decode(struct zd_bytes raw, struct zd_str hint, struct zd_buf *out,
                         const char **ret_name, struct zd_error *err) ZD_MUST_USE;

/* Bytes in the Windows code page that a file names (936, 950, 1252 …) as UTF-8; one that is not
 * known is read as 1252, and what is no character of it becomes U+FFFD. For formats that declare
 * their text, where nothing is to be guessed. */
void zd_decode_page(struct zd_bytes raw, unsigned code_page, struct zd_buf *out);

/* What cleaning removed, for the owner's report. */
struct zd_clean_report {
    uint32_t n_glosses, n_repeated_lines, n_furniture_lines, n_invisible_chars;
};

/* Removes what scraping sites add to an article: pinyin glosses in brackets (single, doubled;
 * judged by the evidence of the whole text, so give all of it and not a part), the title or the
 * body once more, site furniture at the end, zero-width and other invisible characters. It only
 * takes bytes away, and text without such traces comes out as it went in. Errors: ZD_LIMIT;
 * ZD_NOMEM. */
enum zd_status zd_clean(struct zd_str text, struct zd_buf *out, struct zd_clean_report *ret_report,
                        struct zd_error *err) ZD_MUST_USE;

#endif
