/* words.c: building the automaton and walking it, see words.h.
 *
 *     1. fold every word; give the characters codes, the commonest the smallest, so that siblings
 *        lie close together
 *     2. sort the words by their codes
 *     3. breadth first, put the children of each state at the first BASE where all their slots are
 *        free (free slots are a linked list); a state's fail link is known when it is placed, since
 *        it leads to a shallower state
 *     4. each state knows the first word that ends there, its own or that of its fail links; the
 *        rest of them hangs behind it as a chain
 *
 * A walk looks each character up once in a table of the first plane: its code, or that it is
 * looked through, or vanishes, or ends every word. Rejected: hashed transitions (three times the
 * look-ups of a double array), and goto tables filled up from the fail links (a state of a list of
 * 100,000 words has thousands of characters that lead on from the root).
 */
#include "guard/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/text.h"

#define NONE UINT32_MAX
#define PLANE 0x10000u
#define MAX_CODES 65000u /* distinct characters in all words; above it lie the marks */
#define BREAKS 0u        /* a character of no word */
#define VANISHES 65535u
#define SKIPPED 65534u
#define SEVERAL 65533u /* above the first plane, or folds to several: the slow path */
#define TRIES_LOW 32   /* free places tried for a family from the lowest on … */
#define TRIES_WIDE 512 /* … and from where the last wide families lie, before it goes to the end */

struct state {
    int32_t base;   /* slot of child c is base + c */
    uint32_t check; /* the state it is a child of; NONE: free */
    uint32_t fail;
    uint32_t end; /* the first ending, or NONE */
};

struct ending {
    uint32_t word, tag;
    uint32_t next; /* the next shorter word that ends in the same state, or NONE */
    uint8_t n_chars;
    bool alnum_left, alnum_right;
};

struct zd_words {
    struct state *states; /* [n_states] slot 0 is the root */
    uint8_t *depths;      /* [n_states] */
    struct ending *endings;
    size_t n_states, n_endings;
    uint16_t codes[PLANE]; /* of a character as it comes, or one of the marks above */
    uint8_t alnum[PLANE / 8];
    struct above {
        uint32_t c;
        uint16_t code;
    } * above; /* [n_above] sorted: folded characters above the first plane */
    size_t n_above;
};

/* One word while building: its folded characters, then their codes. */
struct folded {
    uint32_t *c; /* [n] in the builder's pool */
    uint32_t n, word;
};

struct builder {
    const struct zd_word *words;
    struct zd_arena *arena;
    struct folded *folded; /* [n] sorted */
    size_t n;
    struct zd_words *out;
    uint32_t *next, *prev; /* [cap] free slots, linked; slot 0 is the head of the ring */
    size_t cap;
    size_t wide; /* slots before it are too crowded for families of many */
    struct queued {
        uint32_t state, first, last, depth; /* words [first, last) share `depth` characters */
    } * queue;
    size_t n_queue, cap_queue;
};

/* ---- characters ---- */

static bool is_alnum_char(uint32_t c)
{
    return c - '0' < 10 || (c | 0x20) - 'a' < 26 ||
           (c >= 0xC0 && c < 0x530 && c != 0xD7 && c != 0xF7);
}

/* Looked through inside a word: spaces and symbols, not what ends a clause. */
static bool is_skipped(uint32_t folded)
{
    static const char symbols[] = "*_-.~^|/\\+#@&=`'\"()[]{}<>$%";

    if (folded <= ' ')
        return true;
    if (folded < 0x80)
        return strchr(symbols, (int)folded) != NULL;
    return folded == 0xB7 || (folded >= 0x2010 && folded <= 0x2027) || folded == 0x30FB ||
           (folded >= 0x2190 && folded <= 0x27BF) || folded == 0x3013 || folded == 0xFE0F ||
           (folded >= 0x1F000 && folded <= 0x1FAFF) || folded == 0x3010 || folded == 0x3011 ||
           folded == 0x2032 || folded == 0xAF || folded == 0x3164;
}

/* The characters of a word that count, folded. False past ZD_WORD_MAX_CHARS. */
static bool fold_word(struct zd_str text, uint32_t out[ZD_WORD_MAX_CHARS], size_t *ret_n)
{
    uint32_t folded[ZD_FOLD_CHAR_MAX];
    size_t n = 0;

    for (size_t at = 0; at < text.n;) {
        const size_t n_folded = zd_fold_char(zd_utf8_next(text, &at), folded);

        for (size_t i = 0; i < n_folded; i++) {
            if (is_skipped(folded[i]))
                continue;
            if (n == ZD_WORD_MAX_CHARS)
                return false;
            out[n++] = folded[i];
        }
    }
    *ret_n = n;
    return true;
}

static int compare_above(const void *left, const void *right)
{
    const struct above *a = left, *b = right;

    return a->c < b->c ? -1 : a->c > b->c;
}

/* The code of a folded character; BREAKS where no word has it. */
static uint32_t code_of_folded(const struct zd_words *w, uint32_t c)
{
    const struct above key = {.c = c};
    const struct above *found;

    if (c < PLANE)
        return w->codes[c] < MAX_CODES ? w->codes[c] : BREAKS;
    if (w->n_above == 0)
        return BREAKS;
    found = bsearch(&key, w->above, w->n_above, sizeof *w->above, compare_above);
    return found ? found->code : BREAKS;
}

/* ---- folding and sorting the words ---- */

static int compare_folded(const void *left, const void *right)
{
    const struct folded *a = left, *b = right;
    const uint32_t n = a->n < b->n ? a->n : b->n;

    for (uint32_t i = 0; i < n; i++)
        if (a->c[i] != b->c[i])
            return a->c[i] < b->c[i] ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->word < b->word ? -1 : a->word > b->word;
}

static enum zd_status fold_words(struct builder *b, size_t n, struct zd_error *err)
{
    b->folded = zd_arena_array(b->arena, n ? n : 1, sizeof *b->folded);
    if (!b->folded)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %zu words", n);
    for (size_t i = 0; i < n; i++) {
        uint32_t chars[ZD_WORD_MAX_CHARS];
        struct folded *f = &b->folded[b->n];
        size_t n_chars = 0;

        if (!fold_word(b->words[i].text, chars, &n_chars))
            return ZD_FAIL(err, ZD_LIMIT, i, "word %zu is longer than %d characters", i + 1,
                           ZD_WORD_MAX_CHARS);
        if (n_chars == 0 || (n_chars == 1 && zd_utf8_chars(b->words[i].text) > 1))
            return ZD_FAIL(err, ZD_INVALID, i, "word %zu has too few letters to be looked for",
                           i + 1);
        f->c = zd_arena_array(b->arena, n_chars, sizeof *f->c);
        if (!f->c)
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %zu words", n);
        memcpy(f->c, chars, n_chars * sizeof *f->c);
        f->n = (uint32_t)n_chars;
        f->word = (uint32_t)i;
        b->n++;
    }
    return ZD_OK;
}

static void sort_words(struct builder *b)
{
    if (b->n > 1)
        qsort(b->folded, b->n, sizeof *b->folded, compare_folded);
}

/* ---- codes ---- */

struct counted {
    uint32_t c, n;
};

static int compare_char(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

static int compare_counted(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;

    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return a->c < b->c ? -1 : a->c > b->c;
}

/* What a character that comes in a text means, once the folded ones have their codes. */
static void fill_table(struct zd_words *w, const uint16_t *of_folded)
{
    for (uint32_t c = 0; c < PLANE; c++) {
        uint32_t folded[ZD_FOLD_CHAR_MAX];
        const size_t n = c >= 0xD800 && c < 0xE000 ? 1 : zd_fold_char(c, folded);

        if (c >= 0xD800 && c < 0xE000)
            w->codes[c] = BREAKS;
        else if (n == 0)
            w->codes[c] = VANISHES;
        else if (n > 1 || folded[0] >= PLANE)
            w->codes[c] = SEVERAL;
        else if (is_skipped(folded[0]))
            w->codes[c] = SKIPPED;
        else
            w->codes[c] = of_folded[folded[0]];
        if (n == 1 && is_alnum_char(folded[0]))
            w->alnum[c / 8] |= (uint8_t)(1u << c % 8);
    }
}

static enum zd_status give_codes(struct builder *b, struct zd_error *err)
{
    struct zd_words *w = b->out;
    uint16_t *of_folded = zd_arena_array(b->arena, PLANE, sizeof *of_folded);
    size_t n_all = 0, n_distinct = 0;
    struct counted *counted;
    uint32_t *all;

    for (size_t i = 0; i < b->n; i++)
        n_all += b->folded[i].n;
    all = zd_arena_array(b->arena, n_all + 1, sizeof *all);
    counted = zd_arena_array(b->arena, n_all + 1, sizeof *counted);
    if (!of_folded || !all || !counted)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    n_all = 0;
    for (size_t i = 0; i < b->n; i++)
        for (uint32_t k = 0; k < b->folded[i].n; k++)
            all[n_all++] = b->folded[i].c[k];
    qsort(all, n_all, sizeof *all, compare_char);
    for (size_t i = 0; i < n_all; i++) {
        if (i == 0 || all[i] != all[i - 1])
            counted[n_distinct++].c = all[i];
        counted[n_distinct - 1].n++;
    }
    if (n_distinct >= MAX_CODES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the words have more than %u different characters",
                       MAX_CODES);
    qsort(counted, n_distinct, sizeof *counted, compare_counted);
    w->above = zd_alloc((n_distinct + 1) * sizeof *w->above);
    if (!w->above)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    for (size_t i = 0; i < n_distinct; i++) {
        if (counted[i].c < PLANE)
            of_folded[counted[i].c] = (uint16_t)(i + 1);
        else
            w->above[w->n_above++] = (struct above){counted[i].c, (uint16_t)(i + 1)};
    }
    qsort(w->above, w->n_above, sizeof *w->above, compare_above);
    fill_table(w, of_folded);
    for (size_t i = 0; i < b->n; i++)
        for (uint32_t k = 0; k < b->folded[i].n; k++) {
            uint32_t *c = &b->folded[i].c[k];

            *c = *c < PLANE ? of_folded[*c] : code_of_folded(w, *c);
        }
    return ZD_OK;
}

/* ---- the double array ---- */

/* Adds free slots up to `need`, at the end of the ring. */
static bool grow_slots(struct builder *b, size_t need)
{
    struct zd_words *w = b->out;
    const size_t old = b->cap;
    size_t cap = old;

    if (need <= old)
        return true;
    need += need / 8 + 1024;
    if (need >= INT32_MAX / 2 || !zd_grow(&w->states, &cap, need, sizeof *w->states, INT32_MAX / 2))
        return false;
    for (void **p = (void *[]){&b->next, &b->prev, NULL}; *p; p++) {
        uint32_t **array = *p;
        uint32_t *grown = zd_realloc(*array, cap * sizeof **array);

        if (!grown)
            return false;
        *array = grown;
    }
    for (size_t i = old; i < cap; i++) {
        w->states[i] = (struct state){.base = 0, .check = NONE, .fail = 0, .end = NONE};
        if (i == 0) {
            b->next[0] = b->prev[0] = 0;
            continue;
        }
        b->next[i] = 0;
        b->prev[i] = b->prev[0];
        b->next[b->prev[0]] = (uint32_t)i;
        b->prev[0] = (uint32_t)i;
    }
    b->cap = cap;
    return true;
}

static void take_slot(struct builder *b, size_t slot, uint32_t parent)
{
    b->next[b->prev[slot]] = b->next[slot];
    b->prev[b->next[slot]] = b->prev[slot];
    b->out->states[slot].check = parent;
    if (slot >= b->out->n_states)
        b->out->n_states = slot + 1;
}

static bool family_fits(const struct builder *b, size_t slot, const uint32_t *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b->out->states[slot + codes[i] - codes[0]].check != NONE)
            return false;
    return true;
}

/* The first of at most `tries` free slots from `slot` on where all children fit, or 0. */
static size_t try_slots(struct builder *b, size_t slot, size_t tries, const uint32_t *codes,
                        size_t n)
{
    for (; slot != 0 && tries > 0; slot = b->next[slot], tries--) {
        if (!grow_slots(b, slot + codes[n - 1] - codes[0] + 1))
            return 0;
        if (family_fits(b, slot, codes, n))
            return slot;
    }
    return 0;
}

/* A base where all n children (codes rising) find free slots; makes room up to the last one. */
static bool find_base(struct builder *b, const uint32_t *codes, size_t n, int32_t *ret_base)
{
    size_t slot = try_slots(b, b->next[0], TRIES_LOW, codes, n);

    if (slot == 0) {
        while (b->wide < b->cap && b->out->states[b->wide].check != NONE)
            b->wide++;
        slot = try_slots(b, b->wide < b->cap ? b->wide : 0, TRIES_WIDE, codes, n);
        if (slot == 0) /* all is free behind the last that is taken */
            slot = b->out->n_states;
        if (slot > b->wide + TRIES_WIDE / 2)
            b->wide = slot - TRIES_WIDE / 2;
    }
    if (!grow_slots(b, slot + codes[n - 1] - codes[0] + 1))
        return false;
    *ret_base = (int32_t)slot - (int32_t)codes[0];
    return true;
}

static inline uint32_t step(const struct zd_words *w, uint32_t state, uint32_t code)
{
    const int64_t slot = (int64_t)w->states[state].base + code;

    return slot > 0 && (uint64_t)slot < w->n_states && w->states[slot].check == state
               ? (uint32_t)slot
               : NONE;
}

static bool push(struct builder *b, uint32_t state, size_t first, size_t last, uint32_t depth)
{
    if (!zd_grow(&b->queue, &b->cap_queue, b->n_queue + 1, sizeof *b->queue, INT32_MAX))
        return false;
    b->queue[b->n_queue++] = (struct queued){state, (uint32_t)first, (uint32_t)last, depth};
    return true;
}

static uint32_t fail_of(const struct zd_words *w, uint32_t parent, uint32_t code)
{
    for (uint32_t state = parent; state != 0;) {
        uint32_t to;

        state = w->states[state].fail;
        to = step(w, state, code);
        if (to != NONE)
            return to;
    }
    return 0;
}

static void end_word(struct builder *b, uint32_t state, const struct folded *f)
{
    struct zd_words *w = b->out;
    const struct zd_str text = b->words[f->word].text;
    uint32_t chars[ZD_WORD_MAX_CHARS];
    size_t n = 0;

    if (!fold_word(text, chars, &n) || n == 0)
        return; /* cannot be: it was folded before */
    w->endings[w->n_endings] = (struct ending){
        .word = f->word,
        .tag = b->words[f->word].tag,
        .next = w->states[state].end,
        .n_chars = (uint8_t)n,
        .alnum_left = is_alnum_char(chars[0]),
        .alnum_right = is_alnum_char(chars[n - 1]),
    };
    w->states[state].end = (uint32_t)w->n_endings++;
}

/* Places the children of one state. */
static bool place_children(struct builder *b, const struct queued *q, uint32_t *codes,
                           uint32_t *firsts)
{
    struct zd_words *w = b->out;
    size_t first = q->first, n = 0;
    int32_t base = 0;

    w->states[q->state].end = w->states[w->states[q->state].fail].end; /* shallower: complete */
    while (first < q->last && b->folded[first].n == q->depth)
        end_word(b, q->state, &b->folded[first++]);
    for (size_t i = first; i < q->last; i++)
        if (n == 0 || codes[n - 1] != b->folded[i].c[q->depth]) {
            codes[n] = b->folded[i].c[q->depth];
            firsts[n++] = (uint32_t)i;
        }
    if (n == 0)
        return true;
    if (!find_base(b, codes, n, &base))
        return false;
    w->states[q->state].base = base;
    for (size_t i = 0; i < n; i++) {
        const uint32_t child = (uint32_t)(base + (int32_t)codes[i]);
        const uint32_t fail = fail_of(w, q->state, codes[i]);

        take_slot(b, child, q->state);
        w->states[child].fail = fail;
        if (!push(b, child, firsts[i], i + 1 < n ? firsts[i + 1] : q->last, q->depth + 1))
            return false;
    }
    return true;
}

static enum zd_status build_array(struct builder *b, struct zd_error *err)
{
    struct zd_words *w = b->out;
    uint32_t *codes = zd_arena_array(b->arena, MAX_CODES, sizeof *codes);
    uint32_t *firsts = zd_arena_array(b->arena, MAX_CODES, sizeof *firsts);
    bool good = codes && firsts && grow_slots(b, 1);

    w->endings = zd_alloc((b->n + 1) * sizeof *w->endings);
    good = good && w->endings;
    if (good) {
        w->n_states = 1;
        w->states[0].check = 0;
        good = push(b, 0, 0, b->n, 0);
    }
    for (size_t i = 0; good && i < b->n_queue; i++) {
        const struct queued q = b->queue[i];

        good = place_children(b, &q, codes, firsts);
    }
    w->depths = good ? zd_alloc(w->n_states) : NULL;
    if (!w->depths)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    for (size_t i = 0; i < b->n_queue; i++)
        w->depths[b->queue[i].state] = (uint8_t)b->queue[i].depth;
    return ZD_OK;
}

enum zd_status zd_words_build(const struct zd_word *words, size_t n, struct zd_words **ret_words,
                              struct zd_error *err)
{
    struct builder b = {.words = words};
    enum zd_status st = ZD_OK;

    if (n > ZD_WORDS_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "more than %d words", ZD_WORDS_MAX);
    b.arena = zd_arena_new(SIZE_MAX / 2);
    b.out = zd_alloc(sizeof *b.out);
    if (!b.arena || !b.out)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    if (st == ZD_OK)
        st = fold_words(&b, n, err);
    if (st == ZD_OK)
        st = give_codes(&b, err);
    if (st == ZD_OK) {
        sort_words(&b);
        st = build_array(&b, err);
    }
    zd_free(b.next);
    zd_free(b.prev);
    zd_free(b.queue);
    zd_arena_free(b.arena);
    if (st == ZD_OK)
        *ret_words = b.out;
    else
        zd_words_free(b.out);
    return st;
}

void zd_words_free(struct zd_words *w)
{
    if (!w)
        return;
    zd_free(w->states);
    zd_free(w->depths);
    zd_free(w->endings);
    zd_free(w->above);
    zd_free(w);
}

size_t zd_words_count(const struct zd_words *w)
{
    return w->n_endings;
}

size_t zd_words_bytes(const struct zd_words *w)
{
    return sizeof *w + w->n_states * (sizeof *w->states + 1) + w->n_endings * sizeof *w->endings +
           w->n_above * sizeof *w->above;
}

/* ---- walking ---- */

void zd_word_scan_begin(struct zd_word_scan *scan, const struct zd_words *words, zd_word_fn fn,
                        void *context)
{
    *scan = (struct zd_word_scan){.words = words, .fn = fn, .context = context};
}

/* Reports the words that end with the character taken last: those that end in a letter once what
 * stands behind it is known (`waited`), the others at once. */
static void report_endings(struct zd_word_scan *scan, bool waited)
{
    const struct zd_words *w = scan->words;

    for (uint32_t at = w->states[scan->state].end; at != NONE && !scan->stopped;
         at = w->endings[at].next) {
        const struct ending *e = &w->endings[at];
        const size_t ring = (size_t)(scan->taken - e->n_chars) % ZD_WORD_MAX_CHARS;
        const struct zd_word_hit hit = {e->word, e->tag, scan->starts[ring], scan->taken_end};

        if (e->alnum_left && scan->glued_left[ring])
            continue;
        if (e->alnum_right != waited)
            scan->waiting = true;
        else if (!scan->fn(scan->context, &hit))
            scan->stopped = true;
    }
}

/* Words of letters that wait for what stands on their right: nothing was taken since. */
static inline void settle_waiting(struct zd_word_scan *scan, bool glued)
{
    if (!scan->waiting)
        return;
    if (!glued)
        report_endings(scan, true);
    scan->waiting = false;
}

/* Takes one folded character that stands at [start, end). */
static void take(struct zd_word_scan *scan, uint32_t code, bool alnum, size_t start, size_t end)
{
    const struct zd_words *w = scan->words;
    const size_t ring = (size_t)scan->taken % ZD_WORD_MAX_CHARS;
    uint32_t to;

    scan->starts[ring] = start;
    scan->glued_left[ring] = scan->glued && scan->gap == 0;
    scan->taken++;
    scan->gap = 0;
    scan->glued = alnum;
    if (code == BREAKS) {
        scan->state = 0;
        return;
    }
    while ((to = step(w, scan->state, code)) == NONE && scan->state != 0)
        scan->state = w->states[scan->state].fail;
    scan->state = to == NONE ? 0 : to;
    scan->taken_end = end;
    if (w->states[scan->state].end != NONE)
        report_endings(scan, false);
}

static void look_through(struct zd_word_scan *scan)
{
    scan->glued = false;
    if (++scan->gap > ZD_WORDS_MAX_GAP)
        scan->state = 0;
}

static void take_slowly(struct zd_word_scan *scan, uint32_t c, size_t start, size_t end)
{
    uint32_t folded[ZD_FOLD_CHAR_MAX];
    const size_t n = zd_fold_char(c, folded);

    for (size_t i = 0; i < n; i++) {
        if (is_skipped(folded[i])) {
            settle_waiting(scan, false);
            look_through(scan);
            continue;
        }
        settle_waiting(scan, is_alnum_char(folded[i]));
        take(scan, code_of_folded(scan->words, folded[i]), is_alnum_char(folded[i]), start, end);
    }
}

static inline void take_char(struct zd_word_scan *scan, uint32_t c, size_t start, size_t end)
{
    const struct zd_words *w = scan->words;
    const uint32_t code = c < PLANE ? w->codes[c] : SEVERAL;
    bool alnum;

    if (code == SEVERAL) {
        take_slowly(scan, c, start, end);
        return;
    }
    if (code == VANISHES)
        return;
    if (code == SKIPPED) {
        settle_waiting(scan, false);
        look_through(scan);
        return;
    }
    alnum = w->alnum[c / 8] >> c % 8 & 1;
    settle_waiting(scan, alnum);
    take(scan, code, alnum, start, end);
}

static size_t char_bytes(uint8_t first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

void zd_word_scan_feed(struct zd_word_scan *scan, struct zd_str piece)
{
    size_t at = 0;

    while (scan->n_partial > 0 && scan->n_partial < sizeof scan->partial && at < piece.n) {
        /* the rest of a character */
        scan->partial[scan->n_partial++] = piece.p[at++];
        if (scan->n_partial == char_bytes((uint8_t)scan->partial[0])) {
            const struct zd_str whole = {scan->partial, scan->n_partial};
            size_t end = 0;
            const uint32_t c = zd_utf8_next(whole, &end);

            scan->n_partial = 0;
            take_char(scan, c, scan->at, scan->at + whole.n);
            scan->at += whole.n;
        }
    }
    while (at < piece.n && !scan->stopped) {
        const size_t start = at;

        if (start + char_bytes((uint8_t)piece.p[start]) > piece.n) {
            scan->n_partial = piece.n - start;
            memcpy(scan->partial, piece.p + start, scan->n_partial);
            return;
        }
        {
            const uint32_t c = zd_utf8_next(piece, &at);

            take_char(scan, c, scan->at, scan->at + (at - start));
        }
        scan->at += at - start;
    }
}

void zd_word_scan_end(struct zd_word_scan *scan)
{
    settle_waiting(scan, false);
    scan->state = 0;
}

size_t zd_word_scan_done(const struct zd_word_scan *scan)
{
    const size_t depth = scan->words->depths[scan->state];
    size_t done = scan->at;

    if (depth > 0)
        done = scan->starts[(size_t)(scan->taken - depth) % ZD_WORD_MAX_CHARS];
    return done;
}
