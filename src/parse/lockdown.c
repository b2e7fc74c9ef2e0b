/* lockdown.c: see lockdown.h. Linux only, as the program is. */
#include "parse/lockdown.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/caps.h"

/* Nobody's: above every id that a distribution hands out, one a mother. In a container that maps
 * only the first 65,536 ids it is the one that owns nothing there. */
#define OWN_ID_FROM 2000000000u
#define FALLBACK_ID 65534u
#define FILTER_MAX_BYTES ((size_t)32768)

static struct sock_fprog filter; /* compiled by the mother, used by each worker */
static int landlock = -1;        /* a rule set that allows nothing, or -1 */

static bool take_id(uint32_t id)
{
    return setgroups(0, NULL) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0;
}

/* As root: becomes somebody who owns nothing; the kernel then drops all capabilities. */
static enum zd_status drop_root(struct zd_error *err)
{
    if (geteuid() != 0)
        return ZD_OK;
    if (!take_id(OWN_ID_FROM + (uint32_t)getpid()) && !take_id(FALLBACK_ID))
        return ZD_FAIL(err, ZD_IO, 0, "cannot give up root: %s", strerror(errno));
    if (setuid(0) == 0)
        return ZD_FAIL(err, ZD_IO, 0, "root came back");
    return ZD_OK;
}

static int add_rules(scmp_filter_ctx context)
{
    int failed = 0;

#define X(name) failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(name), 0);
#define Y(name, argument)                                                                          \
    failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(name), 1,                         \
                               SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
#define Z(name) failed |= seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(name), 0);
#include "parse/lockdown_calls_table.h"
#undef X
#undef Y
#undef Z
#ifdef ZD_WORKER_SANITIZED
    failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
#endif
    return failed;
}

/* The rules as the kernel's bytes, read back from a memory file into `filter`. */
static enum zd_status compile(scmp_filter_ctx context, struct zd_error *err)
{
    static uint8_t bytes[FILTER_MAX_BYTES];
    int fd = memfd_create("filter", MFD_CLOEXEC);
    enum zd_status st = ZD_OK;
    ssize_t n = -1;

    if (fd >= 0 && seccomp_export_bpf(context, fd) == 0)
        n = pread(fd, bytes, sizeof bytes, 0);
    if (n <= 0 || (size_t)n >= sizeof bytes || (size_t)n % sizeof(struct sock_filter) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "cannot make the filter of system calls: %s", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    if (st == ZD_OK)
        filter =
            (struct sock_fprog){.len = (unsigned short)((size_t)n / sizeof(struct sock_filter)),
                                .filter = (void *)bytes};
    return st;
}

static enum zd_status make_filter(struct zd_error *err)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    enum zd_status st;

    if (!context)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the filter of system calls");
    if (add_rules(context) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "the filter of system calls refuses a rule");
    else
        st = compile(context, err);
    seccomp_release(context);
    return st;
}

/* Everything that this kernel's Landlock governs, and no rule that allows any of it. */
static void make_landlock(void)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = (1ULL << 13) - 1};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return; /* an older kernel: the filter stands alone */
    if (version >= 2)
        all.handled_access_fs |= 1ULL << 13; /* linking into other folders */
    if (version >= 3)
        all.handled_access_fs |= 1ULL << 14; /* truncating */
    landlock = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
}

enum zd_status zd_lockdown_prepare(struct zd_error *err)
{
    enum zd_status st = drop_root(err);

    if (st == ZD_OK)
        st = make_filter(err);
    if (st != ZD_OK)
        return st;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot give up privileges: %s", strerror(errno));
    make_landlock();
    return ZD_OK;
}

static bool limit(__rlimit_resource_t what, uint64_t soft, uint64_t hard)
{
    const struct rlimit both = {soft, hard};

    return setrlimit(what, &both) == 0;
}

static bool set_limits(const struct zd_lockdown_limits *limits)
{
    bool ok = limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NPROC, 0, 0) &&
              limit(RLIMIT_FSIZE, limits->answer_bytes, limits->answer_bytes) &&
              limit(RLIMIT_CPU, limits->cpu_seconds, (uint64_t)limits->cpu_seconds + 1);

#ifndef ZD_WORKER_SANITIZED
    ok = ok && limit(RLIMIT_DATA, limits->memory_bytes, limits->memory_bytes) &&
         limit(RLIMIT_AS, limits->map_bytes, limits->map_bytes);
#endif
    return ok && limit(RLIMIT_NOFILE, 0, 0);
}

enum zd_status zd_lockdown_enter(const struct zd_lockdown_limits *limits, struct zd_error *err)
{
    if (!set_limits(limits))
        return ZD_FAIL(err, ZD_IO, 0, "cannot set the worker's limits: %s", strerror(errno));
    if (landlock >= 0 && syscall(SYS_landlock_restrict_self, landlock, 0) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot enter Landlock: %s", strerror(errno));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot enter the filter of system calls: %s",
                       strerror(errno));
    return ZD_OK;
}
