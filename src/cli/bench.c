/* bench.c: zhidian bench: speed and memory of this build on this machine with the office's own
 * texts (desk/bench.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/question_run.h"
#include "desk/bench.h"

#define FOLDER_BYTES 1024

static void on_stage(void *context, unsigned stage, unsigned n_stages)
{
    struct zd_progress *progress = context;

    progress->total = n_stages;
    zd_progress_step(progress, stage);
}

static void print_figures(const struct zd_bench_figures *f)
{
    printf("内存读取 memory   %.1f GB/s 单线程顺序读 / one thread, reading forwards\n",
           f->read_gb_s);
    printf("索引 index        %" PRIu64 " 段落 passages, %" PRIu64 " postings, %.1f MB, %" PRIu64
           " 段 segments\n",
           f->n_passages, f->n_postings, (double)f->n_index_bytes / 1e6, f->n_segments);
    printf("解码 decode       %.0f 百万 million postings/s, %.2f GB/s, 读取带宽的 %.0f %% of "
           "reading\n",
           f->postings_m_s, f->decode_gb_s, 100 * f->decode_of_read);
    puts("提问 questions    词 tokens   次 n   异词 terms   索引 index, top 100      检索 search, "
         "top "
         "10\n"
         "                                                  中位 median   p99 ms   中位 median   "
         "p99 "
         "ms");
    for (size_t i = 0; i < ZD_BENCH_LENGTHS; i++) {
        const struct zd_bench_latency *l = &f->latency[i];

        printf("                  %5" PRIu32 "–%-5" PRIu32 " %5" PRIu32
               " %12.1f %13.3f %9.3f %13.3f %9.3f\n",
               l->n_min, l->n_max, l->n_questions, l->n_terms, l->index.median, l->index.p99,
               l->search.median, l->search.p99);
    }
    if (f->vectors.n_questions > 0)
        printf("向量 vectors      %" PRIu64 " × %" PRIu32
               " B: 全部 exact %.2f ms, %.1f GB/s, 读取带宽"
               "的 %.0f %% of reading; 先比符号 signs first %.2f ms, %.1f × 快 faster, 召回 recall "
               "%.4f\n",
               f->vectors.n_vectors, f->vectors.n_dims, f->vectors.exact_ms, f->vectors.exact_gb_s,
               100 * f->vectors.exact_of_read, f->vectors.signs_ms,
               f->vectors.signs_ms > 0 ? f->vectors.exact_ms / f->vectors.signs_ms : 0,
               f->vectors.recall);
    if (f->vectors.n_questions > 0)
        printf("编码 encode       %.1f µs 一问 a question; %.1f 百万词 million tokens/s\n",
               f->vectors.encode_us, f->vectors.tokens_m_s);
    printf("建索引 build      %" PRIu64
           " 段落 passages: %.0f/s, %.1f MB/s 正文 of text; 归一与分词 fold and tokens %.0f %%\n",
           f->n_built, f->built_passages_s, f->built_mb_s, 100 * f->terms_share);
    printf("内存峰值 peak     %.0f MB\n", f->peak_mb);
}

static json_t *latency_json(const struct zd_bench_latency *l)
{
    return json_pack("{s:I,s:I,s:I,s:f,s:{s:f,s:f},s:{s:f,s:f}}", "min_tokens",
                     (json_int_t)l->n_min, "max_tokens", (json_int_t)l->n_max, "questions",
                     (json_int_t)l->n_questions, "terms", l->n_terms, "index", "median_ms",
                     l->index.median, "p99_ms", l->index.p99, "search", "median_ms",
                     l->search.median, "p99_ms", l->search.p99);
}

static json_t *vectors_json(const struct zd_bench_vectors *v)
{
    return json_pack(
        "{s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "vectors", (json_int_t)v->n_vectors, "dims",
        (json_int_t)v->n_dims, "questions", (json_int_t)v->n_questions, "encode_us", v->encode_us,
        "million_tokens_s", v->tokens_m_s, "exact_ms", v->exact_ms, "exact_gb_s", v->exact_gb_s,
        "exact_of_read", v->exact_of_read, "signs_ms", v->signs_ms, "recall", v->recall);
}

static enum zd_status print_figures_json(const struct zd_bench_figures *f, struct zd_error *err)
{
    json_t *rows = json_array(), *o;
    bool good = rows != NULL;

    for (size_t i = 0; i < ZD_BENCH_LENGTHS && good; i++)
        good = json_array_append_new(rows, latency_json(&f->latency[i])) == 0;
    o = json_pack("{s:f,s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:o?,s:o?,s:I,s:f,s:f,s:f,s:f}", "read_gb_s",
                  f->read_gb_s, "passages", (json_int_t)f->n_passages, "postings",
                  (json_int_t)f->n_postings, "index_bytes", (json_int_t)f->n_index_bytes,
                  "segments", (json_int_t)f->n_segments, "decoded_million_postings_s",
                  f->postings_m_s, "decode_gb_s", f->decode_gb_s, "decode_of_read",
                  f->decode_of_read, "latency", rows, "vectors", vectors_json(&f->vectors), "built",
                  (json_int_t)f->n_built, "built_passages_s", f->built_passages_s, "built_mb_s",
                  f->built_mb_s, "terms_share", f->terms_share, "peak_mb", f->peak_mb);
    if (!good || !o) {
        json_decref(o);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the figures");
    }
    return zd_print_json(o, err);
}

static enum zd_status run_in(const struct zd_cli *cli, struct zd_office *office, char *folder,
                             struct zd_bench_figures *ret_figures, struct zd_error *err)
{
    struct zd_progress progress = zd_progress_begin(cli, "bench", 1);
    const struct zd_bench_options options = {
        .folder = folder, .cancel = cli->cancel, .on_stage = on_stage, .context = &progress};
    enum zd_status st;

    if (!mkdtemp(folder))
        return ZD_FAIL(err, ZD_IO, 0, "%s cannot be made", folder);
    st = zd_bench_run(office, &options, ret_figures, err);
    rmdir(folder);
    zd_progress_end(&progress);
    return st;
}

int zd_command_bench(struct zd_cli *cli, int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    bool json = false;
    const struct zd_option options[] = {{"json", NULL, "输出 JSON / print JSON", NULL, &json}};
    const struct zd_usage usage = {
        .command = "bench",
        .arguments = "",
        .summary =
            "测本机上本程序的速度与内存，用库里的文本；约十秒，不改动数据。\n"
            "Measures this build on this machine with the office's texts; some ten seconds,\n"
            "changes nothing. Folder for the measured index: $TMPDIR, else /tmp.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };
    struct zd_bench_figures figures = {0};
    struct zd_office *office = NULL;
    struct zd_error err = {0};
    char folder[FOLDER_BYTES];
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    (void)snprintf(folder, sizeof folder, "%s/zhidian-bench-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    st = zd_office_open(cli->data, &office, &err);
    if (st == ZD_OK)
        st = run_in(cli, office, folder, &figures, &err);
    if (st == ZD_OK && json)
        st = print_figures_json(&figures, &err);
    else if (st == ZD_OK)
        print_figures(&figures);
    zd_office_close(office);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}
