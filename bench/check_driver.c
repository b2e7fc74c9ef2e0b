/* check_driver: the sentence check as a filter, for bench/sentences.py and the tests.
 *
 *     check_driver < CASES.jsonl > VERDICTS.jsonl
 *
 * A case is {"evidence": [{"text", "title", "clause"}], "text"}; the text goes through the stream in
 * pieces of 7 bytes. A verdict is {"kept": the text that may be shown, "why": [reason a sentence]}. */
#include <stdio.h>
#include <stdlib.h>

#include "answer/check.h"
#include "base/json.h"

#define PIECE 7
#define LINE_MAX_BYTES ((size_t)8 << 20)

struct verdict {
    struct zd_buf kept;
    json_t *why;
};

static void on_sentence(void *context, const struct zd_checked *sentence)
{
    struct verdict *v = context;

    if (sentence->why == ZD_SUPPORTED)
        zd_buf_str(&v->kept, sentence->text);
    if (sentence->why != ZD_UNSUPPORTED_EMPTY)
        (void)json_array_append_new(v->why, json_string(zd_unsupported_word(sentence->why)));
}

static enum zd_status run_case(const json_t *value, struct zd_error *err)
{
    struct zd_evidence evidence[ZD_CHECK_MAX_EVIDENCE] = {0};
    struct verdict v = {.kept = {.max = LINE_MAX_BYTES}, .why = json_array()};
    const struct zd_str text = zd_json_str(value, "text");
    const json_t *list = json_object_get(value, "evidence"), *one;
    struct zd_buf line = {.max = LINE_MAX_BYTES};
    struct zd_check *check = NULL;
    json_t *out = json_object();
    enum zd_status st;
    size_t i, n = 0;

    json_array_foreach(list, i, one) if (n < ZD_CHECK_MAX_EVIDENCE) evidence[n++] =
        (struct zd_evidence){.text = zd_json_str(one, "text"),
                             .title = zd_json_str(one, "title"),
                             .clause = zd_json_str(one, "clause")};
    st = zd_check_new(evidence, n, on_sentence, &v, &check, err);
    for (size_t at = 0; st == ZD_OK && at < text.n; at += PIECE)
        st = zd_check_feed(check, zd_str_cut(text, at, at + PIECE), err);
    if (st == ZD_OK)
        st = zd_check_end(check, err);
    zd_check_free(check);
    if (st == ZD_OK && !(zd_json_set_str(out, "kept", zd_buf_view(&v.kept)) &&
                         zd_json_set_new(out, "why", json_incref(v.why))))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory");
    if (st == ZD_OK)
        st = zd_json_write(out, &line, err);
    if (st == ZD_OK)
        printf("%.*s\n", (int)line.n, (const char *)line.p);
    json_decref(out);
    json_decref(v.why);
    zd_buf_done(&v.kept);
    zd_buf_done(&line);
    return st;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int exit_status = 0;

    zd_json_init();
    while (exit_status == 0 && (n = getline(&line, &cap, stdin)) > 0) {
        struct zd_error err = {0};
        json_t *value = NULL;
        enum zd_status st = zd_json_parse((struct zd_str){line, (size_t)n}, &value, &err);

        if (st == ZD_OK)
            st = run_case(value, &err);
        json_decref(value);
        if (st != ZD_OK) {
            fprintf(stderr, "check_driver: %s\n", err.what);
            exit_status = 1;
        }
    }
    free(line);
    return exit_status;
}
