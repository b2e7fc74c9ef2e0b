/* parse_private: what the files of this room share and no other room may see.
 *
 * A maker collects what a reader finds: one text that only grows, and blocks as spans of it. Its
 * errors stick (the buffer's, the arena's, the caps), so readers append straight through and
 * zd_parse__maker_finish reports once. Spans are bytes; the text never passes ZD_TEXT_MAX_BYTES,
 * so they fit uint32_t.
 */
#ifndef ZD_PARSE_PRIVATE_H
#define ZD_PARSE_PRIVATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "parse/block.h"
#include "parse/parse.h"
#include "parse/read.h"

/* What the head of a page says about itself outside its text (HTML meta elements, front matter);
 * views in the arena, empty where silent. */
struct zd_parse__meta {
    struct zd_str title, issuer, number, issued;
};

struct zd_parse__maker {
    struct zd_arena *arena;
    struct zd_buf text;
    struct zd_block *blocks; /* [n], zd_alloc; copied to the arena at the end */
    size_t n, cap;
    uint32_t n_front; /* see zd_blocks */
    struct zd_reading reading;
    uint32_t page;       /* of what is added next */
    struct zd_buf aside; /* see zd_blocks */
    struct zd_str title;
    struct zd_parse__meta meta;
    bool too_many, no_memory;
};

void zd_parse__maker_init(struct zd_parse__maker *m, struct zd_arena *arena);
void zd_parse__maker_done(struct zd_parse__maker *m);

/* Appends one block with its own line; `text` is trimmed, and nothing is added where it is empty
 * afterwards. Inner white space is kept, inner line ends too. */
void zd_parse__maker_add(struct zd_parse__maker *m, enum zd_block_kind kind, int level,
                         struct zd_str text);

/* Takes the last block back. */
void zd_parse__maker_drop(struct zd_parse__maker *m);

/* Keeps a line aside (zd_blocks); the same again and again, as of running heads, is kept once. */
void zd_parse__maker_aside(struct zd_parse__maker *m, struct zd_str line);

/* Empties a reader's buffer for its next line, keeping in mind that it went bad. */
void zd_parse__maker_clear(struct zd_parse__maker *m, struct zd_buf *buf);

/* Moves text and blocks into *ret_blocks (the arena's). Errors: ZD_LIMIT, ZD_NOMEM. */
enum zd_status zd_parse__maker_finish(struct zd_parse__maker *m, struct zd_blocks *ret_blocks,
                                      struct zd_error *err) ZD_MUST_USE;

/* Readers: valid UTF-8 in, blocks out. */
enum zd_status zd_parse__markdown(struct zd_str text, struct zd_parse__maker *m,
                                  struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_parse__plain(struct zd_str text, struct zd_parse__maker *m,
                               struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_parse__html(struct zd_str text, struct zd_parse__maker *m,
                              struct zd_error *err) ZD_MUST_USE;

/* The sign that separates the fields of a table as text, or 0 where it is none; by_name: the file's
 * name says it is one. */
char zd_parse__csv_separator(struct zd_str text, bool by_name);
enum zd_status zd_parse__csv(struct zd_str text, char separator, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

/* A piece of HTML inside another text (a table in Markdown): no title, no head. */
enum zd_status zd_parse__html_fragment(struct zd_str text, struct zd_parse__maker *m,
                                       struct zd_error *err) ZD_MUST_USE;

/* One cell as a reader sees it, before the grid is laid out. */
struct zd_parse__cell {
    struct zd_str text; /* trimmed; the arena's or the source's */
    uint32_t row_span, col_span;
    bool is_header;
};

struct zd_parse__row {
    struct zd_parse__cell *cells; /* [n], the arena's */
    uint32_t n;
    bool is_header; /* the format says so (thead, the line above |---|) */
};

/* Lays the rows out as a grid (spans repeated), finds the header rows, and adds one block a row
 * with cells and header paths. */
void zd_parse__table_add(struct zd_parse__maker *m, const struct zd_parse__row *rows, size_t n);

/* One format whose bytes are no text: a row of the table in kind.c, and a file. */
struct zd_parse__reader {
    const char *format; /* the word in JSON and in the database */
    size_t at;          /* where its signature stands, which is all that is looked at unlocked */
    const char *signature;
    size_t n_signature;
    /* Whether the bytes are of this kind where the signature is shared (ZIP); NULL: they are. */
    bool (*is)(struct zd_bytes raw);
    /* Before the lock: loads or opens by descriptor what `read` needs, since nothing can be opened
     * afterwards; chosen by the signature alone, so it may run for another kind. NULL: nothing. */
    enum zd_status (*prepare)(struct zd_error *err);
    /* All of raw → text and blocks in the maker. Errors: ZD_INVALID, ZD_LIMIT, ZD_NOMEM. */
    enum zd_status (*read)(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err);
};

/* The reader of these bytes; NULL where they are text or of a kind that is refused. */
const struct zd_parse__reader *zd_parse__reader_of(struct zd_bytes raw);

/* Kinds of content, told by the bytes alone. */
enum zd_parse__kind {
    ZD_PARSE__TEXT,
    ZD_PARSE__MARKDOWN,
    ZD_PARSE__HTML,
    ZD_PARSE__JSONL,
    ZD_PARSE__CSV,
};

/* ZD_INVALID, naming the kind and what would help, where the bytes are of a kind we do not read. */
enum zd_status zd_parse__refuse_binary(struct zd_bytes raw, struct zd_error *err) ZD_MUST_USE;
enum zd_parse__kind zd_parse__kind_of(struct zd_str text, struct zd_str name);
/* The charset an HTML head declares, or empty. Looks at the first 4 KiB only. */
struct zd_str zd_parse__html_charset(struct zd_bytes raw);

/* After an HTML reader: cleans m->text and moves the blocks along. */
enum zd_status zd_parse__clean_blocks(struct zd_parse__maker *m, struct zd_error *err) ZD_MUST_USE;

/* The marks that open a heading, an article or an item, from the outside in. */
enum zd_parse__mark_kind {
    ZD_PARSE__NO_MARK,
    ZD_PARSE__PART,        /* 第一编 */
    ZD_PARSE__SUBPART,     /* 第一分编 */
    ZD_PARSE__CHAPTER,     /* 第一章 */
    ZD_PARSE__SECTION,     /* 第一节 */
    ZD_PARSE__ARTICLE,     /* 第一条, 第十七条之一, 第1条 */
    ZD_PARSE__ITEM_HAN,    /* 一、 */
    ZD_PARSE__ITEM_HAN_IN, /* （一） (一) */
    ZD_PARSE__ITEM_NUM,    /* 1. 1、 1． */
    ZD_PARSE__ITEM_NUM_IN, /* （1） (1) 1) */
    ZD_PARSE__ITEM_CIRCLE, /* ① */
};

struct zd_parse__mark {
    enum zd_parse__mark_kind kind;
    uint64_t value, sub; /* 第十七条之一: 17 and 1 */
    size_t n_number;     /* bytes of the mark itself, "第一条", "（二）", "1." */
    size_t body;         /* byte where the words behind it begin; the line's length if none */
    bool spaced;         /* white space or the end stands behind the number */
};

/* The mark at the start of a line. False where there is none; *ret_mark is then untouched. */
bool zd_parse__mark_read(struct zd_str line, struct zd_parse__mark *ret_mark);

/* True where the words behind 第N条 go on as a reference does ("第三条规定的…", "第五条、…"). */
bool zd_parse__mark_is_reference(struct zd_str line, const struct zd_parse__mark *mark);

/* The guide field that a label names ("申请材料", "四、办理时限：", "【收费标准】"), or none. */
enum zd_guide_field zd_parse__guide_field(struct zd_str label);

/* Cuts "受理条件：年满…" into label and value; false where the line has no such form. The label is
 * at most 12 characters, of Han and letters only; the value may be empty. */
bool zd_parse__label_cut(struct zd_str line, struct zd_str *ret_label, struct zd_str *ret_value);

/* True for a label of the page's own data sheet (发布机构, 索引号, 有效期 …). */
bool zd_parse__is_meta_label(struct zd_str label);

/* True for a label of a guide's table that names no field ("事项名称", "办件类型"). */
bool zd_parse__is_sheet_label(struct zd_str label);

/* Blocks → passages. base_path stands before every path (JSON lines with headings). */
enum zd_status zd_parse__structure(struct zd_blocks *blocks, struct zd_str base_path,
                                   struct zd_arena *arena, struct zd_passages *ret_passages,
                                   struct zd_error *err) ZD_MUST_USE;

/* Facts from the blocks, the head of the page and the file's name. */
enum zd_status zd_parse__validity(const struct zd_blocks *blocks, const struct zd_parse__meta *meta,
                                  struct zd_str name, struct zd_arena *arena,
                                  struct zd_facts *ret_facts, struct zd_error *err) ZD_MUST_USE;

/* The one error of a full arena: ZD_LIMIT where a document's share of memory is used up (it needs
 * splitting), else ZD_NOMEM. `what` names what there was no room for. */
enum zd_status zd_parse__no_memory(const struct zd_arena *arena, const char *what,
                                   struct zd_error *err);

/* Small helpers over text. */
size_t zd_parse__chars(struct zd_str s);       /* characters */
uint32_t zd_parse__last_char(struct zd_str s); /* 0 for empty */
bool zd_parse__ends_sentence(struct zd_str s); /* 。！？；… at the end */
bool zd_parse__is_space(uint32_t code_point);  /* Unicode white space, zero width */
struct zd_str zd_parse__trim_left(struct zd_str s);
struct zd_str zd_parse__trim(struct zd_str s);         /* of the same */
struct zd_str zd_parse__file_stem(struct zd_str name); /* "a/b(1).md" → "b(1)" */
/* Views of a line end at the next \n; *at moves behind it. False at the end. */
bool zd_parse__line_next(struct zd_str text, size_t *at, struct zd_str *ret_line);
/* White space runs as one blank, trimmed; in the arena (p NULL when it is full). */
struct zd_str zd_parse__squeeze(struct zd_str s, struct zd_arena *arena);

#endif
