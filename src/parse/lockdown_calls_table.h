/* The system calls a worker may make, and why. X(name): as it is; Y(name, argument): only where the
 * argument (a protection) does not ask for execution; Z(name): answered with "no such call", since
 * that is how abort() reaches its last step, a crash that is then called one. */
X(read)           /* the input and what was opened before */
X(pread64)        /* the same, at a place */
X(lseek)          /* the same */
X(write)          /* the answer */
X(brk)            /* memory */
X(munmap)         /* memory */
X(mremap)         /* memory */
X(madvise)        /* memory */
X(futex)          /* locks of libraries, never contended */
X(clock_gettime)  /* where the vDSO is off */
X(getrandom)      /* seeds of hash tables */
X(sched_yield)    /* spin locks of libraries */
X(rt_sigprocmask) /* abort() */
X(rt_sigreturn)   /* ending on a signal */
X(exit)
X(exit_group)
Y(mmap, 2)
Y(mprotect, 2)
Z(getpid)
Z(gettid)
Z(tgkill)
Z(rt_sigaction)
