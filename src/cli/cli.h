/* cli: the command line. main.c dispatches; each subcommand is one file that reads its options,
 * calls one room, and prints.
 *
 * Data goes to standard output, messages to standard error; colours and progress only where a
 * terminal reads them. Exit status: 0 done, 1 failed, 2 misused. Messages are Chinese first,
 * English second.
 */
#ifndef ZD_CLI_H
#define ZD_CLI_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/base.h"

struct zd_store;

enum { ZD_EXIT_DONE = 0, ZD_EXIT_FAILED = 1, ZD_EXIT_MISUSED = 2 };

/* What main owns and every command gets. */
struct zd_cli {
    const char *data;          /* the office folder */
    bool color;                /* standard output is a terminal that shows colours */
    bool progress;             /* standard error is a terminal */
    const atomic_bool *cancel; /* true after Ctrl-C */
};

/* argv[0] is the command's name. Returns the exit status. */
typedef int (*zd_command_fn)(struct zd_cli *cli, int argc, char **argv);

/* The commands in the order in which help lists them: name, function suffix, what it does. */
#define ZD_COMMAND_TABLE(X)                                                                        \
    X("add", add, "加入文件、文件夹或 JSONL", "add files, folders or JSON lines")                  \
    X("remove", remove, "删除文档", "remove documents")                                            \
    X("list", list, "列出文档", "list the documents")                                              \
    X("show", show, "查看一份文档及其效力", "show a document, its versions and validity")          \
    X("jobs", jobs, "待读文件的队列", "the queue of files that wait to be read")                   \
    X("watch", watch, "会变化的来源：文件夹、网页、订阅源",                                        \
      "folders, pages and feeds that change")                                                      \
    X("quarantine", quarantine, "因密级标志隔离的文件", "files set aside for a secrecy mark")      \
    X("stats", stats, "库存数字", "what the office holds, counted")                                \
    X("ask", ask, "提问，得到原文与出处", "ask; get the official words and where they stand")      \
    X("search", search, "检索段落", "find passages")                                               \
    X("clean", clean, "输出一份文件清洗后的正文", "print the cleaned text of one file")            \
    X("parse", parse, "输出一份文件的段落", "print the passages of one file")                      \
    X("lesson", lesson, "使用中认可、更正与未答的问答", "what use teaches: approved, corrected")   \
    X("train", train, "训练语义模型与排序", "fit the semantic model and the ranking")              \
    X("eval", eval, "用题集评测", "score a question set")                                          \
    X("bench", bench, "测速度与内存", "speed and memory of this build on this machine")            \
    X("guard", guard, "数据防护：个人信息、词表、密级",                                            \
      "personal data, word lists, secrecy marks")                                                  \
    X("reindex", reindex, "由数据库重建索引", "rebuild the index from the database")               \
    X("check", check, "检查数据库与索引", "check database and index")                              \
    X("serve", serve, "启动网页与接口服务", "serve the page and the API")                          \
    X("backend", backend, "模型服务：加入、列出、删除", "model services: add, list, remove")       \
    X("model", model, "模型登记", "the register of models")                                        \
    X("desk", desk, "窗口及其所用模型", "desks, and the model that words their answers")           \
    X("key", key, "接口密钥：发放、列出、吊销", "keys of programs: make, list, revoke")            \
    X("quota", quota, "用量限额", "how much a key, department or desk may use")                    \
    X("usage", usage, "用量报表与三年记录", "what was used, and what went where")

#define ZD_COMMAND_PROTOTYPE(name, function, zh, en)                                               \
    int zd_command_##function(struct zd_cli *cli, int argc, char **argv);
ZD_COMMAND_TABLE(ZD_COMMAND_PROTOTYPE)
#undef ZD_COMMAND_PROTOTYPE

/* One option of a command. Flags have no value name. */
struct zd_option {
    const char *name;       /* without the dashes */
    const char *value_name; /* NULL for a flag */
    const char *help;       /* Chinese first, English second */
    const char **value;     /* where the value goes, or … */
    bool *flag;             /* … where true goes */
};

struct zd_usage {
    const char *command, *arguments; /* "ask", "QUESTION" */
    const char *summary;
    const struct zd_option *options; /* [n_options] */
    size_t n_options;
    int min_arguments, max_arguments; /* positional; max < 0: any number */
};

/* A command of several actions ("backend add"): runs the one that argv[1] names. */
struct zd_action {
    const char *name;
    zd_command_fn run; /* its argv[0] is the action's name */
    const char *help;  /* Chinese first, English second */
};
int zd_run_action(struct zd_cli *cli, const char *command, const struct zd_action *actions,
                  size_t n_actions, int argc, char **argv);

/* A command that reads from one of the office's databases and prints, as `… list` does (listing.c). */
struct zd_listing {
    struct zd_cli *cli;
    struct zd_store *store; /* opened for reading; of the office in a consistent view */
    struct zd_arena *arena;
    void *context; /* what the command's options say */
};
enum zd_listing_of {
    ZD_LISTING_OFFICE,  /* zhidian.db */
    ZD_LISTING_GATEWAY, /* gateway.db; where it is not there yet there is nothing to list */
    ZD_LISTING_SOURCES, /* watch.db; the same */
    ZD_LISTING_NOTHING, /* `list` opens what it needs */
};
typedef enum zd_status (*zd_listing_fn)(struct zd_listing *listing, struct zd_error *err);
/* Reads the options, opens, runs `list`, closes; the exit status of the command. */
int zd_run_listing(struct zd_cli *cli, const struct zd_usage *usage, enum zd_listing_of of,
                   zd_listing_fn list, void *context, int argc, char **argv);

/* Reads options up to the end of argv and leaves the positional arguments in argv[*ret_first …].
 * On false the command ends with *ret_exit: help was printed, or the misuse was. */
bool zd_options_read(const struct zd_usage *usage, int argc, char **argv, int *ret_first,
                     int *ret_exit);

/* Prints "错误 / error: what" and gives ZD_EXIT_FAILED. */
int zd_print_error(const struct zd_error *err);
/* Prints a misuse with a pointer to --help and gives ZD_EXIT_MISUSED. */
ZD_PRINTF(2, 3)
int zd_print_misuse(const char *command, const char *fmt, ...);

/* A whole number in [min, max], or a misuse of `option`. */
bool zd_read_number(const char *command, const char *option, const char *text, long min, long max,
                    long *ret_value);
/* Yuan as a person writes them ("2", "0.5"), at most 6 digits behind the point, into millionths;
 * or a misuse of `option`. */
bool zd_read_yuan(const char *command, const char *option, const char *text,
                  uint64_t *ret_millionths);
/* A day "YYYY-MM-DD" into yyyymmdd, or a misuse. NULL text gives 0. */
bool zd_read_date(const char *command, const char *option, const char *text, int32_t *ret_date);

/* Who runs the program, for records: "name (uid 1000)"; returns out. */
#define ZD_USER_NAME_BYTES 64
const char *zd_user_name(char out[ZD_USER_NAME_BYTES]);

/* ANSI codes where colours are shown, "" elsewhere. */
const char *zd_bold(const struct zd_cli *cli);
const char *zd_dim(const struct zd_cli *cli);
const char *zd_green(const struct zd_cli *cli);
const char *zd_yellow(const struct zd_cli *cli);
const char *zd_red(const struct zd_cli *cli);
const char *zd_plain(const struct zd_cli *cli);

/* A view for %.*s: ZD_ARG(s) gives length and pointer. */
#define ZD_ARG(s) (int)((s).n < INT32_MAX ? (s).n : INT32_MAX), (s).p

/* Prints text of documents: control characters that could steer a terminal become spaces. */
void zd_print_text(FILE *to, struct zd_str text);

/* A progress line on standard error: redrawn at most ten times a second, nothing where no
 * terminal reads it. */
struct zd_progress {
    bool on;
    const char *label;
    uint64_t total, begun_us, drawn_us;
};
struct zd_progress zd_progress_begin(const struct zd_cli *cli, const char *label, uint64_t total);
void zd_progress_step(struct zd_progress *progress, uint64_t done);
void zd_progress_end(struct zd_progress *progress);

#endif
