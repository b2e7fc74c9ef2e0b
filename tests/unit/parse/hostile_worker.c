/* hostile_worker.c: a zhidian-parse whose reader does, right after the lock, what its document
 * says: tries what it may not, or behaves as badly as a reader can. */
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "base/caps.h"
#include "parse/frame.h"
#include "parse/worker.h"

static uid_t id_before_lock;

static void do_open(void)
{
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

#ifdef SYS_open
static void do_old_open(void)
{
    (void)syscall(SYS_open, "/etc/passwd", O_RDONLY);
}
#endif

static void do_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void do_exec(void)
{
    char program[] = "/bin/true", *const argv[] = {program, NULL};

    (void)execve(program, argv, NULL);
}

static void do_fork(void)
{
    (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void do_thread(void)
{
    (void)syscall(SYS_clone, 0x3d0f00, 0, 0, 0, 0);
}

static void do_ptrace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void do_kill(void)
{
    (void)kill(getppid(), SIGCONT);
}

static void do_executable_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void do_executable_map(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_unlink(void)
{
    (void)unlinkat(AT_FDCWD, "/tmp/nothing", 0);
}

static void do_memory_file(void)
{
    (void)memfd_create("x", 0);
}

static void do_io_uring(void)
{
    (void)syscall(SYS_io_uring_setup, 8, NULL);
}

static void do_prctl(void)
{
    (void)syscall(SYS_prctl, 4 /* dumpable */, 1, 0, 0, 0);
}

static void do_limits(void)
{
    (void)syscall(SYS_prlimit64, 0, 7, NULL, NULL);
}

/* Sleeps for ever on a lock of its own, which costs no processor time. */
static void do_hang(void)
{
    static int word;

    for (;;)
        (void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void do_loop(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void do_allocate(void)
{
    for (;;) {
        char *p = mmap(NULL, ZD_MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
            abort();
        memset(p, 1, ZD_MiB);
    }
}

static void do_flood(void)
{
    static const char junk[65536];

    for (int fd = 3; fd < 64; fd++) /* it does not know which one is the answer */
        while (write(fd, junk, sizeof junk) > 0)
            ;
}

static void do_crash(void)
{
    volatile uintptr_t nowhere = 8;

    *(volatile int *)nowhere = 1; /* NOLINT(performance-no-int-to-ptr): it is to crash */
}

static void do_abort(void)
{
    __builtin_trap();
}

static void do_leave(void)
{
    _exit(3);
}

static const struct {
    const char *word;
    void (*act)(void);
} acts[] = {
    {"open", do_open},
#ifdef SYS_open
    {"old open", do_old_open},
#endif
    {"socket", do_socket},
    {"exec", do_exec},
    {"fork", do_fork},
    {"thread", do_thread},
    {"ptrace", do_ptrace},
    {"kill", do_kill},
    {"executable memory", do_executable_memory},
    {"executable map", do_executable_map},
    {"unlink", do_unlink},
    {"memory file", do_memory_file},
    {"io_uring", do_io_uring},
    {"prctl", do_prctl},
    {"limits", do_limits},
    {"hang", do_hang},
    {"loop", do_loop},
    {"allocate", do_allocate},
    {"flood", do_flood},
    {"crash", do_crash},
    {"abort", do_abort},
    {"leave", do_leave},
};

static enum zd_status prepare(struct zd_bytes input, bool recognise, struct zd_error *err)
{
    (void)input;
    (void)recognise;
    (void)err;
    id_before_lock = getuid();
    return ZD_OK;
}

/* A frame that says more than it holds, and one of rubbish. */
static void lie(struct zd_str word, struct zd_buf *out)
{
    zd_buf_c(out, zd_str_eq(word, ZD_STR("rubbish")) ? "no frame at all" : "ZDF1");
    if (zd_str_eq(word, ZD_STR("half a frame"))) {
        zd_buf_u32(out, 1000);
        zd_buf_u32(out, 0);
    }
    if (zd_str_eq(word, ZD_STR("false count"))) {
        zd_buf_u32(out, 8);
        zd_buf_u32(out, ZD_OK);
        zd_buf_u32(out, 0xFFFFFFF0u);
    }
}

static void act(uint32_t task, uint32_t number, struct zd_bytes input, struct zd_str name,
                struct zd_buf *out)
{
    struct zd_str word = {(const char *)input.p, input.n};
    struct zd_parsed parsed = {.blocks = {.format = "text", .encoding = "UTF-8"}};

    (void)task;
    (void)number;
    (void)name;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (zd_str_eq(word, zd_str_c(acts[i].word)))
            acts[i].act();
    if (zd_str_eq(word, ZD_STR("rubbish")) || zd_str_eq(word, ZD_STR("half a frame")) ||
        zd_str_eq(word, ZD_STR("false count"))) {
        lie(word, out);
        return;
    }
    parsed.blocks.text = word;
    parsed.blocks.reading.n_pages = id_before_lock == 0;
    zd_frame_write(out, ZD_OK, ZD_STR(""), &parsed, NULL);
}

int main(void)
{
    static const struct zd_worker_work hostile = {.prepare = prepare, .read = act};

    return zd_worker_main(&hostile);
}
