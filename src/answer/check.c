/* check.c: the stream of sentences, and the passages as units (check.h). */
#include "answer/check.h"

#include <string.h>

#include "answer/answer_private.h"
#include "answer/check_private.h"
#include "base/buf.h"
#include "base/utf8.h"

#define EVIDENCE_MAX_BYTES ((size_t)64 << 20) /* memory of one check */
#define WORK_MAX_BYTES ((size_t)64 << 20)     /* memory of looking at one sentence */
#define LIST_MAX_SENTENCES 60

struct passage {
    struct zd_str title, clause, text; /* folded */
    struct zd_check__unit *units;      /* [n] */
    size_t n;
};

struct zd_check {
    struct zd_arena *arena; /* passages */
    struct zd_arena *work;  /* one sentence */
    struct passage *passages;
    size_t n;
    zd_checked_fn fn;
    void *context;
    struct zd_buf held; /* text of which no sentence has been handed out */
    size_t looked;      /* bytes of it that end none */
    int depth;          /* 《 without its 》 up to there */
    bool overlong;      /* the sentence is longer than the cap, its beginning was handed out */
};

const char *zd_unsupported_word(enum zd_unsupported why)
{
    static const char *const words[ZD_UNSUPPORTED_REASONS] = {"",      "words",  "merged",
                                                              "sense", "source", "empty"};

    return words[why];
}

/* ---- evidence ---- */

static struct zd_str fold(struct zd_str s, struct zd_arena *arena)
{
    struct zd_buf out = {.max = SIZE_MAX / 2};
    struct zd_str folded = {0};

    zd_text_fold(s, &out);
    if (!out.bad)
        folded = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return folded;
}

static bool ends_with_colon(struct zd_str s)
{
    return zd_str_ends(s, ZD_STR(":")) || zd_str_find(s, ZD_STR(":("), 0) != SIZE_MAX;
}

/* The end of the list that the sentence leads in: the sentences that follow while the one before
 * goes on (：；) or the next begins with a mark. */
static size_t list_end(struct zd_str text, const struct zd_span_list *spans, size_t lead)
{
    size_t end = lead + 1;

    while (end < spans->n && end - lead < LIST_MAX_SENTENCES) {
        const struct zd_str before =
            zd_str_cut(text, spans->p[end - 1].start, spans->p[end - 1].end);
        const struct zd_str next = zd_str_cut(text, spans->p[end].start, spans->p[end].end);

        if (!(zd_str_ends(before, ZD_STR(":")) || zd_str_ends(before, ZD_STR(";")) ||
              zd_answer__begins_with_mark(next)))
            break;
        end++;
    }
    return end;
}

static enum zd_status add_unit(struct zd_check *check, struct passage *p, struct zd_str text,
                               struct zd_error *err)
{
    return zd_check__read(text, check->arena, &p->units[p->n++], err);
}

static enum zd_status prepare(struct zd_check *check, const struct zd_evidence *evidence,
                              struct passage *p, struct zd_error *err)
{
    struct zd_span_list spans = {0};
    enum zd_status st;

    p->text = fold(evidence->text, check->arena);
    p->title = fold(evidence->title, check->arena);
    p->clause = fold(evidence->clause, check->arena);
    if (!p->text.p || !p->title.p || !p->clause.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    st = zd_sentences(p->text, check->arena, &spans, err);
    if (st != ZD_OK)
        return st;
    p->units = zd_arena_array(check->arena, spans.n * 2 + 1, sizeof *p->units);
    if (!p->units)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    for (size_t i = 0; st == ZD_OK && i < spans.n; i++) {
        const struct zd_str sentence = zd_str_cut(p->text, spans.p[i].start, spans.p[i].end);

        st = add_unit(check, p, sentence, err);
        if (st == ZD_OK && ends_with_colon(sentence) && list_end(p->text, &spans, i) > i + 1)
            st = add_unit(check, p,
                          zd_str_cut(p->text, spans.p[i].start,
                                     spans.p[list_end(p->text, &spans, i) - 1].end),
                          err);
    }
    return st;
}

enum zd_status zd_check_new(const struct zd_evidence *evidence, size_t n, zd_checked_fn fn,
                            void *context, struct zd_check **ret_check, struct zd_error *err)
{
    struct zd_check *check = zd_alloc(sizeof *check);
    enum zd_status st = ZD_OK;

    if (!check)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    n = n < ZD_CHECK_MAX_EVIDENCE ? n : ZD_CHECK_MAX_EVIDENCE;
    check->arena = zd_arena_new(EVIDENCE_MAX_BYTES);
    check->work = zd_arena_new(WORK_MAX_BYTES);
    check->fn = fn;
    check->context = context;
    check->held.max = ZD_CHECK_SENTENCE_MAX_BYTES * 4;
    if (check->arena)
        check->passages = zd_arena_array(check->arena, n ? n : 1, sizeof *check->passages);
    if (!check->passages || !check->work)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
    for (; st == ZD_OK && check->n < n; check->n++)
        st = prepare(check, &evidence[check->n], &check->passages[check->n], err);
    if (st != ZD_OK) {
        zd_check_free(check);
        return st;
    }
    *ret_check = check;
    return ZD_OK;
}

void zd_check_free(struct zd_check *check)
{
    if (!check)
        return;
    zd_buf_done(&check->held);
    zd_arena_free(check->work);
    zd_arena_free(check->arena);
    zd_free(check);
}

/* ---- one sentence ---- */

/* Looks through the units; the closest miss gives the reason. */
static enum zd_status judge(struct zd_check *check, const struct zd_check__unit *sentence,
                            const struct zd_check__source *source, struct zd_checked *out,
                            struct zd_error *err)
{
    const uint64_t all =
        sentence->n_clauses < 64 ? ((uint64_t)1 << sentence->n_clauses) - 1 : UINT64_MAX;
    uint64_t anywhere = 0;

    out->why = ZD_UNSUPPORTED_WORDS;
    for (size_t i = 0; i < check->n; i++) {
        const struct passage *p = &check->passages[i];
        const bool is_source = zd_check__is_source(source, p->title, p->clause, p->text);

        for (size_t k = 0; k < p->n; k++) {
            enum zd_unsupported why = ZD_UNSUPPORTED_WORDS;
            uint64_t clauses = 0;
            enum zd_status st =
                zd_check__align(sentence, &p->units[k], check->work, &why, &clauses, err);

            if (st != ZD_OK)
                return st;
            anywhere |= clauses;
            if (why == ZD_SUPPORTED && is_source) {
                out->why = ZD_SUPPORTED;
                out->evidence = (uint32_t)i;
                return ZD_OK;
            }
            if (why == ZD_SUPPORTED)
                out->why = ZD_UNSUPPORTED_SOURCE;
            else if (why != ZD_UNSUPPORTED_WORDS && out->why == ZD_UNSUPPORTED_WORDS)
                out->why = why;
        }
    }
    if (out->why == ZD_UNSUPPORTED_WORDS && sentence->n_clauses > 1 && anywhere == all)
        out->why = ZD_UNSUPPORTED_MERGED;
    return ZD_OK;
}

enum zd_status zd_check_sentence(struct zd_check *check, struct zd_str text,
                                 struct zd_checked *ret_checked, struct zd_error *err)
{
    struct zd_checked out = {.text = text, .why = ZD_UNSUPPORTED_WORDS};
    struct zd_check__source source;
    struct zd_check__unit sentence;
    struct zd_str folded;
    enum zd_status st = ZD_OK;

    zd_arena_reset(check->work);
    if (text.n <= ZD_CHECK_SENTENCE_MAX_BYTES &&
        zd_utf8_valid_prefix(zd_str_bytes(text)) == text.n) {
        folded = fold(text, check->work);
        if (!folded.p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the sentence check");
        source = zd_check__take_source(&folded);
        st = zd_check__read(folded, check->work, &sentence, err);
        if (st == ZD_OK && sentence.n == 0)
            out.why = ZD_UNSUPPORTED_EMPTY;
        else if (st == ZD_OK && sentence.n + 8 < ZD_CHECK__MAX_TOKENS)
            st = judge(check, &sentence, &source, &out, err);
    }
    if (st == ZD_OK)
        *ret_checked = out;
    return st;
}

/* ---- the stream ---- */

static bool ends_sentence(uint32_t c)
{
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1B || c == '!' || c == '?' ||
           c == ';' || c == '\n';
}

static bool closes(uint32_t c)
{
    return c == 0x201D || c == 0x2019 || c == 0x300D || c == 0x300F || c == ')' || c == 0xFF09 ||
           c == ']' || c == 0x3011 || c == '"' || c == '*';
}

/* Bytes of the first whole sentence held, 0 where there is none yet. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity): to be cut at the marks it looks for */
static size_t sentence_end(struct zd_check *check, bool final)
{
    const struct zd_str held = zd_buf_view(&check->held);
    size_t at = check->looked;

    while (at < held.n) {
        const size_t from = at;
        const uint8_t first = (uint8_t)held.p[at];
        const size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        uint32_t c;
        bool cited = false;

        if (from + n > held.n && !final)
            break;
        c = zd_utf8_next(held, &at);
        if (c == 0x300A)
            check->depth++;
        else if (c == 0x300B && check->depth > 0)
            check->depth--;
        if (!(ends_sentence(c) && (check->depth == 0 || c == '\n'))) {
            check->looked = at;
            continue;
        }
        if (c == '\n')
            return at;
        while (at < held.n) { /* quotes, brackets and a citation [1] go with the sentence */
            size_t next = at;
            const uint8_t byte = (uint8_t)held.p[at];
            const size_t n_next = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;

            if (at + n_next > held.n && !final)
                return 0;
            c = zd_utf8_next(held, &next);
            if (cited ? !(c >= '0' && c <= '9') && c != ']' && c != 0x3011 && c != '^'
                      : !closes(c) && c != '[' && !ends_sentence(c))
                return at;
            cited = c == '[' || (cited && c != ']' && c != 0x3011);
            at = next;
            if (c == '\n')
                return at;
        }
        if (!final)
            return 0;
        return at;
    }
    return final ? held.n : 0;
}

static enum zd_status hand_out(struct zd_check *check, size_t n, struct zd_error *err)
{
    struct zd_checked checked = {0};
    const struct zd_str text = zd_str_cut(zd_buf_view(&check->held), 0, n);
    enum zd_status st = ZD_OK;

    if (check->overlong)
        checked = (struct zd_checked){.text = text, .why = ZD_UNSUPPORTED_WORDS};
    else
        st = zd_check_sentence(check, text, &checked, err);
    if (st != ZD_OK)
        return st;
    check->fn(check->context, &checked);
    memmove(check->held.p, check->held.p + n, check->held.n - n);
    check->held.n -= n;
    check->looked = 0;
    check->depth = 0;
    return ZD_OK;
}

static enum zd_status hand_out_all(struct zd_check *check, bool final, struct zd_error *err)
{
    enum zd_status st = zd_buf_check(&check->held, "a sentence", err);

    while (st == ZD_OK && check->held.n > 0) {
        const size_t n = sentence_end(check, final);

        if (n > 0) {
            st = hand_out(check, n, err);
            check->overlong = false;
            continue;
        }
        if (check->held.n <= ZD_CHECK_SENTENCE_MAX_BYTES)
            break;
        check->overlong = true; /* and all of it unsupported, up to its end */
        st = hand_out(check, check->looked > 0 ? check->looked : check->held.n, err);
    }
    return st;
}

enum zd_status zd_check_feed(struct zd_check *check, struct zd_str piece, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t at = 0; st == ZD_OK && at < piece.n; at += ZD_CHECK_SENTENCE_MAX_BYTES) {
        zd_buf_str(&check->held, zd_str_cut(piece, at, at + ZD_CHECK_SENTENCE_MAX_BYTES));
        st = hand_out_all(check, false, err);
    }
    return st;
}

enum zd_status zd_check_end(struct zd_check *check, struct zd_error *err)
{
    return hand_out_all(check, true, err);
}
