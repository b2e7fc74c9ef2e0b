/* mask.c: placeholders for personal data and back, see mask.h.
 *
 *     1. find the data of every text
 *     2. choose letters (2, else 3 or 4) that no text has before a digit, so that nothing in the
 *        texts can be taken for a placeholder, whoever wrote them
 *     3. number the values as they first come, write the texts anew
 *
 * What restoring takes for a placeholder, folded:
 *
 *     [open [open]] space* word sep* LETTERS sep* digits [space* close [close]]     with a bracket
 *     word sep* LETTERS sep* digits                                                 or without
 *
 * open and close are any brackets, doubled only when they are the same and not the one we write,
 * since the outer ones of （〔手机号KQ1〕） and 〔〔手机号KQ1〕〕 are the sentence's own. The number must be
 * a known one and stand alone.
 */
#include "guard/mask.h"

#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "text/text.h"

#define MAX_VALUES 100000
#define MAX_LETTERS 4
#define MAX_DIGITS 6
#define MAX_SEPARATORS 2
#define OUR_OPENING 0x3014 /* 〔 */

static const char letters_used[] = "KQXZWJVFHBGMPTRDCNLS"; /* few words of text have KQ, QX, XZ */
#define N_LETTERS (sizeof letters_used - 1)

struct value {
    enum zd_personal_kind kind;
    struct zd_str text, placeholder;
};

struct zd_mask {
    char letters[MAX_LETTERS + 1];
    size_t n_letters;
    struct value *values; /* [n_values] */
    size_t n_values, cap;
    uint32_t *slots; /* [n_slots] open addressing by value: number + 1, or 0 */
    size_t n_slots;
    size_t n_found[ZD_PERSONAL_KINDS];
};

/* ---- choosing letters ---- */

static uint32_t fold_one(uint32_t c)
{
    const uint32_t quick = zd_fold_quick(c);
    uint32_t folded[ZD_FOLD_CHAR_MAX];

    if (quick)
        return quick;
    return zd_fold_char(c, folded) == 1 ? folded[0] : c;
}

static int letter_number(uint32_t folded)
{
    const char *at = folded - 'a' < 26 ? strchr(letters_used, (int)(folded - 0x20)) : NULL;

    return at ? (int)(at - letters_used) : -1;
}

static bool is_separator(uint32_t folded)
{
    return folded == ' ' || folded == '-' || folded == '_' || folded == '#' || folded == 0xB7 ||
           folded == ':' || folded == '.';
}

/* Marks every run of n letters that a digit follows, separators between or not. */
static void mark_used(struct zd_str text, size_t n, size_t n_codes, uint8_t *used)
{
    size_t code = 0, run = 0, n_between = 0;

    for (size_t at = 0; at < text.n;) {
        const uint32_t c = fold_one(zd_utf8_next(text, &at));
        const int letter = letter_number(c);

        if (letter >= 0 && n_between == 0) {
            code = (code * N_LETTERS + (size_t)letter) % n_codes;
            run++;
        } else if (letter >= 0) {
            code = (size_t)letter;
            run = 1;
            n_between = 0;
        } else if (is_separator(c) && run > 0 && n_between < MAX_SEPARATORS) {
            n_between++;
        } else {
            if (c - '0' < 10 && run >= n)
                used[code / 8] |= (uint8_t)(1u << code % 8);
            run = n_between = 0;
        }
    }
}

static enum zd_status choose_letters(struct zd_mask *mask, const struct zd_str *texts, size_t n,
                                     struct zd_arena *arena, struct zd_error *err)
{
    size_t n_codes = N_LETTERS;

    for (size_t length = 2; length <= MAX_LETTERS; length++) {
        uint8_t *used;

        n_codes *= N_LETTERS;
        used = zd_arena_alloc(arena, n_codes / 8 + 1);
        if (!used)
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for masking");
        for (size_t i = 0; i < n; i++)
            mark_used(texts[i], length, n_codes, used);
        /* the first that is free, counted with the last letter fastest */
        for (size_t code = 1; code < n_codes; code++) {
            size_t rest = code;

            if (used[code / 8] >> code % 8 & 1)
                continue;
            for (size_t k = length; k > 0; k--) {
                mask->letters[k - 1] = letters_used[rest % N_LETTERS];
                rest /= N_LETTERS;
            }
            mask->n_letters = length;
            return ZD_OK;
        }
    }
    return ZD_FAIL(err, ZD_LIMIT, 0, "the text has every placeholder already");
}

/* ---- masking ---- */

/* Where the value stands or would stand. The table is never full. */
static uint32_t *slot_of(const struct zd_mask *mask, enum zd_personal_kind kind, struct zd_str text)
{
    size_t at = (size_t)zd_hash64(zd_str_bytes(text), (uint64_t)kind) & (mask->n_slots - 1);

    for (;; at = (at + 1) & (mask->n_slots - 1)) {
        const uint32_t number = mask->slots[at];

        if (number == 0 || (mask->values[number - 1].kind == kind &&
                            zd_str_eq(mask->values[number - 1].text, text)))
            return &mask->slots[at];
    }
}

static bool make_room(struct zd_mask *mask, struct zd_arena *arena)
{
    const size_t cap = mask->cap ? mask->cap * 2 : 16;
    struct value *values;

    if (mask->n_values < mask->cap)
        return true;
    values = zd_arena_array(arena, cap, sizeof *values);
    mask->slots = zd_arena_array(arena, cap * 4, sizeof *mask->slots);
    if (!values || !mask->slots)
        return false;
    if (mask->n_values > 0)
        memcpy(values, mask->values, mask->n_values * sizeof *values);
    mask->values = values;
    mask->cap = cap;
    mask->n_slots = cap * 4;
    for (size_t i = 0; i < mask->n_values; i++)
        *slot_of(mask, values[i].kind, values[i].text) = (uint32_t)i + 1;
    return true;
}

static enum zd_status placeholder_of(struct zd_mask *mask, enum zd_personal_kind kind,
                                     struct zd_str text, struct zd_arena *arena,
                                     struct zd_str *ret_placeholder, struct zd_error *err)
{
    struct value *value;
    uint32_t *slot;

    if (mask->n_values == MAX_VALUES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "more than %d personal values in one request", MAX_VALUES);
    if (!make_room(mask, arena))
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for masking");
    slot = slot_of(mask, kind, text);
    if (*slot == 0) {
        value = &mask->values[mask->n_values];
        value->kind = kind;
        value->text = zd_arena_str(arena, text);
        value->placeholder = zd_arena_printf(arena, "〔%s%s%zu〕", zd_personal_zh(kind),
                                             mask->letters, mask->n_values + 1);
        if (!value->text.p || !value->placeholder.p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for masking");
        *slot = (uint32_t)++mask->n_values;
    }
    *ret_placeholder = mask->values[*slot - 1].placeholder;
    return ZD_OK;
}

static enum zd_status mask_one(struct zd_mask *mask, struct zd_str text, uint32_t kinds,
                               struct zd_arena *arena, struct zd_str *ret_masked,
                               struct zd_error *err)
{
    struct zd_personal_list list = {0};
    struct zd_buf out = {.max = SIZE_MAX / 2};
    enum zd_status st = zd_personal_find(text, arena, &list, err);
    size_t done = 0, n_masked = 0;

    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        const struct zd_personal *found = &list.p[i];
        struct zd_str placeholder = {0};

        mask->n_found[found->kind]++;
        if (!(kinds & ZD_MASK_KIND(found->kind)))
            continue;
        st = placeholder_of(mask, found->kind, zd_str_cut(text, found->start, found->end), arena,
                            &placeholder, err);
        zd_buf_str(&out, zd_str_cut(text, done, found->start));
        zd_buf_str(&out, placeholder);
        done = found->end;
        n_masked++;
    }
    zd_buf_str(&out, zd_str_cut(text, done, text.n));
    if (st == ZD_OK)
        st = zd_buf_check(&out, "a masked text", err);
    if (st == ZD_OK) {
        *ret_masked = n_masked ? zd_arena_str(arena, zd_buf_view(&out)) : text;
        if (n_masked && !ret_masked->p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for masking");
    }
    zd_buf_done(&out);
    return st;
}

enum zd_status zd_mask_texts(const struct zd_str *texts, size_t n, uint32_t kinds,
                             struct zd_arena *arena, struct zd_str *ret_masked,
                             struct zd_mask **ret_mask, struct zd_error *err)
{
    struct zd_mask *mask = zd_arena_alloc(arena, sizeof *mask);
    enum zd_status st;

    if (!mask)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for masking");
    st = choose_letters(mask, texts, n, arena, err);
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        st = mask_one(mask, texts[i], kinds, arena, &ret_masked[i], err);
    if (st == ZD_OK)
        *ret_mask = mask;
    return st;
}

size_t zd_mask_count(const struct zd_mask *mask)
{
    return mask->n_values;
}

size_t zd_mask_count_kind(const struct zd_mask *mask, enum zd_personal_kind kind)
{
    return mask->n_found[kind];
}

void zd_mask_value(const struct zd_mask *mask, size_t i, struct zd_str *ret_value,
                   struct zd_str *ret_placeholder)
{
    *ret_value = mask->values[i].text;
    *ret_placeholder = mask->values[i].placeholder;
}

/* ---- restoring ---- */

enum match { MATCH_NO, MATCH_MORE, MATCH_YES };

/* Reads placeholders in a text that may go on. */
struct reader {
    struct zd_str text;
    size_t at;
    bool final; /* the text ends where it ends */
    bool ended; /* the reader met the end of a text that may go on */
};

/* The character at the reader, folded; 0 at the end. */
static uint32_t reader_peek(struct reader *r, size_t *ret_next)
{
    const uint8_t first = r->at < r->text.n ? (uint8_t)r->text.p[r->at] : 0;
    const size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    *ret_next = r->at;
    if (r->at >= r->text.n || (r->at + n > r->text.n && !r->final)) {
        r->ended = r->ended || !r->final;
        return 0;
    }
    return fold_one(zd_utf8_next(r->text, ret_next));
}

static bool reader_take(struct reader *r, uint32_t folded)
{
    size_t next;

    if (reader_peek(r, &next) != folded || next == r->at)
        return false;
    r->at = next;
    return true;
}

static bool reader_take_str(struct reader *r, const char *s)
{
    const struct zd_str text = zd_str_c(s);
    const size_t from = r->at;

    for (size_t i = 0; i < text.n;)
        if (!reader_take(r, fold_one(zd_utf8_next(text, &i)))) {
            r->at = r->ended ? r->at : from;
            return false;
        }
    return true;
}

static void reader_skip(struct reader *r, bool spaces_only)
{
    for (size_t i = 0; i < MAX_SEPARATORS; i++) {
        size_t next;
        const uint32_t c = reader_peek(r, &next);

        if (!(spaces_only ? c == ' ' : is_separator(c)))
            return;
        r->at = next;
    }
}

/* The closing bracket of an opening one, both folded; 0 where it opens nothing. */
static uint32_t closing_of(uint32_t open)
{
    switch (open) {
    case '(':
        return ')';
    case '[':
        return ']';
    case '{':
        return '}';
    case '<':
        return '>';
    case 0x27E6: /* ⟦ */
    case 0x3008: /* 〈《「『【〔〖〘〚 close with the next character */
    case 0x300A:
    case 0x300C:
    case 0x300E:
    case 0x3010:
    case 0x3014:
    case 0x3016:
    case 0x3018:
    case 0x301A:
        return open + 1;
    default:
        return 0;
    }
}

static uint32_t take_opening(struct reader *r, size_t *ret_n)
{
    size_t next;
    const size_t from = r->at;
    uint32_t open;
    bool escaped;

    *ret_n = 0;
    escaped = reader_take(r, '\\'); /* Markdown's escape, which only ASCII brackets need */
    open = reader_peek(r, &next);
    if (closing_of(open) == 0 || (escaped && open >= 0x80)) {
        if (!r->ended)
            r->at = from;
        return 0;
    }
    r->at = next;
    *ret_n = open != OUR_OPENING && reader_take(r, open) ? 2 : 1;
    return open;
}

static void take_closing(struct reader *r, uint32_t open, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t from = r->at;
        const uint32_t close = closing_of(open);
        size_t next;
        bool escaped;
        uint32_t c;

        reader_skip(r, true);
        escaped = reader_take(r, '\\');
        c = reader_peek(r, &next);
        /* a bracket that we wrote may come back with another one at its end */
        if (escaped && c >= 0x80)
            c = 0;
        if (c == close || (open == OUR_OPENING && (c == ')' || c == ']' || c == 0x3011)))
            r->at = next;
        else if (!r->ended)
            r->at = from;
    }
}

static bool take_word(struct reader *r)
{
    bool ended = false;

    for (size_t i = 0; i < ZD_PERSONAL_KINDS; i++) {
        struct reader try = *r;

        if (reader_take_str(&try, zd_personal_zh((enum zd_personal_kind)i))) {
            *r = try;
            return true;
        }
        ended = ended || try.ended;
    }
    r->ended = r->ended || ended;
    return false;
}

static bool take_number(struct reader *r, size_t *ret_number)
{
    size_t next, number = 0, n_digits = 0;

    for (;;) {
        const uint32_t c = reader_peek(r, &next);

        if (c - '0' >= 10 || next == r->at)
            break;
        if (++n_digits > MAX_DIGITS)
            return false;
        number = number * 10 + (c - '0');
        r->at = next;
    }
    *ret_number = number;
    return n_digits > 0 && !(reader_peek(r, &next) - 'a' < 26);
}

/* A placeholder at the beginning of text: its bytes and its value. */
static enum match match_placeholder(const struct zd_mask *mask, struct zd_str text, bool final,
                                    size_t *ret_bytes, struct zd_str *ret_value)
{
    struct reader r = {.text = text, .final = final};
    size_t n_open, number = 0;
    const uint32_t open = take_opening(&r, &n_open);
    bool good;

    if (open)
        reader_skip(&r, true);
    good = !r.ended && take_word(&r);
    if (good) {
        reader_skip(&r, false);
        for (size_t i = 0; good && i < mask->n_letters; i++)
            good = reader_take(&r, (uint32_t)(uint8_t)mask->letters[i] | 0x20);
        if (good)
            reader_skip(&r, false);
        good = good && take_number(&r, &number);
    }
    if (good && open)
        take_closing(&r, open, n_open);
    if (r.ended)
        return MATCH_MORE;
    if (!good || number == 0 || number > mask->n_values)
        return MATCH_NO;
    *ret_bytes = r.at;
    *ret_value = mask->values[number - 1].text;
    return MATCH_YES;
}

/* Whether a placeholder can begin with this byte: a bracket, a backslash or a kind's word. */
static bool may_begin(uint8_t byte)
{
    return byte >= 0xE2 || byte == '(' || byte == '[' || byte == '{' || byte == '<' || byte == '\\';
}

/* Restores into out up to where it depends on what comes, and gives the bytes dealt with. */
static size_t restore_some(const struct zd_mask *mask, struct zd_str text, bool final,
                           struct zd_buf *out)
{
    size_t at = 0, copied = 0;

    while (at < text.n) {
        struct zd_str value = {0};
        size_t n_bytes = 0;
        enum match match = MATCH_NO;

        if (may_begin((uint8_t)text.p[at]))
            match = match_placeholder(mask, zd_str_cut(text, at, text.n), final, &n_bytes, &value);
        if (match == MATCH_MORE && text.n - at < ZD_RESTORER_HELD)
            break;
        if (match == MATCH_YES) {
            zd_buf_str(out, zd_str_cut(text, copied, at));
            zd_buf_str(out, value);
            at += n_bytes;
            copied = at;
        } else {
            (void)zd_utf8_next(text, &at);
        }
    }
    zd_buf_str(out, zd_str_cut(text, copied, at));
    return at;
}

void zd_mask_restore(const struct zd_mask *mask, struct zd_str text, struct zd_buf *out)
{
    if (!mask || mask->n_values == 0)
        zd_buf_str(out, text);
    else
        (void)restore_some(mask, text, true, out);
}

void zd_restorer_feed(struct zd_restorer *r, struct zd_str piece, struct zd_buf *out)
{
    if (!r->mask || r->mask->n_values == 0) {
        zd_buf_str(out, piece);
        return;
    }
    while (piece.n > 0) {
        size_t done, n;

        if (r->n_held == 0) {
            done = restore_some(r->mask, piece, false, out);
            piece = zd_str_cut(piece, done, piece.n);
        }
        n = sizeof r->held - r->n_held;
        n = n < piece.n ? n : piece.n;
        if (n > 0)
            memcpy(r->held + r->n_held, piece.p, n);
        r->n_held += n;
        piece = zd_str_cut(piece, n, piece.n);
        done = restore_some(r->mask, (struct zd_str){r->held, r->n_held}, false, out);
        memmove(r->held, r->held + done, r->n_held - done);
        r->n_held -= done;
    }
}

void zd_restorer_end(struct zd_restorer *r, struct zd_buf *out)
{
    if (r->n_held > 0)
        (void)restore_some(r->mask, (struct zd_str){r->held, r->n_held}, true, out);
    r->n_held = 0;
}
