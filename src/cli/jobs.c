/* jobs.c: zhidian jobs list | cancel | retry: the queue of files that wait to be read (serve reads
 * them, ingest/queue.h). */
#include <inttypes.h>

#include "cli/cli.h"
#include "ingest/queue.h"

#define MAX_LISTED 1000

static enum zd_status list_jobs(struct zd_listing *listing, struct zd_error *err)
{
    uint64_t counts[ZD_JOB_STATE_COUNT] = {0};
    struct zd_job_list list = {0};
    enum zd_status st =
        zd_job_page(listing->store, zd_subject_owner(), MAX_LISTED, listing->arena, &list, err);

    if (st == ZD_OK)
        st = zd_job_counts(listing->store, zd_subject_owner(), counts, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < list.n; i++) {
        const struct zd_job *job = &list.p[i];

        printf("%.*s\t%s\t%" PRId32 "\t", ZD_ARG(job->id), zd_job_state_word(job->state),
               job->priority);
        zd_print_text(stdout, job->name);
        printf("\t%.*s\n", ZD_ARG(job->reason.n > 0 ? job->reason : job->outcome));
    }
    for (int i = 0; i < ZD_JOB_STATE_COUNT; i++)
        fprintf(stderr, "%s %" PRIu64 "%s", zd_job_state_word((enum zd_job_state)i), counts[i],
                i + 1 < ZD_JOB_STATE_COUNT ? ", " : "\n");
    return ZD_OK;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "jobs list",
        .arguments = "",
        .summary = "列出队列，新的在前：编号、状态、优先级、名称、结果或原因。\n"
                   "Lists the queue, newest first: id, state, priority, name, outcome or reason.",
    };

    return zd_run_listing(cli, &usage, ZD_LISTING_OFFICE, list_jobs, NULL, argc, argv);
}

static int command_cancel(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "jobs cancel",
        .arguments = "ID",
        .summary =
            "撤回一个等待中或正在读取的文件。\nTakes back a file that waits or is being read.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_error err = {0};
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    return zd_queue_cancel(cli->data, zd_subject_owner(), zd_str_c(argv[first]), &err) == ZD_OK
               ? ZD_EXIT_DONE
               : zd_print_error(&err);
}

static int command_retry(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "jobs retry",
        .arguments = "ID",
        .summary = "让一个失败的文件重新等待读取。\nLets a file that failed wait again.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_error err = {0};
    int first, exit_status;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    return zd_queue_retry(cli->data, zd_subject_owner(), zd_str_c(argv[first]), &err) == ZD_OK
               ? ZD_EXIT_DONE
               : zd_print_error(&err);
}

int zd_command_jobs(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"list", command_list, "列出 / list"},
        {"cancel", command_cancel, "撤回 / take back"},
        {"retry", command_retry, "重试 / try again"},
    };

    return zd_run_action(cli, "jobs", actions, ZD_COUNT(actions), argc, argv);
}
