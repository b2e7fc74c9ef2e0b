/* lockdown: what a worker may still do, taken away for good before it sees a document's bytes.
 *
 *     the mother, once   a user and group id of its own where she is root; no_new_privs; the
 *                        compiled filter of system calls
 *     the worker, each   rlimits (processor time, memory, bytes written, no processes, no
 *                        descriptors), Landlock without a rule (kernels that have it), the filter
 *
 * The filter (seccomp) names what is allowed (lockdown_calls_table.h, at most
 * ZD_WORKER_MAX_SYSTEM_CALLS) and kills on anything else: opening, sockets, programs, processes,
 * signals, tracing, executable memory. libseccomp writes it, since it knows the numbers of every
 * processor and the second tables (x32) behind which calls hide.
 *
 * Under AddressSanitizer memory is not limited (its shadow is larger than any limit) and a few calls
 * more are allowed; the tests of limits on memory skip there.
 */
#ifndef ZD_PARSE_LOCKDOWN_H
#define ZD_PARSE_LOCKDOWN_H

#include "base/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define ZD_WORKER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZD_WORKER_SANITIZED 1
#endif
#endif

struct zd_lockdown_limits {
    uint32_t cpu_seconds;
    uint64_t memory_bytes; /* private writable memory */
    uint64_t map_bytes;    /* all addresses: memory, input, code */
    uint64_t answer_bytes;
};

/* The mother's part. Errors: ZD_IO. */
enum zd_status zd_lockdown_prepare(struct zd_error *err) ZD_MUST_USE;

/* The worker's part: after it nothing can be opened. Errors: ZD_IO; the worker must then end. */
enum zd_status zd_lockdown_enter(const struct zd_lockdown_limits *limits,
                                 struct zd_error *err) ZD_MUST_USE;

#endif
