/* worker.c: the mother, and a worker's way from fork to exit; see worker.h.
 *
 * The mother waits for a worker on a pipe whose other end dies with it, since kernels before 5.3
 * know no descriptor of a process, and on her socket: when the server is gone, so is all of this.
 */
#include "parse/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/json.h"
#include "parse/frame.h"
#include "parse/lockdown.h"
#include "parse/worker_private.h"
#include "text/text.h"

#ifdef ZD_WORKER_SANITIZED
#include <sanitizer/common_interface_defs.h>
#define REPORT_FD 900
#endif

#define MAP_EXTRA_BYTES (512 * ZD_MiB) /* of addresses: programs and libraries, stacks */

struct job {
    struct zd_parse__request request;
    int input, answer; /* memory files */
    struct zd_bytes bytes;
};

/* ---- the worker ---- */

static bool write_all(int fd, struct zd_bytes b)
{
    while (b.n > 0) {
        ssize_t n = write(fd, b.p, b.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        b.p += n;
        b.n -= (size_t)n;
    }
    return true;
}

/* Frames that did not fit or found no memory become one that says so. */
static void settle(struct zd_buf *out)
{
    struct zd_error why = {0};

    if (!out->bad)
        return;
    if (out->full)
        zd_error_set(&why, ZD_LIMIT, 0, "what was read needs more than %zu MB; split the document",
                     out->max / ZD_MiB);
    else
        zd_error_set(&why, ZD_LIMIT, 0,
                     "reading needs more than the %zu MB of memory allowed; split the document",
                     ZD_WORKER_MAX_MEMORY_BYTES / ZD_MiB);
    zd_buf_clear(out);
    zd_frame_write(out, why.status, ZD_STR(""), NULL, &why);
}

static bool answer_one(const struct zd_worker_work *work, const struct job *job,
                       struct zd_bytes input, struct zd_buf *out)
{
    struct zd_str name = {job->request.name, job->request.n_name};

    zd_buf_clear(out);
    work->read(job->request.task, job->request.number, input, name, out);
    settle(out);
    return !out->bad && write_all(job->answer, (struct zd_bytes){out->p, out->n});
}

/* The lines one by one, each answer written before the next is read. */
static bool answer_lines(const struct zd_worker_work *work, const struct job *job,
                         struct zd_buf *out)
{
    struct zd_cursor c = zd_cursor_of(job->bytes);
    bool ok = true;

    while (ok && c.p < c.end) {
        struct zd_bytes line = zd_cursor_bytes(&c, zd_cursor_u32(&c));

        ok = !c.bad && answer_one(work, job, line, out);
    }
    return ok;
}

static enum zd_status lock(const struct zd_parse__request *request, struct zd_error *err)
{
    const struct zd_lockdown_limits limits = {
        .cpu_seconds = request->cpu_seconds,
        .memory_bytes = request->memory_bytes,
        .map_bytes = request->memory_bytes + request->n_bytes + MAP_EXTRA_BYTES,
        .answer_bytes = request->answer_bytes,
    };

    return zd_lockdown_enter(&limits, err);
}

static int work_on(const struct zd_worker_work *work, struct job *job)
{
    struct zd_buf out = {.max = job->request.answer_bytes};
    struct zd_error err = {0};
    bool ok;

    job->bytes.p = (const uint8_t *)"";
    job->bytes.n = job->request.n_bytes;
    if (job->bytes.n > 0) {
        void *map = mmap(NULL, job->bytes.n, PROT_READ, MAP_PRIVATE, job->input, 0);

        if (map == MAP_FAILED)
            return ZD_PARSE__EXIT_NOT_LOCKED;
        job->bytes.p = map;
    }
    (void)close(job->input);
    if (work->prepare(job->bytes, job->request.recognise != 0, &err) != ZD_OK ||
        lock(&job->request, &err) != ZD_OK) {
        fprintf(stderr, "zhidian-parse: %s\n", err.what);
        return ZD_PARSE__EXIT_NOT_LOCKED;
    }
    ok = job->request.task == ZD_PARSE__TASK_LINES ? answer_lines(work, job, &out)
                                                   : answer_one(work, job, job->bytes, &out);
    return ok ? 0 : ZD_PARSE__EXIT_NO_ANSWER;
}

/* Where libraries print, nobody reads. A sanitizer's words are kept: they go to a descriptor of their
 * own, high up, where nothing else of a worker writes. */
static void be_quiet(void)
{
#ifdef ZD_WORKER_SANITIZED
    const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, REPORT_FD);

    if (kept < 0)
        return; /* better noisy than blind */
    /* it takes a descriptor as a pointer */
    __sanitizer_set_report_fd((void *)(intptr_t)kept); /* NOLINT(performance-no-int-to-ptr) */
#endif
    (void)dup2(STDIN_FILENO, STDERR_FILENO); /* /dev/null */
}

_Noreturn static void worker(const struct zd_worker_work *work, struct job *job, pid_t mother,
                             int alive)
{
    int exit_status;

    (void)close(ZD_PARSE__WIRE_FD);
    (void)close(alive);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != mother)
        _exit(ZD_PARSE__EXIT_NOT_LOCKED);
    be_quiet();
    exit_status = work_on(work, job);
    _exit(exit_status);
}

/* ---- the mother ---- */

/* Waits until the worker is dead. False where the server is gone. */
static bool watch(pid_t child, int alive, uint32_t wall_ms, struct zd_parse__reply *reply)
{
    struct pollfd both[2] = {{.fd = alive, .events = POLLIN},
                             {.fd = ZD_PARSE__WIRE_FD, .events = POLLRDHUP}};
    struct rusage usage = {0};
    int status = 0, n;

    do
        n = poll(both, 2, (int)wall_ms); /* an interruption begins the time anew: nobody signals */
    while (n < 0 && errno == EINTR);
    (void)kill(child, SIGKILL); /* too late for one that has ended by itself */
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    reply->peak_kib = (uint32_t)usage.ru_maxrss;
    if (n == 0) {
        reply->end = ZD_PARSE__END_TIME;
    } else if (WIFSIGNALED(status)) {
        reply->end = ZD_PARSE__END_SIGNAL;
        reply->code = WTERMSIG(status);
    } else {
        reply->end = ZD_PARSE__END_EXIT;
        reply->code = WEXITSTATUS(status);
    }
    return both[1].revents == 0 || both[0].revents != 0;
}

static bool serve(const struct zd_worker_work *work, struct job *job)
{
    struct zd_parse__reply reply = {.magic = ZD_PARSE__WIRE_MAGIC, .end = ZD_PARSE__END_NOT_BEGUN};
    pid_t mother = getpid(), child = -1;
    int pipe_of_life[2] = {-1, -1};
    bool server_is_there = true;

    if (pipe2(pipe_of_life, O_CLOEXEC) == 0)
        child = fork();
    if (child == 0)
        worker(work, job, mother, pipe_of_life[0]);
    reply.code = errno;
    if (pipe_of_life[1] >= 0)
        (void)close(pipe_of_life[1]);
    if (child > 0)
        server_is_there = watch(child, pipe_of_life[0], job->request.wall_ms, &reply);
    if (pipe_of_life[0] >= 0)
        (void)close(pipe_of_life[0]);
    (void)close(job->input);
    (void)close(job->answer);
    return server_is_there &&
           send(ZD_PARSE__WIRE_FD, &reply, sizeof reply, MSG_NOSIGNAL) == (ssize_t)sizeof reply;
}

/* The next request with its two descriptors; false where there is none any more. */
static bool receive(struct job *job)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec part = {&job->request, sizeof job->request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const struct cmsghdr *head;
    int fds[2];
    ssize_t n;

    do
        n = recvmsg(ZD_PARSE__WIRE_FD, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    head = CMSG_FIRSTHDR(&message);
    if (n != (ssize_t)sizeof job->request || !head || head->cmsg_type != SCM_RIGHTS ||
        head->cmsg_len != CMSG_LEN(sizeof fds) || job->request.magic != ZD_PARSE__WIRE_MAGIC ||
        job->request.n_name > ZD_PARSE__NAME_MAX_BYTES)
        return false;
    memcpy(fds, CMSG_DATA(head), sizeof fds);
    job->input = fds[0];
    job->answer = fds[1];
    return true;
}

static int by_byte(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* What libraries ask the system once and remember, asked before the right to ask is gone: qsort wants
 * to know the machine's memory as soon as it sorts more than a kilobyte. */
static void warm_up(void)
{
    static uint8_t bytes[4096];

    qsort(bytes, sizeof bytes, 1, by_byte);
    tzset();
    zd_json_init();
    zd_decode_preload();
}

int zd_worker_main(const struct zd_worker_work *work)
{
    struct zd_error err = {0};
    struct job job = {0};

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    (void)signal(SIGPIPE, SIG_IGN);
    warm_up();
    if (zd_lockdown_prepare(&err) != ZD_OK) {
        fprintf(stderr, "zhidian-parse: %s\n", err.what);
        return 1;
    }
    while (receive(&job))
        if (!serve(work, &job))
            break;
    return 0;
}
