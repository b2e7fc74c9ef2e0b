/* generate: makes corpora of any size with the statistics of a real one, and questions for them.
 *
 *     generate passages  --from SOURCE --n N [--seed S] [--whole] > corpus.jsonl
 *     generate questions --from SOURCE [--questions Q.jsonl] --n N [--seed S] [--short] > q.jsonl
 *     generate compare   --from SOURCE A.jsonl [--n N]
 *
 * SOURCE is a folder of texts or a JSON-lines file. A line is one passage, {"id", "title",
 * "headings", "text"}, or with --whole one document of several passages, each headed "第N条".
 * Questions have 20 to 80 tokens; short ones 3 or 5. The text is made as corpus_model.h says:
 * nothing longer than ZD_BENCH_COPY_MAX characters is the source's. Document number d is the same
 * whatever N is, so a corpus of a million begins with that of a thousand. `compare` prints the
 * figures of source and result side by side, and how many runs of the result stand in the source.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/json.h"
#include "base/utf8.h"
#include "corpus_model.h"
#include "corpus_stats.h"
#include "text/text.h"

#define LINE_MAX_BYTES (64 * ZD_MiB)
#define QUESTION_MIN_TOKENS 20
#define QUESTION_MAX_TOKENS 80

struct options {
    const char *what, *from, *questions, *file;
    uint64_t n, seed;
    bool whole, brief;
};

struct output {
    struct zd_buf title, heading, text, line;
    uint64_t n; /* passages or questions so far */
};

static void put_string(struct zd_buf *line, struct zd_str s)
{
    zd_buf_byte(line, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            zd_buf_c(line, "\\n");
        else
            zd_buf_byte(line, (uint8_t)s.p[i]);
    }
    zd_buf_byte(line, '"');
}

static bool put_line(struct output *out, const char *id_letter, uint64_t number,
                     const char *text_key)
{
    struct zd_buf *line = &out->line;

    zd_buf_clear(line);
    zd_buf_printf(line, "{\"id\":\"%s%" PRIu64 "\",", id_letter, number);
    if (out->title.n > 0) {
        zd_buf_c(line, "\"title\":");
        put_string(line, zd_buf_view(&out->title));
        zd_buf_c(line, ",");
    }
    if (out->heading.n > 0) {
        zd_buf_c(line, "\"headings\":[");
        put_string(line, zd_buf_view(&out->heading));
        zd_buf_c(line, "],");
    }
    zd_buf_printf(line, "\"%s\":", text_key);
    put_string(line, zd_buf_view(&out->text));
    zd_buf_c(line, "}\n");
    return !line->bad && fwrite(line->p, 1, line->n, stdout) == line->n;
}

static bool make_document(struct zd_bench_maker *maker, const struct options *o, struct output *out,
                          uint64_t number)
{
    uint32_t n = zd_bench_maker_passages(maker);
    bool good = true;

    zd_buf_clear(&out->title);
    zd_bench_maker_text(maker, ZD_BENCH_TITLE, &out->title);
    zd_buf_clear(&out->heading);
    zd_buf_clear(&out->text);
    for (uint32_t i = 0; i < n && out->n < o->n && good; i++, out->n++) {
        if (!o->whole && i % 12 == 0) {
            zd_buf_clear(&out->heading);
            zd_bench_maker_text(maker, ZD_BENCH_HEADING, &out->heading);
        }
        if (o->whole)
            zd_buf_printf(&out->text, "%s第%u条　", i ? "\n" : "", i + 1);
        else
            zd_buf_clear(&out->text);
        zd_bench_maker_text(maker, ZD_BENCH_TEXT, &out->text);
        if (!o->whole)
            good = put_line(out, "p", out->n, "text");
    }
    return good && (!o->whole || put_line(out, "d", number, "text"));
}

static bool count_token(void *context, const struct zd_token *token)
{
    (void)token;
    ++*(size_t *)context;
    return true;
}

static bool make_question(struct zd_bench_maker *maker, const struct options *o, struct output *out)
{
    size_t n_tokens;

    do {
        zd_buf_clear(&out->text);
        zd_buf_clear(&out->title);
        if (o->brief)
            zd_bench_maker_words(maker, &out->text);
        else
            zd_bench_maker_text(maker, ZD_BENCH_QUESTION, &out->text);
        zd_text_fold(zd_buf_view(&out->text), &out->title);
        n_tokens = 0;
        zd_tokens(zd_buf_view(&out->title), count_token, &n_tokens);
    } while (!o->brief && (n_tokens < QUESTION_MIN_TOKENS || n_tokens > QUESTION_MAX_TOKENS));
    zd_buf_clear(&out->title);
    return put_line(out, "q", out->n++, "query");
}

static enum zd_status make(const struct options *o, struct zd_error *err)
{
    struct output out = {.title.max = LINE_MAX_BYTES,
                         .heading.max = LINE_MAX_BYTES,
                         .text.max = LINE_MAX_BYTES,
                         .line.max = 2 * LINE_MAX_BYTES};
    struct zd_bench_model *model = NULL;
    struct zd_bench_maker maker;
    bool good = true;
    enum zd_status st = zd_bench_model_learn(o->from, o->questions, &model, err);

    for (uint64_t number = 0; st == ZD_OK && good && out.n < o->n; number++) {
        zd_bench_maker_begin(&maker, model, o->seed, number);
        good = strcmp(o->what, "passages") == 0 ? make_document(&maker, o, &out, number)
                                                : make_question(&maker, o, &out);
    }
    if (st == ZD_OK && (!good || fflush(stdout) != 0))
        st = ZD_FAIL(err, ZD_IO, 0, "standard output cannot be written");
    zd_buf_done(&out.title);
    zd_buf_done(&out.heading);
    zd_buf_done(&out.text);
    zd_buf_done(&out.line);
    zd_bench_model_free(model);
    return st;
}

/* Runs of ZD_BENCH_COPY_MAX + 1 characters of the file's texts that stand in the source. */
static enum zd_status count_runs(const struct options *o, uint64_t *ret_found, uint64_t *ret_tried,
                                 struct zd_error *err)
{
    struct zd_bench_model *model = NULL;
    FILE *file = fopen(o->file, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    uint64_t found = 0, tried = 0, lines = 0;
    enum zd_status st = ZD_OK;

    if (!file)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", o->file);
    st = zd_bench_model_learn(o->from, o->questions, &model, err);
    while (st == ZD_OK && lines++ < o->n && (n = getline(&line, &cap, file)) > 0) {
        uint32_t run[ZD_BENCH_COPY_MAX + 1];
        size_t n_run = 0, at = 0;
        json_t *object = NULL;
        struct zd_str text;

        st = zd_json_parse((struct zd_str){line, (size_t)n - 1}, &object, err);
        text = zd_json_str(object, "text");
        for (; at<text.n; tried += n_run> ZD_BENCH_COPY_MAX) {
            if (n_run > ZD_BENCH_COPY_MAX)
                memmove(run, run + 1, --n_run * sizeof *run);
            run[n_run++] = zd_utf8_next(text, &at);
            if (n_run > ZD_BENCH_COPY_MAX && zd_bench_model_has_run(model, run))
                found++;
        }
        json_decref(object);
    }
    if (st == ZD_OK) {
        *ret_found = found;
        *ret_tried = tried;
    }
    fclose(file);
    free(line);
    zd_bench_model_free(model);
    return st;
}

static void print_pair(const char *what, double a, double b)
{
    printf("%-42s %14.4g %14.4g\n", what, a, b);
}

static void print_stats(const struct zd_bench_stats *a, const struct zd_bench_stats *b)
{
    static const char *const ranks[] = {"1", "10", "100", "1,000", "10,000", "100,000"};
    const double na = (double)a->n_passages, nb = (double)b->n_passages;

    printf("%-42s %14s %14s\n", "", "source", "made");
    print_pair("passages", na, nb);
    print_pair("characters a passage, mean", (double)a->n_chars / na, (double)b->n_chars / nb);
    print_pair("  median", a->chars_at[0], b->chars_at[0]);
    print_pair("  90th of a hundred", a->chars_at[1], b->chars_at[1]);
    print_pair("  99th of a hundred", a->chars_at[2], b->chars_at[2]);
    print_pair("tokens a passage", (double)a->n_tokens / na, (double)b->n_tokens / nb);
    print_pair("postings a passage", (double)a->n_postings / na, (double)b->n_postings / nb);
    print_pair("distinct terms", (double)a->n_terms, (double)b->n_terms);
    print_pair("  in the first half", a->terms_at_half, b->terms_at_half);
    for (int i = 0; i < ZD_BENCH_RANKS; i++) {
        char what[64];

        snprintf(what, sizeof what, "share of passages with term of rank %s", ranks[i]);
        print_pair(what, a->share_at[i], b->share_at[i]);
    }
    for (int i = 0; i < 4; i++) {
        char what[64];

        snprintf(what, sizeof what, "share of postings with tf %s%d", i == 3 ? "≥ " : "", i + 1);
        print_pair(what, a->tf_share[i], b->tf_share[i]);
    }
}

static enum zd_status compare(const struct options *o, struct zd_error *err)
{
    struct zd_bench_stats source, made;
    uint64_t found = 0, tried = 0;
    enum zd_status st = zd_bench_stats_of(o->from, o->n, &source, err);

    if (st == ZD_OK)
        st = zd_bench_stats_of(o->file, o->n, &made, err);
    if (st == ZD_OK)
        st = count_runs(o, &found, &tried, err);
    if (st != ZD_OK)
        return st;
    print_stats(&source, &made);
    printf("runs of %d characters that stand in the source: %" PRIu64 " of %" PRIu64 "\n",
           ZD_BENCH_COPY_MAX + 1, found, tried);
    return ZD_OK;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
    if (argc < 2)
        return false;
    ret->what = argv[1];
    for (int i = 2; i < argc; i++) {
        const bool value = i + 1 < argc;

        if (strcmp(argv[i], "--whole") == 0)
            ret->whole = true;
        else if (strcmp(argv[i], "--short") == 0)
            ret->brief = true;
        else if (strcmp(argv[i], "--from") == 0 && value)
            ret->from = argv[++i];
        else if (strcmp(argv[i], "--questions") == 0 && value)
            ret->questions = argv[++i];
        else if (strcmp(argv[i], "--n") == 0 && value)
            ret->n = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && value)
            ret->seed = strtoull(argv[++i], NULL, 10);
        else if (argv[i][0] != '-' && !ret->file)
            ret->file = argv[i];
        else
            return false;
    }
    return ret->from && ret->n > 0 &&
           (strcmp(ret->what, "compare") == 0
                ? ret->file != NULL
                : strcmp(ret->what, "passages") == 0 || strcmp(ret->what, "questions") == 0);
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 1};
    struct zd_error err = {0};

    if (!read_options(argc, argv, &o)) {
        fputs(
            "usage: generate passages|questions|compare --from SOURCE --n N [--seed S] [--whole]\n"
            "       [--questions Q.jsonl] [--short] [FILE]\n",
            stderr);
        return 2;
    }
    zd_json_init();
    if ((strcmp(o.what, "compare") == 0 ? compare(&o, &err) : make(&o, &err)) == ZD_OK)
        return 0;
    fprintf(stderr, "generate: %s\n", err.what);
    return 1;
}
