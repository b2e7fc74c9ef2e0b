/* Fuzz target: folding, tokens, sentences, numbers and dates, on the valid beginning of the input.
 *
 * Oracle beyond "no crash": folding twice is folding once and stays valid; every token lies whole
 * inside the folded text, positions rise by one a character or word, characters and pairs are
 * what their terms say; sentences are in order, apart, trimmed and not empty, and every clause
 * lies in one; a number or date ends inside the text. */
#include "text/text.h"

#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
    struct zd_str text;
    uint32_t next_position, last_start;
};

static void require(bool right)
{
    if (!right)
        abort();
}

static bool check_token(void *context, const struct zd_token *t)
{
    struct check *check = context;
    size_t at = t->start;
    uint64_t term = 0;

    require(t->term != 0 && t->start < t->end && t->end <= check->text.n);
    require(t->start >= check->last_start);
    check->last_start = t->start;
    if (t->kind == ZD_TOKEN_WORD) {
        require(t->term >> 63 == 1);
        at = t->end;
    } else {
        while (at < t->end)
            term = term << 21 | zd_utf8_next(check->text, &at);
        require(term == t->term);
    }
    require(at == t->end);
    if (t->kind == ZD_TOKEN_PAIR)
        require(t->position + 1 == check->next_position);
    else
        require(t->position == check->next_position++);
    return true;
}

static void check_spans(struct zd_str s, struct zd_span_list list)
{
    size_t last = 0;

    for (size_t i = 0; i < list.n; i++) {
        struct zd_str part = zd_str_cut(s, list.p[i].start, list.p[i].end);

        require(list.p[i].start >= last && list.p[i].start < list.p[i].end);
        require(list.p[i].end <= s.n && zd_str_trim(part).n == part.n);
        require(zd_utf8_valid_prefix(zd_str_bytes(part)) == part.n);
        last = list.p[i].end;
    }
}

static void check_sentences(struct zd_str s, struct zd_arena *arena)
{
    struct zd_span_list sentences, clauses;
    size_t k = 0;

    require(zd_sentences(s, arena, &sentences, NULL) == ZD_OK);
    require(zd_clauses(s, arena, &clauses, NULL) == ZD_OK);
    check_spans(s, sentences);
    check_spans(s, clauses);
    for (size_t i = 0; i < clauses.n; i++) {
        while (k < sentences.n && sentences.p[k].end < clauses.p[i].end)
            k++;
        require(k < sentences.n && sentences.p[k].start <= clauses.p[i].start);
    }
}

static void check_readers(struct zd_str s)
{
    for (size_t at = 0; at < s.n;) {
        struct zd_str rest = zd_str_cut(s, at, s.n);
        uint64_t value;
        size_t n_bytes = 0;
        int32_t date;
        int precision;

        if (zd_number_read(rest, &value, &n_bytes))
            require(n_bytes > 0 && n_bytes <= rest.n);
        if (zd_date_read(rest, &date, &precision, &n_bytes))
            require(n_bytes > 0 && n_bytes <= rest.n && date >= 10000101 && precision >= 1 &&
                    precision <= 3);
        (void)zd_utf8_next(s, &at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_str text = {(const char *)data, zd_utf8_valid_prefix((struct zd_bytes){data, size})};
    struct zd_arena *arena = zd_arena_new((size_t)1 << 28);
    struct zd_buf twice = {.max = (size_t)1 << 28};
    struct zd_token_list list;
    struct check check = {0};

    if (!arena)
        return 0;
    require(zd_tokens_of(text, arena, &check.text, &list, NULL) == ZD_OK);
    require(zd_utf8_valid_prefix(zd_str_bytes(check.text)) == check.text.n);
    zd_text_fold(check.text, &twice);
    require(zd_str_eq(zd_buf_view(&twice), check.text));
    for (size_t i = 0; i < list.n; i++)
        require(check_token(&check, &list.p[i]));
    check_sentences(text, arena);
    check_readers(text);
    zd_buf_done(&twice);
    zd_arena_free(arena);
    return 0;
}
