/* add.c: zhidian add PATH… and zhidian add --jsonl FILE
 *
 * Prints one line a file on standard output ("added", "unchanged", "replaced", or "failed" and
 * "quarantined" with the reason), a summary on standard error, and ends with 1 if any file was not
 * taken. With --quiet only those are printed.
 */
#include <inttypes.h>

#include "base/date.h"
#include "cli/cli.h"
#include "ingest/ingest.h"

struct add_run {
    struct zd_cli *cli;
    struct zd_progress progress;
    uint64_t n_done;
    bool quiet;
};

static const char *outcome_zh(enum zd_ingest_outcome outcome)
{
    switch (outcome) {
    case ZD_INGEST_ADDED:
        return "已加入";
    case ZD_INGEST_UNCHANGED:
        return "无变化";
    case ZD_INGEST_REPLACED:
        return "已替换";
    case ZD_INGEST_QUARANTINED:
        return "已隔离";
    case ZD_INGEST_FAILED:
        break;
    }
    return "失败";
}

static const char *outcome_color(const struct zd_cli *cli, enum zd_ingest_outcome outcome)
{
    if (outcome == ZD_INGEST_FAILED || outcome == ZD_INGEST_QUARANTINED)
        return zd_red(cli);
    return outcome == ZD_INGEST_UNCHANGED ? zd_dim(cli) : zd_green(cli);
}

static void on_report(void *context, const struct zd_ingest_report *report)
{
    struct add_run *run = context;
    struct zd_cli *cli = run->cli;

    run->n_done++;
    if (!run->quiet || report->error) {
        zd_progress_end(&run->progress);
        printf("%s%s %s%s  ", outcome_color(cli, report->outcome), outcome_zh(report->outcome),
               zd_ingest_outcome_word(report->outcome), zd_plain(cli));
        zd_print_text(stdout, report->name);
        if (report->error)
            printf(": %s", report->error->what);
        putchar('\n');
        if (report->warnings.n > 0)
            printf("  %s%.*s%s\n", zd_yellow(cli), ZD_ARG(report->warnings), zd_plain(cli));
    }
    zd_progress_step(&run->progress, run->n_done);
}

/* The texts of the options, until they are read. */
struct add_arguments {
    const char *jsonl, *id, *title, *issuer, *number, *region, *issued, *effective, *expires;
    bool quiet;
};

static bool read_facts(const struct add_arguments *a, struct zd_ingest_facts *facts)
{
    *facts = (struct zd_ingest_facts){
        .id = zd_str_c(a->id),
        .title = zd_str_c(a->title),
        .issuer = zd_str_c(a->issuer),
        .number = zd_str_c(a->number),
        .region = zd_str_c(a->region),
    };
    return zd_read_date("add", "issued", a->issued, &facts->issued) &&
           zd_read_date("add", "effective", a->effective, &facts->effective) &&
           zd_read_date("add", "expires", a->expires, &facts->expires);
}

static uint64_t count_files(int n_paths, char **paths)
{
    uint64_t total = 0, n;

    for (int i = 0; i < n_paths; i++)
        if (zd_ingest_count(paths[i], &n, NULL) == ZD_OK)
            total += n;
    return total;
}

static enum zd_status add_all(struct zd_ingest *ingest, const char *jsonl, int n_paths,
                              char **paths, const struct zd_ingest_facts *facts,
                              struct zd_error *err)
{
    enum zd_status st = jsonl ? zd_ingest_jsonl(ingest, jsonl, err) : ZD_OK;

    for (int i = 0; i < n_paths && st == ZD_OK; i++)
        st = zd_ingest_path(ingest, paths[i], facts, err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, err);
    return st;
}

static void print_counts(const struct zd_ingest_counts *c, double seconds)
{
    fprintf(stderr,
            "加入 %" PRIu64 "，替换 %" PRIu64 "，无变化 %" PRIu64 "，失败 %" PRIu64
            "，段落 %" PRIu64 "，用时 %.2f 秒\n"
            "%" PRIu64 " added, %" PRIu64 " replaced, %" PRIu64 " unchanged, %" PRIu64
            " failed, %" PRIu64 " passages, %.2f s\n",
            c->n_added, c->n_replaced, c->n_unchanged, c->n_failed, c->n_passages, seconds,
            c->n_added, c->n_replaced, c->n_unchanged, c->n_failed, c->n_passages, seconds);
    if (c->n_quarantined)
        fprintf(stderr,
                "因密级标志隔离 %" PRIu64 "，见 zhidian quarantine list\n"
                "%" PRIu64 " quarantined for a secrecy mark: see zhidian quarantine list\n",
                c->n_quarantined, c->n_quarantined);
}

static int run_add(struct zd_cli *cli, const struct add_arguments *a,
                   const struct zd_ingest_facts *facts, int n_paths, char **paths)
{
    struct add_run run = {.cli = cli, .quiet = a->quiet};
    char who[ZD_USER_NAME_BYTES];
    const struct zd_ingest_options options = {.report = on_report,
                                              .report_context = &run,
                                              .cancel = cli->cancel,
                                              .who = zd_user_name(who),
                                              .merges = ZD_INGEST_MERGE_BESIDE};
    struct zd_ingest *ingest = NULL;
    struct zd_ingest_counts counts = {0};
    struct zd_error err = {0};
    enum zd_status st = zd_ingest_open(cli->data, &options, &ingest, &err);

    run.progress = zd_progress_begin(cli, "add", count_files(n_paths, paths));
    if (st == ZD_OK)
        st = add_all(ingest, a->jsonl, n_paths, paths, facts, &err);
    zd_progress_end(&run.progress);
    if (ingest)
        zd_ingest_counts(ingest, &counts);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        return zd_print_error(&err);
    print_counts(&counts, (double)(zd_clock_mono_us() - run.progress.begun_us) / 1e6);
    if (atomic_load(cli->cancel)) {
        fputs("已中断，已提交的都在；再次运行会继续 / interrupted; what is committed stays, run it "
              "again to go on\n",
              stderr);
        return ZD_EXIT_FAILED;
    }
    return counts.n_failed || counts.n_quarantined ? ZD_EXIT_FAILED : ZD_EXIT_DONE;
}

int zd_command_add(struct zd_cli *cli, int argc, char **argv)
{
    struct add_arguments a = {0};
    const struct zd_option options[] = {
        {"jsonl", "FILE", "每行一份文档的 JSON 文件 / one document a line", &a.jsonl, NULL},
        {"id", "ID", "文档编号（单个文件）/ id of the document (one file)", &a.id, NULL},
        {"title", "TEXT", "标题 / title", &a.title, NULL},
        {"issuer", "TEXT", "发文机关 / issuer", &a.issuer, NULL},
        {"number", "TEXT", "文号 / number", &a.number, NULL},
        {"region", "TEXT", "适用地区 / region", &a.region, NULL},
        {"issued", "DATE", "发布日期 / day of issue", &a.issued, NULL},
        {"effective", "DATE", "施行日期 / first day in force", &a.effective, NULL},
        {"expires", "DATE", "失效日期（最后一天）/ last day in force", &a.expires, NULL},
        {"quiet", NULL, "只显示失败 / print failures only", NULL, &a.quiet},
    };
    const struct zd_usage usage = {
        .command = "add",
        .arguments = "PATH… | --jsonl FILE",
        .summary = "加入文件或文件夹。选项所说优先于文中所写。\n"
                   "Adds files or folders. What options say wins over what the text says.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .max_arguments = -1,
    };
    struct zd_ingest_facts facts;
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (first == argc && !a.jsonl)
        return zd_print_misuse("add", "缺少文件 / no file given");
    if (!read_facts(&a, &facts))
        return ZD_EXIT_MISUSED;
    if (a.id && argc - first != 1)
        return zd_print_misuse("add", "--id 只能用于一个文件 / --id goes with one file");
    return run_add(cli, &a, &facts, argc - first, argv + first);
}
