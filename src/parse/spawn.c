/* spawn.c: the server's side of a worker, see spawn.h.
 *
 * One document: make two memory files, fill and seal the first, send both to the mother, wait for
 * her word on how it ended, read the second. By then the worker is dead and nobody else holds the
 * answer, so it cannot change while it is read.
 */
#include "parse/spawn_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"

#define PROGRAM "zhidian-parse"
#define LOOK_MS 200
#define SLACK_MS 1000 /* for the mother's own word, behind the worker's time */

/* ---- the mother's life ---- */

static enum zd_status find_program(const char *given, char out[PATH_MAX], struct zd_error *err)
{
    const char *from = given ? given : secure_getenv("ZHIDIAN_PARSE");
    ssize_t n = 0;
    char *slash;

    if (from) {
        if (strlen(from) >= PATH_MAX)
            return ZD_FAIL(err, ZD_INVALID, 0, "the path of " PROGRAM " is too long");
        memcpy(out, from, strlen(from) + 1);
        return ZD_OK;
    }
    n = readlink("/proc/self/exe", out, PATH_MAX - sizeof PROGRAM);
    out[n > 0 ? n : 0] = '\0';
    slash = strrchr(out, '/');
    if (!slash)
        return ZD_FAIL(err, ZD_IO, 0, "cannot tell where this program lies: %s", strerror(errno));
    memcpy(slash + 1, PROGRAM, sizeof PROGRAM);
    return ZD_OK;
}

enum zd_status zd_parser_open(const struct zd_parser_options *options,
                              struct zd_parser **ret_parser, struct zd_error *err)
{
    struct zd_parser *parser = zd_alloc(sizeof *parser);
    enum zd_status st;

    if (!parser)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a parser");
    parser->wire = -1;
    if (options)
        parser->options = *options;
    if (!parser->options.cpu_seconds)
        parser->options.cpu_seconds = ZD_WORKER_MAX_CPU_SECONDS;
    if (!parser->options.wall_ms)
        parser->options.wall_ms = ZD_WORKER_MAX_WALL_SECONDS * 1000;
    if (!parser->options.memory_bytes)
        parser->options.memory_bytes = ZD_WORKER_MAX_MEMORY_BYTES;
    if (!parser->options.answer_bytes)
        parser->options.answer_bytes = ZD_FRAME_MAX_BYTES;
    parser->lines.bytes.max = ZD_JSONL_LINE_MAX_BYTES + ZD_PARSER_LINES_BYTES;
    st = find_program(parser->options.program, parser->program, err);
    if (st != ZD_OK) {
        zd_free(parser);
        return st;
    }
    *ret_parser = parser;
    return ZD_OK;
}

static void end_mother(struct zd_parser *parser)
{
    if (parser->wire < 0)
        return;
    (void)close(parser->wire); /* she ends her worker and herself */
    parser->wire = -1;
    (void)kill(parser->mother, SIGKILL);
    while (waitpid(parser->mother, NULL, 0) < 0 && errno == EINTR)
        ;
}

void zd_parse__drop_answer(struct zd_parser *parser)
{
    void *mapped;

    memcpy(&mapped, &parser->answer.p, sizeof mapped); /* ours: views are of const bytes */
    if (parser->answer.n > 0)
        (void)munmap(mapped, parser->answer.n);
    parser->answer = (struct zd_bytes){0};
    parser->at = 0;
}

void zd_parser_close(struct zd_parser *parser)
{
    if (!parser)
        return;
    end_mother(parser);
    zd_parse__drop_answer(parser);
    zd_buf_done(&parser->lines.bytes);
    zd_free(parser);
}

/* Her environment: nothing of ours but what sanitizers are told. */
static void clean_environment(char *out[8])
{
    extern char **environ;
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t n = 0;

    out[n++] = locale;
    for (char **e = environ; *e && n < 7; e++)
        if (strncmp(*e, "ASAN_OPTIONS=", 13) == 0 || strncmp(*e, "UBSAN_OPTIONS=", 14) == 0 ||
            strncmp(*e, "LSAN_OPTIONS=", 13) == 0)
            out[n++] = *e;
    out[n] = NULL;
}

static int spawn(struct zd_parser *parser, int wire)
{
    char *argv[] = {parser->program, NULL}, *environment[8];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, standard;
    int failed;

    clean_environment(environment);
    (void)sigemptyset(&none);
    (void)sigemptyset(&standard);
    (void)sigaddset(&standard, SIGTERM);
    (void)sigaddset(&standard, SIGPIPE);
    failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    /* a session of her own: Ctrl-C is the server's to handle, which then closes the wire */
    failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                       POSIX_SPAWN_SETSIGDEF);
    failed = failed ? failed : posix_spawnattr_setsigmask(&attributes, &none);
    failed = failed ? failed : posix_spawnattr_setsigdefault(&attributes, &standard);
    failed = failed
                 ? failed
                 : posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    failed =
        failed ? failed : posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, wire, ZD_PARSE__WIRE_FD);
    failed =
        failed ? failed : posix_spawn_file_actions_addclosefrom_np(&actions, ZD_PARSE__WIRE_FD + 1);
    failed = failed ? failed
                    : posix_spawn(&parser->mother, parser->program, &actions, &attributes, argv,
                                  environment);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum zd_status need_mother(struct zd_parser *parser, struct zd_error *err)
{
    int pair[2], high, failed;

    if (parser->wire >= 0)
        return ZD_OK;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot make a socket: %s", strerror(errno));
    /* dup2 onto itself would keep the close-on-exec flag */
    high = fcntl(pair[1], F_DUPFD_CLOEXEC, ZD_PARSE__WIRE_FD + 1);
    (void)close(pair[1]);
    failed = high < 0 ? errno : spawn(parser, high);
    if (high >= 0)
        (void)close(high);
    if (failed) {
        (void)close(pair[0]);
        return ZD_FAIL(err, ZD_IO, 0,
                       "cannot start the reader of documents %s: %s (it belongs beside zhidian; "
                       "$ZHIDIAN_PARSE names another place)",
                       parser->program, strerror(failed));
    }
    parser->wire = pair[0];
    return ZD_OK;
}

/* ---- one worker ---- */

static enum zd_status memory_file(const char *name, int *ret_fd, struct zd_error *err)
{
    *ret_fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*ret_fd < 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot make a memory file: %s", strerror(errno));
    return ZD_OK;
}

enum zd_status zd_parse__input_file(struct zd_bytes raw, int *ret_fd, struct zd_error *err)
{
    enum zd_status st = memory_file("document", ret_fd, err);
    size_t done = 0;

    while (st == ZD_OK && done < raw.n) {
        ssize_t n = write(*ret_fd, raw.p + done, raw.n - done);

        if (n < 0 && errno != EINTR)
            st = ZD_FAIL(err, errno == ENOMEM || errno == ENOSPC ? ZD_NOMEM : ZD_IO, 0,
                         "cannot fill a memory file: %s", strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    if (st == ZD_OK &&
        fcntl(*ret_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "cannot seal a memory file: %s", strerror(errno));
    return st;
}

static bool send_request(struct zd_parser *parser, struct zd_parse__request *request,
                         const int fds[2])
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec part = {request, sizeof *request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    ssize_t n;

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(head), fds, 2 * sizeof(int));
    do
        n = sendmsg(parser->wire, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *request;
}

static bool is_cancelled(const struct zd_parser *parser)
{
    return parser->options.cancel && atomic_load(parser->options.cancel);
}

/* Whether to go on waiting for a worker. */
static bool goes_on(struct zd_parser *parser)
{
    if (!is_cancelled(parser) && parser->options.beat &&
        !parser->options.beat(parser->options.beat_context))
        parser->given_up = true;
    return !is_cancelled(parser) && !parser->given_up;
}

/* Her word on how the worker ended; false where she is gone, says nothing in time, or it was
 * cancelled. */
static bool await_reply(struct zd_parser *parser, struct zd_parse__reply *reply)
{
    struct pollfd one = {.fd = parser->wire, .events = POLLIN};
    uint64_t until_us = zd_clock_mono_us() + ((uint64_t)parser->options.wall_ms + SLACK_MS) * 1000;
    const bool looks = parser->options.cancel || parser->options.beat;
    ssize_t n;

    parser->given_up = false;
    do /* a signal, or time to look whether it was cancelled */
        n = poll(&one, 1, looks ? LOOK_MS : (int)parser->options.wall_ms + SLACK_MS);
    while (n <= 0 && goes_on(parser) && zd_clock_mono_us() < until_us);
    if (n != 1)
        return false;
    n = recv(parser->wire, reply, sizeof *reply, 0);
    return n == (ssize_t)sizeof *reply && reply->magic == ZD_PARSE__WIRE_MAGIC;
}

static void explain_signal(const struct zd_parser *parser, int number, struct zd_error *why)
{
    switch (number) {
    case SIGXCPU:
    case SIGKILL: /* the limit's second step */
        zd_error_set(why, ZD_LIMIT, 0,
                     "reading it took more than %u s of processor time; it was stopped",
                     parser->options.cpu_seconds);
        break;
    case SIGXFSZ:
        zd_error_set(why, ZD_LIMIT, 0, "what was read needs more than %zu MB; it was stopped",
                     parser->options.answer_bytes / ZD_MiB);
        break;
    case SIGSYS:
        zd_error_set(why, ZD_INVALID, 0,
                     "its reader tried what no reader may (a system call) and was stopped; "
                     "the file may be hostile");
        break;
    default:
        zd_error_set(why, ZD_INVALID, 0, "its reader crashed (%s); the file may be damaged",
                     strsignal(number));
    }
}

/* How it ended, as the sentence for a document that has no frame. Errors: ZD_IO the machine's. */
static enum zd_status explain(const struct zd_parser *parser, const struct zd_parse__reply *reply,
                              struct zd_error *why, struct zd_error *err)
{
    switch ((enum zd_parse__end)reply->end) {
    case ZD_PARSE__END_NOT_BEGUN:
        return ZD_FAIL(err, ZD_IO, 0, "cannot start a reader: %s", strerror(reply->code));
    case ZD_PARSE__END_TIME:
        zd_error_set(why, ZD_LIMIT, 0, "reading it took longer than %u s; it was stopped",
                     (parser->options.wall_ms + 999) / 1000);
        return ZD_OK;
    case ZD_PARSE__END_SIGNAL:
        explain_signal(parser, reply->code, why);
        return ZD_OK;
    case ZD_PARSE__END_EXIT:
        break;
    }
    if (reply->code == ZD_PARSE__EXIT_NOT_LOCKED)
        return ZD_FAIL(err, ZD_IO, 0, "a reader could not lock itself down, so nothing was read");
    zd_error_set(why, ZD_INVALID, 0, "its reader gave no whole answer; the file may be damaged");
    return ZD_OK;
}

static enum zd_status map_answer(struct zd_parser *parser, int fd, struct zd_error *err)
{
    struct stat info;
    void *map;

    zd_parse__drop_answer(parser);
    if (fstat(fd, &info) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot read a memory file: %s", strerror(errno));
    if (info.st_size <= 0 || (uint64_t)info.st_size > parser->options.answer_bytes)
        return ZD_OK; /* none */
    map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for an answer of %lld bytes",
                       (long long)info.st_size);
    parser->answer = (struct zd_bytes){map, (size_t)info.st_size};
    return ZD_OK;
}

enum zd_status zd_parse__run_on(struct zd_parser *parser, enum zd_parse__task task, uint32_t number,
                                uint32_t n_scanned, int input, size_t n_bytes, struct zd_str name,
                                struct zd_error *err)
{
    uint32_t n_shares = n_scanned > 0 ? n_scanned : 1;
    struct zd_parse__request request = {.magic = ZD_PARSE__WIRE_MAGIC,
                                        .task = task,
                                        .number = number,
                                        .recognise = n_scanned > 0,
                                        .cpu_seconds = parser->options.cpu_seconds * n_shares,
                                        .wall_ms = parser->options.wall_ms * n_shares,
                                        .memory_bytes = parser->options.memory_bytes,
                                        .answer_bytes = parser->options.answer_bytes,
                                        .n_bytes = n_bytes};
    struct zd_parse__reply reply = {0};
    int fds[2] = {input, -1};
    enum zd_status st = need_mother(parser, err);

    while (name.n > ZD_PARSE__NAME_MAX_BYTES) /* its end says most */
        name = zd_str_cut(name, zd_utf8_floor(name, name.n - ZD_PARSE__NAME_MAX_BYTES + 4), name.n);
    memcpy(request.name, name.p ? name.p : "", name.n);
    request.n_name = (uint32_t)name.n;
    parser->end = (struct zd_error){0};
    if (st == ZD_OK)
        st = memory_file("answer", &fds[1], err);
    if (st == ZD_OK && (!send_request(parser, &request, fds) || !await_reply(parser, &reply))) {
        end_mother(parser);
        if (is_cancelled(parser) || parser->given_up)
            st = ZD_FAIL(err, ZD_BUSY, 0, "reading was stopped");
        else
            st = ZD_FAIL(err, ZD_IO, 0, "the reader of documents %s ended or does not answer",
                         parser->program);
    }
    if (st == ZD_OK)
        st = explain(parser, &reply, &parser->end, err);
    parser->ended_badly = reply.end != ZD_PARSE__END_EXIT;
    if (st == ZD_OK)
        st = map_answer(parser, fds[1], err);
    if (reply.peak_kib > parser->peak_kib)
        parser->peak_kib = reply.peak_kib;
    if (fds[1] >= 0)
        (void)close(fds[1]);
    return st;
}

enum zd_status zd_parse__run(struct zd_parser *parser, enum zd_parse__task task, uint32_t number,
                             uint32_t n_scanned, struct zd_bytes raw, struct zd_str name,
                             struct zd_error *err)
{
    int input = -1;
    enum zd_status st = zd_parse__input_file(raw, &input, err);

    if (st == ZD_OK)
        st = zd_parse__run_on(parser, task, number, n_scanned, input, raw.n, name, err);
    if (input >= 0)
        (void)close(input);
    return st;
}

uint32_t zd_parser_peak_kib(const struct zd_parser *parser)
{
    return parser->peak_kib;
}
